"""Verdicts of what has not ended: starting, obtaining the source, running a phase."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildscope.model.names import PHASES
from buildscope.reports.stuck import stand_sentence
from buildscope.tui.view.parts import Verdict, joined
from buildscope.tui.view.state import running_phase
from buildscope.tui.view.stuck import is_silent
from buildscope.tui.view.units import duration, plural, size

if TYPE_CHECKING:
    from buildscope.model.run import PhaseRun, Progress
    from buildscope.tui.view.rows import Piece
    from buildscope.tui.view.scene import Scene
    from buildscope.tui.view.state import Live

TRUST = "Building runs its code, with your rights. buildscope watches; it is no sandbox."
_BAR = 24
_SOURCES = {
    "requirement": "its sdist from the index, even where a wheel exists",
    "directory": "a local directory, built in place as installers do",
    "archive": "a local sdist",
    "vcs": "from version control",
    "url": "an archive from its address",
}


def starting(scene: Scene) -> Verdict:
    """Before the first phase begins."""
    sentence = scene.live.stopping or f"Starting {scene.target}"
    first = scene.attempt is None or scene.attempt.parent is None
    return Verdict("▸", "running", sentence, evidence=((TRUST, "dim"),) if first else ())


def obtaining(scene: Scene) -> Verdict:
    """Phase ``source``: where from, how far, and the first time what building means."""
    attempt = scene.the_attempt
    run = attempt.phase("source")
    evidence: list[str | Piece] = [_SOURCES[scene.source_kind]]
    if run.progress is not None:
        evidence.append(bar(run.progress))
    elif scene.live.last:
        evidence.append(scene.live.last[-1])
    if attempt.parent is None:
        evidence.append((TRUST, "dim"))
    return Verdict(
        "▸",
        "running",
        scene.live.stopping or f"Obtaining {scene.target} · {elapsed(run, scene.live)}",
        aside=_position(run),
        evidence=tuple(evidence),
    )


def running(scene: Scene) -> Verdict:
    """A phase at work: its last two lines, and counts."""
    attempt = scene.the_attempt
    run = running_phase(attempt)
    if run is None:
        ended = [one for one in attempt.phases if one.status not in {"pending", "carried"}]
        name = ended[-1].name if ended else "retry"
        return Verdict(
            "▸", "running", scene.live.stopping or f"{name} ended, working out what is next"
        )
    quiet = scene.live.quiet
    silent = is_silent(run, scene.live)
    counts = joined(
        plural(scene.live.lines, "line") if scene.live.lines else "no output yet",
        None if quiet is None else _since(quiet, silent=silent),
        run.call,
    )
    told = [bar(run.progress)] if run.progress is not None else []
    last: list[str | Piece] = list([*told, *scene.live.last][-2:])
    if silent and scene.live.stand is not None:
        last = [*last[-1:], (f"stands {stand_sentence(scene.live.stand)}", "warned")]
    return Verdict(
        "▸",
        "running",
        scene.live.stopping or f"{run.name} is running · {elapsed(run, scene.live)}",
        aside=_position(run),
        evidence=(*last, *[""] * (3 - len(last)), (counts, "warned" if silent else "dim")),
    )


def _since(quiet: float, *, silent: bool) -> str:
    return f"no output for {duration(quiet)}" if silent else f"last output {duration(quiet)} ago"


def elapsed(run: PhaseRun, live: Live) -> str:
    """How long a phase that has not ended has been running."""
    return duration(live.now - run.started) if run.started is not None else duration(0)


def bar(progress: Progress) -> str:
    """What is done, with a bar where the whole is known."""
    if progress.done is None:
        return progress.text
    if not progress.total:
        return joined(progress.text, size(progress.done))
    filled = min(_BAR, _BAR * progress.done // progress.total)
    drawn = "━" * filled + "─" * (_BAR - filled)
    return f"{progress.text} {drawn} {size(progress.done)} of {size(progress.total)}"


def _position(run: PhaseRun) -> str:
    return f"{PHASES.index(run.name) + 1} of {len(PHASES)}"

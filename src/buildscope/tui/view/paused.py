"""The verdict of an attempt that waits between two phases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildscope.model.names import PHASES
from buildscope.reports.explain import next_call
from buildscope.reports.lessons import LESSONS
from buildscope.tui.view.parts import Verdict

if TYPE_CHECKING:
    from buildscope.model.names import Phase
    from buildscope.model.run import Attempt
    from buildscope.tui.view.rows import Piece
    from buildscope.tui.view.scene import Scene
    from buildscope.tui.view.state import Live


def paused(scene: Scene) -> Verdict:
    """Where it stands, what comes next, whose code that runs, and the breakpoints."""
    attempt = scene.the_attempt
    pause = attempt.paused
    if pause is None:
        raise LookupError("a paused attempt without a pause")
    upcoming = pause.phase if pause.when == "before" else _after(pause.phase)
    evidence: list[str | Piece] = []
    if upcoming is not None:
        lesson = LESSONS[upcoming]
        call = next_call(attempt, upcoming)
        evidence += [f"next: {call}"] if call != lesson.does else []
        evidence += [f"{upcoming} {lesson.does}.", lesson.runs]
    if attempt.dirty:
        evidence.append(("dirty: in the tree as it was left", "warned"))
    evidence.append((breaks(scene.live), "dim"))
    sentence = scene.live.stopping or f"Paused {pause.when} {pause.phase}"
    return Verdict("▹", "warned", sentence, aside=pause.why, evidence=tuple(evidence))


def breaks(live: Live) -> str:
    """``breaks: before build_wheel``."""
    listed = [f"before {name}" for name in PHASES if name in live.before]
    listed += [f"after {name}" for name in PHASES if name in live.after]
    return f"breaks: {', '.join(listed) or 'none'}"


def _after(phase: Phase) -> Phase | None:
    at = PHASES.index(phase) + 1
    return PHASES[at] if at < len(PHASES) else None


def stands(attempt: Attempt) -> str:
    """``before get_requires``, for messages."""
    pause = attempt.paused
    return f"{pause.when} {pause.phase}" if pause is not None else ""

"""The title, the line of marks, the list of phases and the list of attempts."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from buildscope.model.names import PHASES
from buildscope.reports.failures import is_same
from buildscope.tui.view.followed import is_proven
from buildscope.tui.view.marks import mark, marks
from buildscope.tui.view.rows import Row, fit, row, spread
from buildscope.tui.view.state import latest_phase
from buildscope.tui.view.units import clock, duration

if TYPE_CHECKING:
    from buildscope.model.run import Attempt, PhaseRun, SessionRecord
    from buildscope.tui.view.rows import Piece
    from buildscope.tui.view.state import Live

_SHORT_TITLE = 100
_STATUS_WORDS = {"skipped": "skipped", "cancelled": "stopped", "passed": "", "failed": ""}


def title(
    record: SessionRecord | None, attempt: Attempt | None, width: int, *, recorded: bool = False
) -> Row:
    """What is built, from where, with what: ``flash-attn 2.5.0 · isolated · uv``."""
    name, parts = _title_parts(record, attempt, short=width < _SHORT_TITLE)
    rest = "".join(f" · {part}" for part in parts)
    right = "buildscope"
    running = record.last if record else None
    if running is not None and attempt is not None and attempt.id != running.id:
        right = f"of #{running.id}: #{attempt.id}"
    if recorded and record is not None:
        right = f"recorded {time.strftime('%Y-%m-%d %H:%M', time.localtime(record.started))}"
    pieces = spread(((f" {name} ", "strong"), (rest, "dim")), ((f"{right} ", "dim"),), width)
    return row(*pieces)


def _title_parts(
    record: SessionRecord | None, attempt: Attempt | None, *, short: bool
) -> tuple[str, list[str]]:
    source = attempt.source if attempt else None
    name = record.target.text if record else "buildscope"
    if source is not None and source.name:
        name = f"{source.name} {source.version or ''}".rstrip()
    parts: list[str] = []
    if source is not None and not short:
        parts.append(source.origin)
    if attempt is not None:
        parts += _python(attempt, short=short)
        parts.append("isolated" if attempt.settings.isolation else "isolation off")
        parts.append(attempt.settings.installer)
    return name, parts


def _python(attempt: Attempt, *, short: bool) -> list[str]:
    if attempt.interpreter is None:
        return []
    version = attempt.interpreter.version
    return [f"py{'.'.join(version.split('.')[:2])}" if short else f"Python {version}"]


def marks_line(attempt: Attempt | None, live: Live, width: int, *, proven: bool = False) -> Row:
    """All of the left pane in one line, for narrow terminals."""
    right: tuple[Piece, ...] = (("t ", "accent strong"), ("phases ", "dim"))
    if attempt is None:
        return row(*spread((), right, width))
    run = latest_phase(attempt)
    position = f"{PHASES.index(run.name) + 1}/{len(PHASES)}"
    left: tuple[Piece, ...] = (
        (" ", ""),
        *marks(attempt),
        (f"  #{attempt.id} {attempt.label}", "strong"),
        (" dirty" if attempt.dirty else "", "warned"),
        (" PROVEN" if proven else "", "passed strong"),
        (f"   {position} {run.name}, {_paused(attempt, run) or _happened(run, live)}", "dim"),
    )
    return row(*spread(left, right, width))


def _happened(run: PhaseRun, live: Live) -> str:
    if run.status == "running" and run.started is not None:
        return f"running for {duration(live.now - run.started)}"
    if run.status == "failed" and run.seconds is not None:
        return f"failed after {duration(run.seconds)}"
    return run.status


def phase_rows(attempt: Attempt | None, live: Live, width: int) -> tuple[Row, ...]:
    """Nine rows, one a phase; the key of each is the phase's name."""
    if attempt is None:
        return tuple(row((" ·", "dim"), (f" {name}", "dim"), key=name) for name in PHASES)
    return tuple(_phase(attempt, run, live, width) for run in attempt.phases)


def _phase(attempt: Attempt, run: PhaseRun, live: Live, width: int) -> Row:
    style = "dim" if run.status in {"pending", "carried", "skipped"} else ""
    left = ((" ", ""), mark(attempt, run), (" ", ""), *_with_breaks(run, live, style))
    right = _paused(attempt, run) or _phase_time(run, live)
    return row(*spread(left, ((f"{right} ", "dim"),) if right else (), width), key=run.name)


def _with_breaks(run: PhaseRun, live: Live, style: str) -> tuple[Piece, ...]:
    """The name, a bracket before or after it for a breakpoint there."""
    before = "[" if run.name in live.before else ""
    after = "]" if run.name in live.after else ""
    return ((before, "warned strong"), (run.name, style), (after, "warned strong"))


def _paused(attempt: Attempt, run: PhaseRun) -> str:
    pause = attempt.paused
    return f"paused {pause.when}" if pause is not None and pause.phase == run.name else ""


def _phase_time(run: PhaseRun, live: Live) -> str:
    if run.status == "carried":
        return f"from #{run.from_}"
    if run.status == "running":
        return clock(live.now - run.started) if run.started is not None else ""
    if run.status in {"passed", "failed"} and run.seconds is not None:
        return clock(run.seconds)
    return _STATUS_WORDS.get(run.status, "")


def attempt_rows(record: SessionRecord | None, width: int) -> tuple[Row, ...]:
    """A row an attempt: number, nine marks, what differs from its parent."""
    attempts = record.attempts if record else ()
    depths = _depths(attempts)
    numbers = [f"{_branch(depths, at)}#{one.id}" for at, one in enumerate(attempts)]
    column = max(map(len, numbers), default=0) + 1
    return tuple(
        _attempt(record, attempt, f"{number:<{column}}", width)
        for attempt, number in zip(attempts, numbers, strict=True)
    )


def _attempt(record: SessionRecord | None, attempt: Attempt, number: str, width: int) -> Row:
    badge: tuple[Piece, ...] = (("dirty ", "warned"),) if attempt.dirty else ()
    badge += (("PROVEN ", "passed strong"),) if is_proven(record, attempt) else ()
    badge += (("same ", "dim"),) if is_same(record, attempt) else ()
    pieces: tuple[Piece, ...] = (
        (f" {number} ", ""),
        *marks(attempt),
        (" ", ""),
        *badge,
        (attempt.label, ""),
    )
    return row(*fit(pieces, width), key=str(attempt.id))


def _branch(depths: list[int], at: int) -> str:
    if depths[at] == 0:
        return ""
    return "├ " if depths[at + 1] else "└ "


def _depths(attempts: tuple[Attempt, ...]) -> list[int]:
    """Give the line that leads to the newest attempt depth 0, what branched off it 1."""
    parents = {attempt.id: attempt.parent for attempt in attempts}
    main_line: set[int | None] = set()
    at: int | None = attempts[-1].id if attempts else None
    while at is not None:
        main_line.add(at)
        at = parents.get(at)
    return [0 if attempt.id in main_line else 1 for attempt in attempts]

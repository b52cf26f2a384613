"""Where a hook stands that says nothing, or stood when it was stopped, as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildscope.reports.stuck import last_lines, place, stand, stand_sentence
from buildscope.tui.view.frames import frame_rows
from buildscope.tui.view.rows import Row, row
from buildscope.tui.view.units import duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from buildscope.model.did import Deed
    from buildscope.model.run import PhaseRun
    from buildscope.reports.stuck import Stand
    from buildscope.tui.view.state import Live

SILENT_SECONDS = 20.0


def silent_seconds(run: PhaseRun | None, live: Live) -> float | None:
    """For how long a phase that runs has printed nothing, from its beginning on."""
    if run is None or run.status != "running":
        return None
    if live.quiet is not None:
        return live.quiet
    return live.now - run.started if run.started is not None else None


def is_silent(run: PhaseRun | None, live: Live) -> bool:
    """Whether that is long enough to be told."""
    seconds = silent_seconds(run, live)
    return seconds is not None and seconds >= SILENT_SECONDS


def stood(run: PhaseRun | None, live: Live, deeds: Sequence[Deed]) -> Stand | None:
    """Where the phase stands now, or stood when it was stopped; ``None``: nothing is known."""
    if run is None:
        return None
    if run.status == "running":
        return live.stand if is_silent(run, live) else None
    found = stand(run.stack, run.waiting, deeds)
    return found if found.known else None


def stand_rows(
    found: Stand | None, run: PhaseRun | None, opened: frozenset[str], *, frames: bool
) -> tuple[Row, ...]:
    """The block above what was done; nothing where nothing is known.

    ``frames`` shows the stack too, in which ``opened`` are the open folds.
    """
    if found is None or run is None:
        return ()
    running = run.status == "running"
    since = f", silent for {duration(found.silent)}" if found.silent is not None else ""
    title = f"Where it stands{since}" if running else "Where it stood when it was stopped"
    frame = place(found.stack)
    lines = [row(line) for line in last_lines(found)]
    if frames and found.stack:
        lines += [row(), *frame_rows(found.stack, "stack", opened)]
    sentence = stand_sentence(found)
    where = (frame.file, frame.line) if frame is not None else None
    return (row((title, "warned strong")), row((sentence, "strong"), where=where), *lines, row())

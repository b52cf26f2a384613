"""The exception chain: frames, what was raised, then what it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildscope.tui.view.frames import frame_rows
from buildscope.tui.view.remembered import remembered
from buildscope.tui.view.rows import Row, row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.model.failure import ExceptionRecord
    from buildscope.model.run import Attempt, PhaseRun

_OFF = "The inspector is off (--no-inspect): no exception is seen, the output tells more (O)."


@remembered
def traceback_rows(
    attempt: Attempt | None, run: PhaseRun | None, opened: frozenset[str]
) -> tuple[Row, ...]:
    """The traceback of one phase, or why it has none."""
    if run is None or attempt is None:
        return (row(("Nothing has run yet.", "dim")),)
    if run.exception is None:
        return tuple(_without_exception(run, inspected=attempt.settings.inspect))
    return tuple(_exception(run.exception, "0", opened))


def fault_rows(text: str) -> tuple[Row, ...]:
    """Our own traceback, as Python prints it."""
    return tuple(row(line) for line in text.splitlines())


def _without_exception(run: PhaseRun, *, inspected: bool) -> Iterator[Row]:
    if run.failure is None:
        yield row((_no_traceback(run), "dim"))
        return
    place = _place(run.failure.file, run.failure.line, run.failure.column)
    if place:
        yield row((place, "strong"))
    yield row((run.failure.message, "failed strong"))
    if run.failure.hint:
        yield row()
        yield row(("to do  ", "warned"), run.failure.hint)
    yield row()
    if inspected or run.call is None:
        yield row(("No Python exception was seen; the output tells more (O).", "dim"))
    else:
        yield row((_OFF, "dim"))


def _no_traceback(run: PhaseRun) -> str:
    if run.status == "pending":
        return f"{run.name} has not run."
    if run.status == "running":
        return f"{run.name} is running; a traceback stands here when it fails."
    if run.status == "failed":
        return f"{run.name} failed without a Python exception; the output tells more (O)."
    return f"{run.name}: {run.status}, so there is no traceback."


def _place(file: str | None, line: int | None, column: int | None) -> str:
    return ":".join(str(part) for part in (file, line, column) if part is not None)


def _exception(exception: ExceptionRecord, path: str, opened: frozenset[str]) -> Iterator[Row]:
    """Innermost frame, what was raised, the frames above it, then what caused it."""
    raised = tuple(_raised(exception))
    if exception.frames:
        told = "most recent call first" if path == "0" else ""
        yield from frame_rows(exception.frames, path, opened, told=told, raised=raised)
    else:
        yield from raised
    for at, member in enumerate(exception.group):
        yield row()
        yield row((f"{at + 1} of {len(exception.group)} in the group:", "warned"))
        yield from _exception(member, f"{path}.g{at}", opened)
    if exception.cause is not None:
        yield row()
        said = "while this was handled:" if exception.implicit else "caused by:"
        yield row((said, "warned"))
        yield from _exception(exception.cause, f"{path}.c", opened)


def _raised(exception: ExceptionRecord) -> Iterator[Row]:
    first, *others = (exception.message or "").splitlines() or [""]
    said = f"{exception.type}: {first}" if first else exception.type
    yield row((said, "failed strong"))
    for line in others:
        yield row((f"  {line}", "failed"))
    for note in exception.notes:
        for line in note.splitlines():
            yield row(("note  ", "warned"), line)

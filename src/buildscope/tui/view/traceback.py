"""The exception chain, most recent call first; frames of others are folded.

A foldable row's key is ``fold:`` and a path; the set of open folds decides what is shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from buildscope.tui.view.rows import Row, row
from buildscope.tui.view.syntax import highlight
from buildscope.tui.view.units import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.model.failure import ExceptionRecord, Frame
    from buildscope.model.run import Attempt, PhaseRun
    from buildscope.tui.view.rows import Piece

_PACKAGE = re.compile(r"[\\/](?:site|dist)-packages[\\/]([A-Za-z0-9_]+)")
_ABOVE = re.compile(r"^.*[\\/](?:(?:site|dist)-packages|python3\.\d+)[\\/]")
_LAST_COLUMN = 200
_LONGEST_VALUE = 400


@dataclass(frozen=True, slots=True)
class _Group:
    """Frames that follow each other and belong together; ``path`` names their fold."""

    path: str
    frames: tuple[Frame, ...]
    owner: str
    open: bool


def traceback_rows(
    attempt: Attempt | None, run: PhaseRun | None, opened: frozenset[str]
) -> tuple[Row, ...]:
    """The traceback of one phase, or why it has none."""
    if run is None or attempt is None:
        return (row(("Nothing has run yet.", "dim")),)
    if run.exception is None:
        return tuple(_without_exception(run))
    return tuple(_Chain(opened).exception(run.exception, "0"))


def fault_rows(text: str) -> tuple[Row, ...]:
    """Our own traceback, as Python prints it."""
    return tuple(row(line) for line in text.splitlines())


def _without_exception(run: PhaseRun) -> Iterator[Row]:
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
    yield row(("No Python exception was seen; the output tells more (O).", "dim"))


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


class _Chain:
    """Makes the rows of an exception and of all that it came from."""

    def __init__(self, opened: frozenset[str]) -> None:
        self.opened = opened
        self.first = True

    def exception(self, exception: ExceptionRecord, path: str) -> Iterator[Row]:
        """Innermost frame, what was raised, the frames above it, then what caused it."""
        groups = list(self._groups(exception, path))
        innermost = groups[0].frames if groups else ()
        for at, frame in enumerate(innermost):
            if at:
                yield row()
            yield from self._frame(groups[0], frame, at, None if at else exception)
        if not innermost:
            yield from _raised(exception)
        if len(groups) > 1:
            yield row()
        for group in groups[1:]:
            yield from self._group(group)
        yield from self._origins(exception, path)

    def _origins(self, exception: ExceptionRecord, path: str) -> Iterator[Row]:
        for at, member in enumerate(exception.group):
            yield row()
            count = len(exception.group)
            yield row((f"{at + 1} of {count} in the group:", "warned"))
            yield from self.exception(member, f"{path}.g{at}")
        if exception.cause is not None:
            yield row()
            said = "while this was handled:" if exception.implicit else "caused by:"
            yield row((said, "warned"))
            yield from self.exception(exception.cause, f"{path}.c")

    def _groups(self, exception: ExceptionRecord, path: str) -> Iterator[_Group]:
        innermost_first = tuple(reversed(exception.frames))
        at = 0
        for owner, members in groupby(innermost_first, key=_owner):
            frames = tuple(members)
            if at == 0 and frames[0].owner != "project":
                yield _Group(f"{path}:0", frames[:1], owner, open=True)
                frames, at = frames[1:], 1
            if frames:
                name = f"{path}:{at}"
                shown = frames[0].owner == "project" or name in self.opened
                yield _Group(name, frames, owner, open=shown)
            at += len(frames)

    def _group(self, group: _Group) -> Iterator[Row]:
        if group.frames[0].owner == "project":
            for at, frame in enumerate(group.frames):
                yield from self._frame(group, frame, at)
                yield row()
            return
        mark = "▾" if group.open else "▸"
        counted = plural(len(group.frames), "frame")
        yield row((f"{mark} {counted} of {group.owner}", "dim"), key=f"fold:{group.path}")
        if group.open:
            for at, frame in enumerate(group.frames):
                yield from self._frame(group, frame, at)
            yield row()

    def _frame(
        self, group: _Group, frame: Frame, at: int, raised: ExceptionRecord | None = None
    ) -> Iterator[Row]:
        told = frame.owner if frame.owner == "project" else _owner(frame)
        told += " · most recent call first" if self.first else ""
        self.first = False
        where = (frame.file, frame.line)
        yield row(
            (f"{_short(frame)}:{frame.line}", "strong"),
            f"  {frame.function}   ",
            (told, "dim"),
            where=where,
        )
        yield from _source(frame)
        if raised is not None:
            yield from _raised(raised)
        yield from self._locals(frame, f"{group.path}.{at}.locals")

    def _locals(self, frame: Frame, path: str) -> Iterator[Row]:
        if not frame.locals:
            return
        opened = path in self.opened
        mark = "▾" if opened else "▸"
        names = ", ".join(frame.locals)
        said = f"{mark} {plural(len(frame.locals), 'local')}"
        said += "" if opened else f": {names[:_LAST_COLUMN]}"
        yield row((said, "dim"), key=f"fold:{path}")
        if opened:
            width = min(max(map(len, frame.locals)), 24)
            for name, value in frame.locals.items():
                shown = " ".join(value[:_LONGEST_VALUE].split())
                yield row((f"    {name:<{width}} ", "name"), ("= ", "dim"), shown)


def _source(frame: Frame) -> Iterator[Row]:
    lines = frame.context or ((frame.source,) if frame.source else ())
    first = frame.context_line if frame.context else frame.line
    for at, pieces in enumerate(highlight(tuple(lines), frame.file)):
        number = first + at
        if number != frame.line:
            yield row((f"   {number:>5} ", "dim"), *pieces)
            continue
        yield row(
            (" ❱ ", "failed"),
            (f"{number:>5} ", "strong"),
            *_strong(pieces),
            where=(frame.file, number),
        )
        if frame.columns is not None:
            start, end = frame.columns
            carets = "^" * max(1, min(end, len(lines[at])) - start)
            yield row((" " * (9 + start) + carets, "failed"))


def _strong(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    return tuple((text, f"{style} strong".lstrip()) for text, style in pieces)


def _raised(exception: ExceptionRecord) -> Iterator[Row]:
    first, *others = (exception.message or "").splitlines() or [""]
    said = f"{exception.type}: {first}" if first else exception.type
    yield row((said, "failed strong"))
    for line in others:
        yield row((f"  {line}", "failed"))
    for note in exception.notes:
        for line in note.splitlines():
            yield row(("note  ", "warned"), line)


def _short(frame: Frame) -> str:
    """The file of a frame as it is imported; a project's is relative already."""
    return frame.file if frame.owner == "project" else _ABOVE.sub("", frame.file)


def _owner(frame: Frame) -> str:
    if frame.owner == "project":
        return "the project"
    if frame.owner == "frontend":
        return "the frontend"
    found = _PACKAGE.search(frame.file)
    if found:
        return found[1]
    return "the standard library" if frame.owner == "stdlib" else "the backend"

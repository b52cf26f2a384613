"""Frames, most recent call first; those of others are folded.

A foldable row's key is ``fold:`` and a path; the set of open folds decides what is shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from buildscope.reports.failures import left_out_words
from buildscope.tui.view.rows import Row, row
from buildscope.tui.view.syntax import highlight
from buildscope.tui.view.units import plural
from buildscope.tui.view.values import local_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from buildscope.model.failure import Frame
    from buildscope.tui.view.rows import Piece

_PACKAGE = re.compile(r"[\\/](?:site|dist)-packages[\\/]([A-Za-z0-9_]+)")
_ABOVE = re.compile(r"^.*[\\/](?:(?:site|dist)-packages|python3\.\d+)[\\/]")
_TAB = 8


@dataclass(frozen=True, slots=True)
class _Group:
    """Frames that follow each other and belong together; ``path`` names their fold."""

    path: str
    frames: tuple[Frame, ...]
    owner: str
    open: bool


def frame_rows(
    frames: Sequence[Frame],
    path: str,
    opened: frozenset[str],
    *,
    told: str = "most recent call first",
    raised: Sequence[Row] = (),
) -> Iterator[Row]:
    """Rows of frames that run from the outermost call to the innermost.

    ``path`` tells their folds from those of other frames, ``told`` stands in the first row, and
    ``raised`` below the source of the innermost frame.
    """
    first, *others = _groups(frames, path, opened)
    for at, frame in enumerate(first.frames):
        if at:
            yield row()
        yield from _left_out(frame)
        yield from _frame(first, at, opened, "" if at else told, () if at else raised)
    if others:
        yield row()
    for group in others:
        yield from _group(group, opened)


def _groups(frames: Sequence[Frame], path: str, opened: frozenset[str]) -> Iterator[_Group]:
    at = 0
    for owner, members in groupby(reversed(frames), key=_owner):
        found = tuple(members)
        if at == 0 and found[0].owner != "project":
            yield _Group(f"{path}:0", found[:1], owner, open=True)
            found, at = found[1:], 1
        if found:
            name = f"{path}:{at}"
            shown = found[0].owner == "project" or name in opened
            yield _Group(name, found, owner, open=shown)
        at += len(found)


def _group(group: _Group, opened: frozenset[str]) -> Iterator[Row]:
    ours = group.frames[0].owner == "project"
    if not ours:
        mark = "▾" if group.open else "▸"
        count = len(group.frames) + sum(frame.left_out for frame in group.frames)
        said = f"{mark} {plural(count, 'frame')} of {group.owner}"
        yield row((said, "dim"), key=f"fold:{group.path}")
    if not group.open:
        return
    for at, frame in enumerate(group.frames):
        yield from _left_out(frame)
        yield from _frame(group, at, opened)
        if ours:
            yield row()
    if not ours:
        yield row()


def _left_out(frame: Frame) -> Iterator[Row]:
    """What was called from this frame stands above it, as all that is called does."""
    said = left_out_words(frame)
    if said:
        yield row((said, "warned"))
        yield row()


def _frame(
    group: _Group, at: int, opened: frozenset[str], told: str = "", raised: Sequence[Row] = ()
) -> Iterator[Row]:
    frame = group.frames[at]
    owner = frame.owner if frame.owner == "project" else _owner(frame)
    yield row(
        (f"{_short(frame)}:{frame.line}", "strong"),
        f"  {frame.function}   ",
        (f"{owner} · {told}" if told else owner, "dim"),
        where=(frame.file, frame.line),
    )
    yield from source_rows(frame)
    yield from raised
    yield from local_rows(frame, f"{group.path}.{at}.locals", opened)


def source_rows(frame: Frame) -> Iterator[Row]:
    """The line of a frame and those around it, the failing expression marked."""
    lines = frame.context or ((frame.source,) if frame.source else ())
    first = frame.context_line if frame.context else frame.line
    expanded = tuple(line.expandtabs(_TAB) for line in lines)
    for at, pieces in enumerate(highlight(expanded, frame.file)):
        number = first + at
        if number == frame.line:
            margin: tuple[Piece, ...] = ((" ❱ ", "failed"), (f"{number:>5} ", "strong"))
            yield row(*margin, *_strong(pieces), where=(frame.file, number))
        else:
            yield row((f"   {number:>5} ", "dim"), *pieces)
        columns = _columns(frame, number, lines[at])
        if columns is not None:
            start, end = (row(lines[at][:column].expandtabs(_TAB)).width for column in columns)
            carets = "^" * max(1, end - start)
            yield row((" " * (9 + start) + carets, "failed"))


def _columns(frame: Frame, number: int, line: str) -> tuple[int, int] | None:
    """Which part of a line belongs to the failing expression."""
    if frame.columns is None or not frame.context:
        return None
    if number == frame.line:
        return frame.columns
    if frame.end is None or not frame.line < number <= frame.end[0]:
        return None
    start = len(line) - len(line.lstrip())
    end = frame.end[1] if number == frame.end[0] else len(line.rstrip())
    return (start, end) if end > start else None


def _strong(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    return tuple((text, f"{style} strong".lstrip()) for text, style in pieces)


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

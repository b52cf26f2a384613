"""Attempts held against each other: in the verdict of a retry, and side by side."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from buildscope.reports.failures import is_same, parent_of, phases_further
from buildscope.tui.view.rows import Row, broken, fit, row
from buildscope.tui.view.units import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.model.run import Attempt, SessionRecord
    from buildscope.reports.compare import Comparison
    from buildscope.reports.compare_parts import Difference
    from buildscope.tui.view.rows import Piece

BESIDE = 100
"""Cells from which there is room for two columns."""
_INDENT, _NAME, _GAP = 2, 20, 2
_MARKS = {"-": "failed", "+": "passed"}


def against_parent(record: SessionRecord | None, attempt: Attempt) -> str | None:
    """Say it: ``3 phases further than #1``, ``same as #1: +torch changed nothing``."""
    parent = parent_of(record, attempt)
    steps = phases_further(parent, attempt) if parent is not None else None
    if parent is None or steps is None:
        return None
    if is_same(record, attempt):
        return f"same as #{parent.id}: {attempt.label} changed nothing"
    if steps > 0:
        return f"new failure, {plural(steps, 'phase')} further than #{parent.id}"
    if steps < 0:
        return f"new failure, {plural(-steps, 'phase')} earlier than #{parent.id}"
    return f"new failure in the same phase as #{parent.id}"


def comparison_rows(comparison: Comparison, width: int) -> tuple[Row, ...]:
    """Two columns, or one under the other where ``width`` is small."""
    beside = width >= BESIDE
    titles = [f"#{comparison.a} {comparison.labels[0]}", f"#{comparison.b} {comparison.labels[1]}"]
    rows = list(_titles(titles, width, beside=beside))
    for section in comparison.sections:
        rows += [row(), row((section.head, "strong accent"))]
        notes = (line for note in section.notes for line in broken(note, width - _INDENT))
        rows += [row(" " * _INDENT, (line, "dim")) for line in notes]
        for difference in section.differences:
            rows += _beside(difference, width) if beside else _below(difference, width)
    return tuple(rows)


def _titles(titles: list[str], width: int, *, beside: bool) -> Iterator[Row]:
    if beside:
        yield from _columns("", [(title, "strong") for title in titles], width)
    else:
        for mark, title in zip("-+", titles, strict=True):
            yield from (row((line, "strong")) for line in broken(f"{mark} {title}", width))


def _beside(difference: Difference, width: int) -> Iterator[Row]:
    values = (difference.before, difference.after)
    return _columns(difference.name, [_shown(value) for value in values], width)


def _columns(name: str, values: list[Piece], width: int) -> Iterator[Row]:
    """A name and two values, each broken to its column."""
    room = (width - _INDENT - _NAME) // 2 - _GAP
    cells = [list(broken(name, _NAME - _GAP)), *(list(broken(text, room)) for text, _ in values)]
    for named, before, after in zip_longest(*cells, fillvalue=""):
        yield row(
            " " * _INDENT,
            *fit(((named, "name"),), _NAME),
            *fit(((before, values[0][1]),), room + _GAP),
            (after, values[1][1]),
        )


def _below(difference: Difference, width: int) -> Iterator[Row]:
    for mark, value in (("-", difference.before), ("+", difference.after)):
        text, style = _shown(value)
        lines = broken(f"{difference.name} {text}".strip(), width - _INDENT - 2)
        for at, line in enumerate(lines):
            shown = mark if at == 0 else " "
            yield row(" " * _INDENT, (f"{shown} ", _MARKS[mark]), (line, style))


def _shown(value: str | None) -> Piece:
    return (value, "") if value else ("(none)", "dim")

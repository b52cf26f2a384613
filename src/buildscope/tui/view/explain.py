"""The rows of the eXplain tab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildscope.reports.explain import Crossed, explain, position
from buildscope.tui.view.rows import Row, broken, row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from buildscope.model.run import Attempt, PhaseRun

BLOCK = "block:by-hand"
"""The key of the rows that are copied together."""
_LABEL = 16
_HEAD = 5


def explain_rows(
    attempt: Attempt | None, run: PhaseRun | None, crossed: Crossed, width: int
) -> tuple[Row, ...]:
    """One phase, broken to ``width`` cells."""
    if attempt is None or run is None:
        return (row(("Nothing has run yet.", "dim")),)
    told = explain(attempt, run, crossed)
    first, *more = broken(f"{told.phase}  {told.does}", width)
    return (
        row((told.phase, "strong accent"), (first.removeprefix(told.phase), "strong")),
        *(row((line, "strong")) for line in more),
        *(row((line, "dim")) for line in broken(f"{position(run.name)} · {told.state}", width)),
        row(),
        *_paragraph((*told.why, told.runs), width),
        *_values("in", told.given, width),
        *_values("out", told.returned, width),
        *_by_hand(told.by_hand, told.caution, width),
        *(row((line, "dim")) for line in broken(f"Standard: {told.standard}", width)),
    )


def _paragraph(texts: Iterable[str], width: int) -> Iterator[Row]:
    for text in texts:
        yield from (row(line) for line in broken(text, width))
    yield row()


def _values(head: str, values: tuple[tuple[str, str], ...], width: int) -> Iterator[Row]:
    if not values:
        return
    for at, (label, value) in enumerate(values):
        room = max(width - _HEAD - (_LABEL if label else 0), 10)
        for number, line in enumerate(broken(value, room)):
            first = head if at == number == 0 else ""
            name = f"{label if number == 0 else '':<{_LABEL}}" if label else ""
            style = "" if label else "dim"
            yield row((f"{first:<{_HEAD}}", "dim"), (name, "name"), (line, style))
    yield row()


def _by_hand(lines: tuple[str, ...], caution: str, width: int) -> Iterator[Row]:
    if not lines:
        return
    yield row(("By hand:", "strong"), ("  y on a line copies them all", "dim"))
    # Unbroken: what is copied from here is pasted into a shell.
    yield from (row((line, "accent"), key=BLOCK) for line in lines)
    if caution:
        yield from (row((line, "dim")) for line in broken(caution, width))
    yield row()

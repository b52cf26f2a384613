"""The rows of the eXplain tab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildscope.reports.explain import Crossed, explain
from buildscope.tui.view.rows import Row, row, wrap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from buildscope.model.run import Attempt, PhaseRun

_LABEL = 18
_MANY = 200


def explain_rows(
    attempt: Attempt | None, run: PhaseRun | None, crossed: Crossed, width: int
) -> tuple[Row, ...]:
    """One phase, broken to ``width`` cells."""
    if attempt is None or run is None:
        return (row(("Nothing has run yet.", "dim")),)
    told = explain(attempt, run, crossed)
    return (
        row((told.phase, "strong accent"), "  ", (told.does, "strong")),
        row((told.state, "dim")),
        row(),
        *_paragraphs(told.why, width),
        *_values("in", told.given, width),
        *_values("out", told.returned, width),
        *_by_hand(told.by_hand),
        *(row((line, "dim")) for line in wrap(f"Standard: {told.standard}", width, _MANY)),
    )


def _paragraphs(texts: Iterable[str], width: int) -> Iterator[Row]:
    for text in texts:
        yield from (row(line) for line in wrap(text, width, _MANY))
        yield row()


def _values(head: str, values: tuple[tuple[str, str], ...], width: int) -> Iterator[Row]:
    if not values:
        return
    for at, (label, value) in enumerate(values):
        lines = wrap(value, max(width - _LABEL - 5, 20), _MANY)
        for number, line in enumerate(lines or [""]):
            first = head if at == number == 0 else ""
            name = label if number == 0 else ""
            yield row((f"{first:<5}", "dim"), (f"{name:<{_LABEL}}" if label else "", "name"), line)
    yield row()


def _by_hand(lines: tuple[str, ...]) -> Iterator[Row]:
    if not lines:
        return
    yield row(("By hand:", "strong"))
    # Unbroken: what is copied from here is pasted into a shell.
    yield from (row((line, "accent")) for line in lines)
    yield row()

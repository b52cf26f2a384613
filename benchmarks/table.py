"""The rows of the table, each a measure against a peer or the bare work, with its budget."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.pairs import Pair


@dataclass(frozen=True)
class Row:
    """``ours`` and ``theirs`` in ``unit``; the budget bounds their ratio, or ours alone."""

    name: str
    ours: float
    theirs: float
    unit: str
    budget: float
    by: Literal["ratio", "ours"] = "ratio"
    of_pairs: float | None = None

    @classmethod
    def of(cls, name: str, pair: Pair, budget: float) -> Row:
        """Medians of both sides in seconds, and the median of the ratios pair by pair."""
        ours, theirs = statistics.median(pair.ours), statistics.median(pair.theirs)
        return cls(name, ours, theirs, "s", budget, of_pairs=pair.ratio)

    @property
    def ratio(self) -> float:
        """Ours over theirs; zero where the other side is nothing."""
        if self.of_pairs is not None:
            return self.of_pairs
        return self.ours / self.theirs if self.theirs else 0.0

    @property
    def held(self) -> bool:
        """Whether the budget is kept."""
        return (self.ratio if self.by == "ratio" else self.ours) <= self.budget


def table(rows: Iterable[Row]) -> Table:
    """All rows, the verdict in words."""
    made = Table("what", "ours", "against", "ratio", "budget", "")
    for row in rows:
        limit = f"{row.budget:.2f}x" if row.by == "ratio" else f"{row.budget:g} {row.unit}"
        made.add_row(
            row.name,
            f"{row.ours:.3g} {row.unit}",
            f"{row.theirs:.3g} {row.unit}",
            f"{row.ratio:.2f}",
            limit,
            "kept" if row.held else "MISSED",
        )
    return made

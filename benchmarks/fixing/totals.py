"""The table of all rows, and the totals against what must hold."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Final

from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.fixing.judging import Result

MARKS: Final = {True: "yes", False: "NO", None: ""}


def rows_table(results: Iterable[Result]) -> Table:
    """A line for each row; what is not as it should be is in capitals."""
    made = Table(
        "sdist", "category", "fixed", "cause", "first", "named", "repeats", "s", "tries", "recipe"
    )
    for one in results:
        wanted = one.fixed if one.curable or one.fixed else None
        fixed = MARKS[one.unchanged] if one.unchanged is not None else MARKS[wanted]
        made.add_row(
            f"{one.name} {one.version}",
            one.category,
            fixed,
            MARKS[one.cause],
            MARKS[one.first],
            MARKS[one.named],
            MARKS[one.repeated],
            f"{one.seconds:.0f}",
            str(one.attempts),
            one.recipe or f"{one.ended}: {one.told}"[:70],
        )
    return made


def totals_table(results: Sequence[Result]) -> Table:
    """What was reached of what must hold; beside it what other frontends said."""
    made = Table("what", "reached", "of", "must be")
    curable = [one for one in results if one.curable]
    failing = [one for one in results if one.cause is not None]
    controls = [one for one in results if one.unchanged is not None]
    repeated = [one.repeated for one in results if one.repeated is not None]
    named = [one.named for one in results if one.named is not None]
    _count(made, "fixed and proven", [one.fixed for one in curable], "90 %")
    _count(made, "right cause, any", [bool(one.cause) for one in failing], "95 %")
    _count(made, "right cause, the first", [bool(one.first) for one in failing], "")
    _count(made, "system package named", named, "")
    _count(made, "controls unchanged", [bool(one.unchanged) for one in controls], "all")
    _count(made, "proven and built again independently", repeated, "all")
    _count(made, "a hint by uv", [one.uv_hint for one in failing], "")
    _count(made, "a hint by pip", [one.pip_hint for one in failing], "")
    seconds = [one.seconds for one in results if one.one_fault]
    if seconds:
        median = f"{statistics.median(seconds):.1f} s"
        made.add_row("median of one-fault rows", median, str(len(seconds)), "25 s")
    return made


def _count(table: Table, what: str, found: Sequence[bool], wanted: str) -> None:
    if found:
        reached = f"{sum(found)} ({sum(found) / len(found):.0%})"
        table.add_row(what, reached, str(len(found)), wanted)

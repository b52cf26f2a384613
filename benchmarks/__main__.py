"""``python -m benchmarks``: measure everything here and print one table."""

from __future__ import annotations

import argparse
import sys
from itertools import chain
from typing import TYPE_CHECKING

from rich.console import Console

from benchmarks.builds import against_uv
from benchmarks.extracting import extracting
from benchmarks.inspecting import inspecting
from benchmarks.painting import first_paint
from benchmarks.pouring import pouring
from benchmarks.retrying import retrying
from benchmarks.table import table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.table import Row

GROUPS = ("builds", "retry", "paint", "output", "inspector")
FEWER = 2
"""How many times fewer runs the terminal gets: each holds many measures."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--runs", type=int, default=9, help="counted runs of each side")
    parser.add_argument("--megabytes", type=int, default=200, help="output of the pouring hook")
    parser.add_argument("--quick", action="store_true", help="three runs, 40 megabytes")
    parser.add_argument("--only", choices=GROUPS, nargs="+", default=GROUPS)
    parser.add_argument("--retry-of", metavar="REQUIREMENT", action="append", default=[])
    options = parser.parse_args()
    if options.quick:
        options.runs, options.megabytes = 3, 40
    # Never narrower than the table: without a terminal Rich takes 80 columns.
    Console(width=max(130, Console().width)).print(table(measured(options)))


def measured(options: argparse.Namespace) -> Iterator[Row]:
    """The rows that were asked for, one after another."""
    runs = options.runs
    groups: dict[str, Callable[[], Iterator[Row]]] = {
        "builds": lambda: against_uv(runs),
        "retry": lambda: retrying(tuple(options.retry_of), runs),
        "paint": lambda: iter([first_paint(runs)]),
        "output": lambda: chain(
            extracting(options.megabytes, runs), pouring(options.megabytes, max(1, runs // FEWER))
        ),
        "inspector": lambda: inspecting(runs),
    }
    for name in options.only:
        for row in groups[name]():
            print(f"measured: {row.name}", file=sys.stderr)
            yield row


if __name__ == "__main__":
    main()

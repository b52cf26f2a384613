"""``python -m benchmarks``: measure everything here and print one table."""

from __future__ import annotations

import argparse
import statistics

from rich.console import Console
from rich.table import Table

from benchmarks.builds import against_uv


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--runs", type=int, default=9, help="counted runs of each side")
    runs = parser.parse_args().runs
    table = Table("buildscope run against", "ours, s", "theirs, s", "ratio", "budget")
    for name, pair in against_uv(runs):
        table.add_row(
            name,
            f"{statistics.median(pair.ours):.3f}",
            f"{statistics.median(pair.theirs):.3f}",
            f"{pair.ratio:.2f}",
            "0.90",
        )
    Console().print(table)


if __name__ == "__main__":
    main()

"""``python -m benchmarks.corpus FILE``: search for a cure of every row, and print what came of it."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from benchmarks.fixing.judging import Result, judge
from benchmarks.fixing.repeating import repeat
from benchmarks.fixing.rows import Case, read_cases
from benchmarks.fixing.running import Ran, run
from benchmarks.fixing.totals import rows_table, totals_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass(frozen=True)
class Bench:
    """``runner`` runs the program on a row in a directory, ``repeater`` builds its recipe again.

    ``places`` is where each row has its directory, which goes when the row is done unless
    ``keep`` says otherwise; ``told`` gets every result at once.
    """

    runner: Callable[[Case, Path], Ran]
    places: Path
    told: Callable[[Result], None]
    repeater: Callable[[Case, Ran, Path], tuple[bool | None, str]] | None = None
    keep: bool = False

    def measure(self, cases: Iterable[Case], jobs: int) -> list[Result]:
        """The results of all rows, in their order, ``jobs`` at a time."""
        with ThreadPoolExecutor(max_workers=jobs) as pool:
            return list(pool.map(self.one, cases))

    def one(self, case: Case) -> Result:
        """The result of one row."""
        place = self.places / f"{case.name}-{case.version}"
        shutil.rmtree(place, ignore_errors=True)
        try:
            ran = self.runner(case, place)
            result = judge(case, ran)
            if result.fixed and self.repeater is not None:
                repeated, note = self.repeater(case, ran, place / "again")
                result = replace(result, repeated=repeated, repeat_note=note)
        finally:
            if not self.keep:
                shutil.rmtree(place, ignore_errors=True)
        self.told(result)
        return result


def main() -> None:
    """Measure the rows that are asked for; exit code 1 where one misses."""
    options = _options()
    # The hook library repeats the backends' warnings in this process.
    warnings.simplefilter("ignore")
    cases = read_cases(options.file, frozenset(options.only))
    with tempfile.TemporaryDirectory() as temporary:
        places = options.keep or Path(temporary)
        cache = options.cache or places / "cache"
        bench = Bench(
            runner=lambda case, place: run(case, place, cache, options.budget),
            places=places,
            told=_teller(options.out),
            repeater=repeat if options.verify else None,
            keep=options.keep is not None,
        )
        results = bench.measure(cases, options.jobs)
    # Never narrower than the table: without a terminal Rich takes 80 columns.
    console = Console(width=max(180, Console().width))
    console.print(rows_table(results))
    console.print(totals_table(results))
    sys.exit(any(one.missed for one in results))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.corpus", description=__doc__)
    parser.add_argument("file", type=Path, help="the table, with tabs between its columns")
    parser.add_argument("--jobs", type=int, default=1, help="rows at a time")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME")
    parser.add_argument("--budget", type=float, default=300.0, help="seconds for each search")
    parser.add_argument("--out", type=Path, help="a file that gets every result as a line of JSON")
    parser.add_argument("--verify", action="store_true", help="build proven recipes independently")
    parser.add_argument("--keep", type=Path, help="a directory that keeps documents and sessions")
    parser.add_argument("--cache", type=Path, help="the cache that all rows share")
    return parser.parse_args()


def _teller(out: Path | None) -> Callable[[Result], None]:
    def tell(result: Result) -> None:
        word = "MISSED" if result.missed else "ok"
        print(f"{word}: {result.name} {result.seconds:.0f} s {result.recipe}", file=sys.stderr)
        if out is not None:
            with out.open("a", encoding="utf-8") as file:
                file.write(json.dumps(result.as_json()) + "\n")

    return tell


if __name__ == "__main__":
    main()

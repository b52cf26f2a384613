"""All errors and warnings of a build's output, against counting its lines; linear, bounded."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.pairs import compare
from benchmarks.table import Row
from buildscope.diagnosis.messages import Scan
from buildscope.journal.lines import SpoolReader
from buildscope.journal.redact import Redactor
from buildscope.journal.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = (
    "[{0}/9000] /usr/bin/x86_64-linux-gnu-gcc -Isrc/foo.p -I../src -fdiagnostics-color=always "
    "-D_FILE_OFFSET_BITS=64 -Wall -Werror=format-security -O3 -fPIC -DNDEBUG -MD -MQ "
    "src/foo.p/error_{0}.c.o -MF src/foo.p/error_{0}.c.o.d -o src/foo.p/error_{0}.c.o -c ../src/error_{0}.c\n"
)
ERROR = "../src/error_{0}.c:12:5: error: expected ';' before '}}' token\n"
FEW = 20_000
"""Commands between two errors of a usual log."""
_MEGABYTE = 1_000_000
_CHUNK = 1 << 16


def extracting(megabytes: int, runs: int) -> Iterator[Row]:
    """Rows for a usual log, and for one whose every line is an error."""
    with tempfile.TemporaryDirectory() as name:
        usual = _log(Path(name, "usual"), megabytes, FEW)
        pair = compare(lambda: _scan(usual)[0], lambda: _counting(usual), runs=runs, warm_up=1)
        yield Row.of(f"errors in {megabytes} MB of commands, against counting lines", pair, 30)
        grown = _scan(usual)[1]
        yield Row("growth of memory for that", grown, megabytes, "MB", 20, by="ours")
        whole = _log(Path(name, "errors"), megabytes // 4, 0)
        half = _log(Path(name, "half"), megabytes // 8, 0)
        both = compare(lambda: _scan(whole)[0], lambda: _scan(half)[0], runs=runs, warm_up=0)
        yield Row.of(f"{megabytes // 4} MB of errors alone, against half of them", both, 2.4)


def _log(directory: Path, megabytes: int, few: int) -> Path:
    """A spool of that many megabytes, an error after every ``few`` commands; 0: only errors."""
    spool, number, written = Spool(directory, Redactor()), 0, 0
    while written < megabytes * _MEGABYTE:
        lines = []
        for _ in range(_CHUNK // len(COMMAND)):
            number += 1
            is_error = not few or number % few == 0
            lines.append((ERROR if is_error else COMMAND).format(number))
        chunk = "".join(lines).encode()
        spool.write("stdout", chunk)
        written += len(chunk)
    spool.close()
    return directory


def _counting(directory: Path) -> float:
    started = time.perf_counter()
    with (directory / "stdout").open("rb") as file:
        while block := file.read(1 << 20):
            block.count(b"\n")
    return time.perf_counter() - started


def _scan(directory: Path) -> tuple[float, float]:
    """Seconds and growth of memory in MB, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.extracting", str(directory)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    seconds, grown = said.split()
    return float(seconds), float(grown)


def _main(directory: Path) -> None:
    """Scan one spool; print seconds and megabytes."""
    reader, scan = SpoolReader(directory), Scan()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    scan.take(reader)
    seconds = time.perf_counter() - started
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    reader.close()
    print(seconds, grown)


if __name__ == "__main__":
    _main(Path(sys.argv[1]))

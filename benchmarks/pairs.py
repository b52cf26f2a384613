"""Times two commands in turn, so that a machine whose speed drifts is fair to both."""

from __future__ import annotations

import statistics
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Pair:
    """Seconds of both sides, run by run, and the ratios pair by pair."""

    ours: list[float]
    theirs: list[float]

    @property
    def ratio(self) -> float:
        """The median of the ratios ours / theirs."""
        return statistics.median(a / b for a, b in zip(self.ours, self.theirs, strict=True))


def compare(
    ours: Callable[[], float], theirs: Callable[[], float], *, runs: int, warm_up: int = 2
) -> Pair:
    """Run both in turn, ``runs`` times each after ``warm_up`` runs that do not count."""
    for _ in range(warm_up):
        ours()
        theirs()
    pair = Pair([], [])
    for _ in range(runs):
        pair.ours.append(ours())
        pair.theirs.append(theirs())
    return pair


def command(arguments: Sequence[str], *, env: Mapping[str, str], cwd: Path) -> float:
    """Wall seconds of a whole process, which must end with exit code 0."""
    started = time.perf_counter()
    done = subprocess.run(
        arguments,
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    seconds = time.perf_counter() - started
    if done.returncode != 0:
        raise SystemExit(f"{arguments} exited with {done.returncode}:\n{done.stderr.decode()}")
    return seconds

"""A retry with one more small package: the time to the hook, against that of a first attempt."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.pairs import Pair
from benchmarks.table import Row
from buildscope.model.settings import Request, Settings
from buildscope.session.find import find_session
from buildscope.session.runner import Runner
from buildscope.session.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PROJECT = Path(__file__).parent / "projects" / "needy"
SMALL = "wheel"
THINKING = 1.0
"""Seconds between the failure and the key, in which a debugger may get ready."""


def retrying(targets: tuple[str, ...], runs: int) -> Iterator[Row]:
    """A small sdist made here, then the ``targets``: each must fail in a hook."""
    with tempfile.TemporaryDirectory() as name:
        places = Path(name)
        for target in (str(_sdist(places)), *targets):
            pair = Pair([], [])
            for number in range(runs + 1):
                first, again = _once(target, places)
                if number:  # the first one fills the caches
                    pair.theirs.append(first)
                    pair.ours.append(again)
            yield Row.of(f"retry of {Path(target).name} +{SMALL}, to the same hook", pair, 0.5)


def _once(target: str, places: Path) -> tuple[float, float]:
    """Seconds to the hook that fails: from the program's start, and from the key press on.

    A first attempt is always that of a program that was just started, a retry never is.
    """
    environ = _environ(places)
    command = [sys.executable, "-m", "buildscope", "run", target]
    begun = time.time()
    subprocess.run(command, env=environ, cwd=places, capture_output=True, check=False)
    session = Session.open(find_session("last", environ), environ=environ, cwd=places)
    runner = Runner(session)
    try:
        hook = _failed_hook(session)
        first = _started(session, 1, hook) - begun
        session.ready()
        time.sleep(THINKING)
        pressed = time.time()
        runner.retry(1, Request(settings=Settings(extra=(SMALL,))))
        runner.join()
        return first, _started(session, 2, hook) - pressed
    finally:
        session.close()


def _failed_hook(session: Session) -> int:
    """The index of the phase that failed, which must have called a hook."""
    attempt = session.record.attempt(1)
    for number, run in enumerate(attempt.phases):
        if run.status == "failed" and run.exit_code is not None:
            return number
    raise SystemExit(f"{session.target.text} was to fail in a hook: {attempt.outcome}")


def _started(session: Session, attempt: int, hook: int) -> float:
    """When the phase of the hook began, in seconds since the epoch."""
    run = session.record.attempt(attempt).phases[hook]
    if run.started is None or run.status == "carried":
        raise SystemExit(f"attempt {attempt} did not come to {run.name}")
    return run.started


def _sdist(places: Path) -> Path:
    """The project as an sdist, with the files that an archive of some size has."""
    path = places / "needy-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.add(PROJECT, "needy-1.0")
    return path


def _environ(places: Path) -> Mapping[str, str]:
    return {
        **os.environ,
        "BUILDSCOPE_STATE_DIR": str(places / "state"),
        "BUILDSCOPE_CACHE_DIR": str(places / "cache"),
    }

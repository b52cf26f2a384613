"""A hook that passes with the inspector, against the same hook without it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import uv

from benchmarks.pairs import compare
from benchmarks.table import Row
from buildscope.hooks.call import call_hook
from buildscope.journal.redact import Redactor
from buildscope.journal.spool import Spool
from buildscope.process.stop import Stop

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECTS = Path(__file__).parent / "projects"
BUDGET = 1.03
MORE = 4
"""How many times more runs than elsewhere: what is looked for is a few milliseconds."""


def inspecting(runs: int) -> Iterator[Row]:
    """``build_wheel`` of setuptools, and of a backend that calls a compiler fifty times.

    A process costs the inspector 0.1 to 0.2 ms, so one that does nothing would be no measure.
    """
    with tempfile.TemporaryDirectory() as name:
        places = Path(name)
        python = _environment(places)
        for project, backend, what in (
            ("small", "setuptools.build_meta", "of setuptools"),
            ("spawning", "spawning", "that compiles 50 files"),
        ):
            lab = _Lab(places / project, python, PROJECTS / project, backend)
            pair = compare(
                partial(lab.seconds, inspect=True),
                partial(lab.seconds, inspect=False),
                runs=runs * MORE,
            )
            yield Row.of(f"a hook {what}, inspected, against not", pair, BUDGET)


def _environment(places: Path) -> str:
    """The interpreter of an environment that has setuptools."""
    path = places / "env"
    for arguments in (
        ["venv", "--python", sys.executable, str(path)],
        ["pip", "install", "--python", str(path), "--compile-bytecode", "setuptools"],
    ):
        subprocess.run([uv.find_uv_bin(), *arguments], check=True, capture_output=True)
    return str(path / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


class _Lab:
    """Calls ``build_wheel`` of one project, each time in a copy."""

    def __init__(self, places: Path, python: str, project: Path, backend: str) -> None:
        places.mkdir()
        self.places, self.python, self.project, self.backend = places, python, project, backend
        self.count = 0

    def seconds(self, *, inspect: bool) -> float:
        """Wall seconds of the hook's process, from its start to its end."""
        self.count += 1
        place = self.places / str(self.count)
        project = Path(shutil.copytree(self.project, place / "project"))
        spool = Spool(place / "output", Redactor())
        in_tree = (project / f"{self.backend}.py").exists()
        try:
            started = time.perf_counter()
            outcome = call_hook(
                "build_wheel",
                {"wheel_directory": str(place)},
                python=self.python,
                project=project,
                backend=self.backend,
                backend_path=(".",) if in_tree else (),
                environ=os.environ,
                directory=place / "evidence",
                spool=spool,
                stop=Stop(),
                timeout=None,
                redactor=Redactor(),
                environment_paths=(str(Path(self.python).parent.parent),),
                quiet=(str(place),),  # as an attempt's own directories are
                inspect=inspect,
            )
            seconds = time.perf_counter() - started
        finally:
            spool.close()
        if not outcome.has_result:
            raise SystemExit(f"{self.backend} was to pass: {outcome.exception}")
        shutil.rmtree(place)
        return seconds

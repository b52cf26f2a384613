"""A headless build against ``uv build --wheel``."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import uv

from benchmarks.pairs import command, compare
from benchmarks.table import Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.pairs import Pair

PROJECT = Path(__file__).parent / "projects" / "small"
BUILDSCOPE = [sys.executable, "-m", "buildscope", "run"]


def environment(*, bytecode: bool, state: Path) -> dict[str, str]:
    """The caller's environment, with Python writing bytecode or not.

    pip's own indexes are left out: buildscope hands them to uv, and ``uv build`` does not
    know them, so the two would not ask the same places.
    """
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in {"PYTHONDONTWRITEBYTECODE", "PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL"}
    }
    env["PIP_CONFIG_FILE"] = os.devnull
    if not bytecode:
        env["PYTHONDONTWRITEBYTECODE"] = "1"
    return {**env, "BUILDSCOPE_STATE_DIR": str(state)}


def against_uv(runs: int) -> Iterator[Row]:
    """The same two hooks (``--skip prepare_metadata``) on the same project, warm caches."""
    for bytecode in (True, False):
        with tempfile.TemporaryDirectory() as place:
            directory = Path(place)
            env = environment(bytecode=bytecode, state=directory / "state")
            words = "unset" if bytecode else "set"
            name = f"run, against uv build --wheel, PYTHONDONTWRITEBYTECODE {words}"
            yield Row.of(name, _against_uv(directory, env, runs), 0.9)


def _against_uv(directory: Path, env: dict[str, str], runs: int) -> Pair:
    def ours() -> float:
        project = _fresh(directory, "ours")
        return command(
            [*BUILDSCOPE, str(project), "--skip", "prepare_metadata"], env=env, cwd=project
        )

    def theirs() -> float:
        project = _fresh(directory, "theirs")
        build = [uv.find_uv_bin(), "build", "--wheel", "--python", sys.executable, str(project)]
        return command(build, env=env, cwd=project)

    return compare(ours, theirs, runs=runs)


def _fresh(directory: Path, name: str) -> Path:
    """A copy of the project that no build has touched."""
    project = directory / name
    shutil.rmtree(project, ignore_errors=True)
    return Path(shutil.copytree(PROJECT, project))

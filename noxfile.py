"""What continuous integration runs, and what the README's second command runs."""

from __future__ import annotations

import os
from pathlib import Path

import nox

nox.needs_version = ">=2024.4.15"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["lint", "lowest", "tests"]
nox.options.stop_on_first_error = False

UNSET = {"PYTHONDONTWRITEBYTECODE": None, "PYTHONUNBUFFERED": None}
SET = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}


@nox.session
def lint(session: nox.Session) -> None:
    """Style, types, and the direction of imports."""
    session.install("-e", ".[dev]")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")
    session.run("mypy", "tests", "benchmarks", "screenshots", "tools")
    session.run("lint-imports")


def oldest_python() -> str | None:
    """Python 3.10 from pyenv where it has one, else the interpreter that runs nox."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found = sorted(root.glob("versions/3.10.*/bin/python"))
    return str(found[-1]) if found else None


@nox.session(python=oldest_python())
def lowest(session: nox.Session) -> None:
    """The offline tests with the lowest versions that are allowed, on Python 3.10 if it is here."""
    if session.venv_backend != "uv":
        session.skip("only uv resolves to the lowest versions")
    session.install("--resolution", "lowest-direct", ".[dev]")
    # Pictures are those of the newest Textual; what runs on other Pythons is of no version here.
    # The screens of a search are made of what the others are made of.
    ignored = [f"--ignore=tests/test_tui_{name}.py" for name in ("snapshots", "fix")]
    chosen = "not index and not other_python"
    session.run("pytest", "-m", chosen, *ignored, *session.posargs, env=SET)


@nox.session
def tests(session: nox.Session) -> None:
    """Everything, against the built wheel."""
    session.install(".[dev]")
    session.run("pytest", *session.posargs, env=UNSET)

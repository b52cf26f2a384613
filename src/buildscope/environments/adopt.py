"""Isolation off: the user's own environment, as it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from buildscope.environments.declared import declared_missing
from buildscope.environments.facts import ask
from buildscope.environments.interpreters import (
    as_path,
    find_interpreter,
    python_at,
    refuse_old,
)
from buildscope.environments.model import BuildEnvironment
from buildscope.errors import UsageError
from buildscope.model.run import Interpreter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from buildscope.model.settings import Settings

__all__ = ["adopt", "declared_missing"]

_HINT = "activate one, make a .venv, or name one with -p PATH"


def adopt(
    settings: Settings, *, environ: Mapping[str, str], cwd: Path, cache: Path
) -> BuildEnvironment:
    """The environment that ``-p`` names, else the active one, else ``.venv`` here or above.

    Nothing is written into it. Raises ``UsageError`` when there is none, its interpreter
    does not run, or is older than 3.8.
    """
    named, python = _chosen(settings.python, environ, cwd, cache)
    facts = ask(python, environ=environ)
    refuse_old(facts, named)
    return BuildEnvironment(
        path=facts.prefix,
        python=python,
        scripts=facts.scripts,
        site_packages=facts.site_packages,
        interpreter=Interpreter(
            path=python, version=facts.version, implementation=facts.implementation
        ),
        isolated=False,
        markers=facts.markers,
    )


def _chosen(
    spec: str | None, environ: Mapping[str, str], cwd: Path, cache: Path
) -> tuple[str, str]:
    """What named the environment, and its interpreter."""
    if spec is not None:
        path = as_path(spec)
        if path is None and (cwd / spec / "pyvenv.cfg").exists():
            path = cwd / spec
        if path is not None:
            return spec, python_at(path, spec)
        return spec, find_interpreter(spec, cache=cache, environ=environ).path
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        if environ.get(variable):
            return variable, _python_of(Path(environ[variable]), variable)
    for folder in _dot_venvs(cwd):
        return str(folder), _python_of(folder, str(folder))
    raise UsageError(
        "--no-isolation needs an environment to build in, and there is none: no -p, no "
        f"VIRTUAL_ENV or CONDA_PREFIX, no .venv in {cwd} or above",
        hint=_HINT,
    )


def _python_of(folder: Path, named: str) -> str:
    try:
        return python_at(folder, named)
    except UsageError:
        raise UsageError(
            f"{named} names {folder}, which is no environment with a Python in it", hint=_HINT
        ) from None


def _dot_venvs(cwd: Path) -> Iterator[Path]:
    """``.venv`` of the directory and those above; as a file it holds the path (PEP 832)."""
    for folder in (cwd, *cwd.parents):
        found = folder / ".venv"
        if found.is_dir():
            yield found
        elif found.is_file():
            lines = found.read_text("utf-8", errors="replace").splitlines()
            if lines and lines[0].strip():
                yield folder / lines[0].strip()

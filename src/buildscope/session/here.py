"""What stands in the current directory, for home: told from its files, nothing is run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from buildscope.model.base import Record
from buildscope.sources.project import is_project

if TYPE_CHECKING:
    from pathlib import Path

LEGACY = "setuptools (no build-system table)"


class Here(Record, frozen=True):
    """The project of a directory; ``told`` is its name, version and backend, where stated."""

    directory: str
    told: str


def project_here(cwd: Path) -> Here | None:
    """The project in ``cwd``; ``None`` where there is none."""
    if not is_project(cwd):
        return None
    try:
        table = _pyproject(cwd / "pyproject.toml")
    except ValueError:
        return Here(directory=str(cwd), told="pyproject.toml cannot be read")
    name = _words(table.get("project"), "name", "version") or cwd.name
    backend = _words(table.get("build-system"), "build-backend") or LEGACY
    return Here(directory=str(cwd), told=f"{name} · {backend}")


def _pyproject(file: Path) -> dict[str, Any]:
    """Its tables; ``ValueError`` where it is not TOML or cannot be read."""
    import tomli

    if not file.is_file():
        return {}
    try:
        return tomli.loads(file.read_text("utf-8"))
    except OSError as error:
        raise ValueError(str(error)) from error


def _words(table: object, *keys: str) -> str:
    """The values of ``keys`` that are texts, with spaces between."""
    if not isinstance(table, dict):
        return ""
    return " ".join(value for key in keys if isinstance(value := table.get(key), str))

"""Where in a source tree the project is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildscope.errors import SourceError

if TYPE_CHECKING:
    from pathlib import Path

PROJECT_FILES = ("pyproject.toml", "setup.py")
"""A directory with one of them can be built (PEP 517, PEP 518)."""


def is_project(directory: Path) -> bool:
    """Whether a directory has what can be built."""
    return any((directory / name).is_file() for name in PROJECT_FILES)


def project_in(tree: Path, subdirectory: str | None, shown: str) -> Path:
    """The directory the build runs in; raises ``SourceError`` when it is not one."""
    project = tree / subdirectory if subdirectory else tree
    if not project.resolve().is_relative_to(tree.resolve()):
        raise SourceError(
            f"#subdirectory={subdirectory} lies outside of {shown}",
            cause="bad-archive",
            hint="name a directory within it",
        )
    if is_project(project):
        return project
    where = f"{subdirectory} of {shown}" if subdirectory else shown
    raise SourceError(
        f"{where} has neither pyproject.toml nor setup.py, so it is no Python project",
        cause="missing-source-file",
        hint=_projects_below(tree),
    )


def _projects_below(tree: Path) -> str:
    found = {path.parent for name in PROJECT_FILES for path in tree.glob(f"*/{name}")}
    names = sorted(path.relative_to(tree).as_posix() for path in found)
    if not names:
        return "name the directory that has one of them"
    return (
        f"there is one in {', '.join(names[:3])}: name that directory, or #subdirectory={names[0]}"
    )


def repository_above(directory: Path) -> str | None:
    """Said where a repository starts above the directory, since copies are without it."""
    if (directory / ".git").exists():
        return None
    above = next((parent for parent in directory.parents if (parent / ".git").exists()), None)
    if above is None:
        return None
    return f"part of the repository {above}; retries run in a copy of the directory alone"

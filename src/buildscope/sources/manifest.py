"""What stands in a tree: names, sizes and times, as ``make`` and ninja look at it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

LEFT_OUT = frozenset(
    {"node_modules", ".tox", ".nox", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"}
)
"""Folders that are large and that no build reads; virtual environments are told by their file."""
_NEVER = frozenset({".git", ".hg", "__pycache__"})

Entry: TypeAlias = tuple[str, int, int, str]
"""Kind (``file``, ``folder``, ``link``), size, modification time in ns, what a link leads to."""
Manifest: TypeAlias = dict[str, Entry]


def manifest(tree: Path, *, whole: bool = False) -> Manifest:
    """Everything in ``tree``, by its name relative to it, without ``.git`` and bytecode.

    What is in ``LEFT_OUT`` and virtual environments are left out too, unless the ``whole`` is
    wanted. Raises ``OSError`` for what cannot be read.
    """
    return dict(_entries(str(tree), "", whole=whole))


def left_out(entry: os.DirEntry[str]) -> bool:
    """Whether a folder is one that is not copied with a local directory."""
    return entry.name in LEFT_OUT or Path(entry.path, "pyvenv.cfg").is_file()


def _entries(root: str, folder: str, *, whole: bool) -> Iterator[tuple[str, Entry]]:
    with os.scandir(f"{root}{os.sep}{folder}" if folder else root) as entries:
        for entry in entries:
            name = f"{folder}{os.sep}{entry.name}" if folder else entry.name
            if entry.is_symlink():
                yield name, ("link", 0, 0, os.readlink(entry.path))  # noqa: PTH115 - thousands
            elif entry.is_dir():
                if entry.name not in _NEVER and (whole or not left_out(entry)):
                    yield name, ("folder", 0, 0, "")
                    yield from _entries(root, name, whole=whole)
            elif entry.is_file():
                status = entry.stat(follow_symlinks=False)
                yield name, ("file", status.st_size, status.st_mtime_ns, "")

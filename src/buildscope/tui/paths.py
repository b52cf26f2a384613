"""Completion of paths while a target is being typed."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from textual.suggester import Suggester

from buildscope.sources.project import is_project
from buildscope.sources.targets import is_archive_name


class Paths(Suggester):
    """Suggests directories and sdists; relative ones are looked for from ``cwd``."""

    def __init__(self, cwd: Path) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._cwd = cwd

    async def get_suggestion(self, value: str) -> str | None:
        """What ``value`` may become; disks may be slow, so they are read in a thread."""
        return await asyncio.to_thread(path_beginning, value, self._cwd)


def path_beginning(value: str, cwd: Path) -> str | None:
    """``value`` continued to the first directory or sdist of that beginning.

    A name alone is meant as a requirement, unless there is a project or sdist of that name.
    """
    folder, slash, beginning = value.rpartition("/")
    if not beginning or "://" in value:
        return None
    try:
        inside = cwd / Path(folder + slash).expanduser() if slash else cwd
        entries = sorted(os.scandir(inside), key=lambda one: one.name)
        for entry in entries:
            if entry.name.startswith(beginning) and _can_be_meant(entry, alone=not slash):
                return f"{folder}{slash}{entry.name}" + ("/" if entry.is_dir() else "")
    except (OSError, RuntimeError, ValueError):  # not to be read, ~ of nobody, no path at all
        return None
    return None


def _can_be_meant(entry: os.DirEntry[str], *, alone: bool) -> bool:
    if entry.is_dir():
        return not alone or is_project(Path(entry.path))
    return is_archive_name(entry.name)

"""Reads the source tree for its tab: the list of files, and one file."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from buildscope.errors import UsageError
from buildscope.session.edits import patch_text
from buildscope.sources.manifest import left_out
from buildscope.tui.view.remembered import remembered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.model.run import Attempt

_PLACE = re.compile(
    r'File "(?P<quoted>[^"]+)", line (?P<at>\d+)|(?P<file>[^\s:"\'(]+)[:(](?P<line>\d+)[:,)]'
)
MOST_FILES = 3000
MOST_BYTES = 400_000


@lru_cache(maxsize=8)
def files_of(project: str, _state: str) -> tuple[tuple[str, int], ...]:
    """Names relative to ``project`` and sizes in bytes; bounded. Read anew for another state."""
    found: list[tuple[str, int]] = []
    for name, size in _walk(project, ""):
        if len(found) == MOST_FILES:
            break
        found.append((name, size))
    return tuple(found)


def text_of(file: Path) -> tuple[str, ...]:
    """The lines of a file, bounded; what is no text says so."""
    try:
        status = file.stat()
        return _lines(str(file), status.st_mtime_ns, status.st_size)
    except OSError as error:
        return (f"{file} cannot be read: {error.strerror}",)


@lru_cache(maxsize=16)
def _lines(file: str, _time: int, size: int) -> tuple[str, ...]:
    with Path(file).open("rb") as opened:
        raw = opened.read(MOST_BYTES)
    if b"\0" in raw[:8000]:
        return (f"{size} bytes that are no text",)
    lines = _split(raw.decode("utf-8", errors="replace"))
    return (*lines, f"… {size - len(raw)} bytes more") if size > len(raw) else tuple(lines)


@remembered
def edits_of(attempt: Attempt) -> str:
    """The edits as a diff, to be looked at; or why they cannot be told."""
    try:
        return patch_text(attempt)
    except UsageError as error:
        return error.message


def place_in(text: str, project: str) -> tuple[str, int] | None:
    """The file of the project, relative to it, and line that a message such as a compiler's names."""
    for found in _PLACE.finditer(text):
        named = Path(project, found["quoted"] or found["file"])
        try:
            inside = named.resolve().relative_to(Path(project).resolve())
            there = named.is_file()
        except (OSError, ValueError):
            continue
        if there:
            return inside.as_posix(), int(found["at"] or found["line"])
    return None


def _split(text: str) -> list[str]:
    """Lines as Python counts them: a form feed ends none."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines if lines[-1] else lines[:-1]


def _walk(root: str, folder: str) -> Iterator[tuple[str, int]]:
    """Files of a folder before those of the folders in it, as one looks for ``setup.py``."""
    try:
        entries = sorted(os.scandir(Path(root, folder)), key=lambda entry: entry.name.lower())
    except OSError:
        return
    folders = []
    for entry in entries:
        name = f"{folder}/{entry.name}" if folder else entry.name
        if entry.is_dir(follow_symlinks=False):
            if entry.name != ".git" and not left_out(entry):
                folders.append(name)
        else:
            yield name, entry.stat(follow_symlinks=False).st_size
    for name in folders:
        yield from _walk(root, name)

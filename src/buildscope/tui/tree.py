"""Reads the source tree for its tab: the list of files, and one file."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from buildscope.diagnosis.messages import Place, SourceFinder, named_places, place_near
from buildscope.errors import UsageError
from buildscope.session.edits import patch_text
from buildscope.sources.manifest import left_out
from buildscope.tui.view.remembered import remembered

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from buildscope.model.run import Attempt

MOST_FILES = 3000
MOST_BYTES = 400_000
_ABOVE = 2000
"""Lines shown above the one that matters of a file that is longer than ``MOST_BYTES``."""


@lru_cache(maxsize=8)
def files_of(project: str, _state: str) -> tuple[tuple[str, int], ...]:
    """Names relative to ``project`` and sizes in bytes; bounded. Read anew for another state."""
    found: list[tuple[str, int]] = []
    for name, size in _walk(project, ""):
        if len(found) == MOST_FILES:
            break
        found.append((name, size))
    return tuple(found)


def text_of(file: Path, line: int = 1) -> tuple[int, tuple[str, ...]]:
    """The lines of a file, bounded, after the number of the first of them.

    Of a long file, such as one that Cython made, those around ``line``. What is no text says so.
    """
    try:
        status = file.stat()
        first = max(1, line - _ABOVE) if status.st_size > MOST_BYTES else 1
        return _lines(str(file), status.st_mtime_ns, status.st_size, first)
    except OSError as error:
        return 1, (f"{file} cannot be read: {error.strerror}",)


@lru_cache(maxsize=16)
def _lines(file: str, _time: int, size: int, first: int) -> tuple[int, tuple[str, ...]]:
    with Path(file).open("rb") as opened:
        for _ in range(first - 1):
            opened.readline(MOST_BYTES)
        raw, left = opened.read(MOST_BYTES), size - opened.tell()
    if b"\0" in raw[:8000]:
        return 1, (f"{size} bytes that are no text",)
    lines = _split(raw.decode("utf-8", errors="replace"))
    return first, (*lines, f"… {left} bytes more") if left > 0 else tuple(lines)


@remembered
def edits_of(attempt: Attempt) -> str:
    """The edits as a diff, to be looked at; or why they cannot be told."""
    try:
        return patch_text(attempt)
    except UsageError as error:
        return error.message


def place_in(
    text: str,
    project: str,
    around: tuple[Sequence[str], Sequence[str]] = ((), ()),
    directories: Sequence[str] = (),
) -> Place | None:
    """What a line of output names, of what is there: a file of the project, relative to it, or another.

    ``around`` are the lines before and after it, for tools that write the place there.
    ``directories`` are others than the project that names may be relative to.
    """
    finder = SourceFinder(Path(project), [Path(one) for one in directories])
    near = place_near(text, *around)
    for named in (*((near,) if near is not None else ()), *named_places(text)):
        found = finder.find(named.file)
        if found is not None:
            return Place(found, named.line, named.column)
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

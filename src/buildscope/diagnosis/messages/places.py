"""Where a message points: the files and lines that output names, found in the source tree."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from buildscope.diagnosis.messages.message import LONGEST
from buildscope.diagnosis.messages.reading import read_message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

NEAR: Final = 8
"""How many lines away a tool names the place of a message that has none itself."""
MOST_FILES: Final = 20_000
ANYWHERE = re.compile(
    r"(?<![^\s\"'(=,])(?P<file>(?:[A-Za-z]:(?=[\\/]))?[^\s:\"'(=,]+)[:(](?P<line>\d{1,9})[:,)]"
    r"(?:(?P<column>\d{1,9})[:)])?"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file, both as they were named; ``column`` is 0 where there is none."""

    file: str
    line: int
    column: int = 0


def named_places(text: str) -> Iterator[Place]:
    """What a line of output names: its message's own place, then any other one."""
    message = read_message(text)
    if message is not None and message.file and message.line:
        yield Place(message.file, message.line, message.column)
    for found in ANYWHERE.finditer(text[:LONGEST]):
        yield Place(found["file"], int(found["line"]), int(found["column"] or 0))


def place_near(text: str, before: Sequence[str], after: Sequence[str]) -> Place | None:
    """The place of a message: named in its line, else by rustc below it or gfortran above it.

    ``before`` and ``after`` are the lines around it, in the order of the output.
    """
    message = read_message(text)
    if message is None or message.file:
        return next(named_places(text), None)
    for line in after:
        found = read_message(line)
        if found is not None and found.tool == "rustc" and found.file:
            return Place(found.file, found.line, found.column)
        if found is not None and found.severity != "note":
            break
    for line in reversed(before):
        found = read_message(line)
        if found is not None and found.tool == "gfortran" and found.file:
            return Place(found.file, found.line, found.column)
        if found is not None and found.severity != "note":
            break
    return next(named_places(text), None)


class SourceFinder:
    """Finds the files that tools name from wherever they ran.

    ``directories`` are others than the project that names may be relative to.
    """

    def __init__(self, project: Path, directories: Iterable[Path] = ()) -> None:
        self.project = project
        self._bases = (project, *directories)

    def find(self, named: str) -> str | None:
        """The file: relative to the project where it is the project's own, else absolute.

        A relative name is looked for from the project, then from the other directories, and
        must stay in them; then, as any other that is not there, by its end: builds run in
        folders of their own, so ``../src/x.c`` is the only file that ends in ``src/x.c``.
        """
        names = dict.fromkeys((named, named.replace("\\", "/")))
        for name in names:
            for base in self._bases:
                found = self._inside(base / name)
                if found is not None:
                    return found
            if Path(name).is_absolute() and _is_file(Path(name)):
                return name
        return self._by_end(named.replace("\\", "/"))

    def _inside(self, path: Path) -> str | None:
        if not _is_file(path):
            return None
        resolved = path.resolve()
        if resolved.is_relative_to(self._root):
            return resolved.relative_to(self._root).as_posix()
        others = (base.resolve() for base in self._bases[1:])
        return str(resolved) if any(resolved.is_relative_to(base) for base in others) else None

    def _by_end(self, named: str) -> str | None:
        parts = [part for part in PurePosixPath(named).parts if part not in {"..", ".", "/"}]
        shortest = 2 if named.startswith("/") else len(parts)  # it may have been built elsewhere
        alike = self._files.get(parts[-1], ()) if parts else ()
        for start in range(len(parts) - shortest + 1):
            end = "/" + "/".join(parts[start:])
            found = [name for name in alike if f"/{name}".endswith(end)]
            if found:
                return found[0] if len(found) == 1 else None
        return None

    @cached_property
    def _root(self) -> Path:
        return self.project.resolve()

    @cached_property
    def _files(self) -> dict[str, list[str]]:
        """The first ``MOST_FILES`` files of the project, relative to it, by their last part."""
        files: dict[str, list[str]] = {}
        count = 0
        for folder, folders, names in os.walk(self.project):
            folders[:] = sorted(name for name in folders if name != ".git")
            inside = Path(folder).relative_to(self.project)
            for name in names:
                files.setdefault(name, []).append((inside / name).as_posix())
            count += len(names)
            if count > MOST_FILES:
                break
        return files


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # no name that a file can have
        return False

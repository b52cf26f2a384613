"""Writes the members of an archive into a new tree and refuses what is not safe."""

from __future__ import annotations

import os
import posixpath
import re
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from buildscope.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_MEMBERS = 200_000
MAX_BYTES = 8 * 1024**3
MAX_RATIO = 300
FREE_BYTES = 64 * 1024**2
MAX_PATH = 1_000

_DRIVE = re.compile(r"^[A-Za-z]:")
_IGNORED_TOPS = re.compile(r"pax_global_header|__MACOSX|\.DS_Store|\._.*")
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True)
class Limits:
    """What an archive may unpack to.

    ``ratio`` is bytes unpacked for each byte of the archive, counted beyond ``free`` bytes.
    """

    members: int = MAX_MEMBERS
    size: int = MAX_BYTES
    ratio: int = MAX_RATIO
    free: int = FREE_BYTES


class Tree:
    """A tree that grows member by member below ``destination``, all in one top folder.

    ``size`` is that of the archive, in bytes. Symbolic links are made last, so that nothing is ever written through one. Every method
    raises ``SourceError`` (``bad-archive``) for what it refuses, before it writes.
    """

    def __init__(self, destination: Path, archive: Path, size: int, limits: Limits) -> None:
        self._root = str(destination)
        self._archive = archive.name
        self._limits = limits
        self._allowed = min(limits.size, max(limits.free, limits.ratio * size))
        self._members = 0
        self._bytes = 0
        self._top: str | None = None
        self._folders: dict[str, float | None] = {}
        self._files: set[str] = set()
        self._links: dict[str, str] = {}

    def folder(self, name: str, modified: float | None) -> None:
        """Add a folder; ``modified`` is seconds since the epoch."""
        if path := self._path(name):
            self._links.pop(path, None)
            self._make_folder(name, path)
            self._folders[path] = modified

    def file(
        self, name: str, chunks: Iterable[bytes], *, executable: bool, modified: float | None
    ) -> None:
        """Add a file; a repeated name replaces the earlier file, as tar does."""
        path = self._path(name)
        if path is None:
            return
        self._make_folder(name, posixpath.dirname(path))
        descriptor = self._open(name, path, 0o777 if executable else 0o666)
        try:
            for chunk in chunks:
                self.spend(len(chunk), name)
                _write_all(descriptor, chunk)
        finally:
            os.close(descriptor)
        self._files.add(path)
        _set_times(self._real(path), modified)

    def symlink(self, name: str, target: str) -> None:
        """Add a symbolic link; ``target`` is relative to the folder of the link."""
        path = self._path(name)
        if path is None:
            return
        if "/" not in path:
            self.refuse(f"its top folder {name!r} is a link")
        if path in self._folders:
            self.refuse(f"its member {name!r} is both a link and a folder")
        inside = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        if _is_absolute(target) or posixpath.isabs(inside) or not self._within(inside):
            self._refuse_link(name, target)
        self._links[path] = target

    def hardlink(self, name: str, target: str) -> None:
        """Add a second name of an earlier member; ``target`` is a member's name."""
        path, original = self._path(name), self._path(target, linked_from=name)
        if path is None:
            return
        if original in self._links:
            relative = posixpath.relpath(original, posixpath.dirname(path))
            self.symlink(name, posixpath.join(posixpath.dirname(relative), self._links[original]))
            return
        if original not in self._files:
            self.refuse(f"its member {name!r} links to {target!r}, which is no earlier file of it")
        if original == path:
            return
        self._make_folder(name, posixpath.dirname(path))
        self._links.pop(path, None)
        self._remove(path)
        try:
            os.link(self._real(original), self._real(path))
        except OSError:
            shutil.copy2(self._real(original), self._real(path))
        self._files.add(path)

    def spend(self, size: int, name: str) -> None:
        """Count bytes that are about to be written for member ``name``."""
        self._bytes += size
        if self._bytes > self._allowed:
            self.refuse(f"it unpacks to more than {self._allowed:,} bytes (at member {name!r})")

    def bounded(self, size: int) -> None:
        """Refuse when ``size`` bytes, headers included, were unpacked and that is too much."""
        if size > self._allowed + self._members * 2048 + 1024**2:
            self.refuse(f"it unpacks to more than {self._allowed:,} bytes")

    def finish(self) -> Path:
        """Make the symbolic links, set the folders' times; the top folder."""
        if self._top is None or not (self._files or self._links):
            self.refuse("it holds no files")
        for path, target in self._links.items():
            self._make_link(path, target)
        top = os.path.realpath(self._real(self._top))
        for path, target in self._links.items():
            resolved = os.path.realpath(self._real(path))
            if resolved != top and not resolved.startswith(top + os.sep):
                self._refuse_link(path, target)
        for path in sorted(self._folders, reverse=True):
            _set_times(self._real(path), self._folders[path])
        return Path(self._real(self._top))

    def refuse(self, reason: str) -> NoReturn:
        """Raise the one sentence that says why the archive is not unpacked."""
        raise SourceError(
            f"{self._archive} is not unpacked: {reason}",
            cause="bad-archive",
            hint="get the sdist from where its maintainers publish it",
        )

    def _path(self, name: str, linked_from: str | None = None) -> str | None:
        """The checked path of a member below the root; ``None`` for what is left out."""
        if linked_from is None:
            self._members += 1
            if self._members > self._limits.members:
                self.refuse(f"it has more than {self._limits.members:,} members")
        shown = name[:200]
        if "\0" in name or len(name) > MAX_PATH:
            self.refuse(f"its member {shown!r} has an absurd name")
        parts = [part for part in name.split("/") if part not in {"", "."}]
        if _is_absolute(name) or ".." in re.split(r"[/\\]", name):
            if linked_from is not None:
                self._refuse_link(linked_from, name)
            self.refuse(f"its member {shown!r} would land outside the tree")
        if os.sep != "/" and any(os.sep in part or ":" in part for part in parts):
            self.refuse(f"its member {shown!r} has a name that this system cannot hold")
        if not parts or _IGNORED_TOPS.fullmatch(parts[0]):
            return None
        if linked_from is None:
            self._check_top(parts[0])
        elif parts[0] != self._top:
            self._refuse_link(linked_from, name)
        return "/".join(parts)

    def _check_top(self, top: str) -> None:
        if self._top is None:
            self._top = top
        elif self._top != top:
            self.refuse(f"it has two top folders, {self._top!r} and {top!r}, instead of one")

    def _within(self, path: str) -> bool:
        return self._top is not None and (path == self._top or path.startswith(self._top + "/"))

    def _refuse_link(self, name: str, target: str) -> NoReturn:
        self.refuse(f"its member {name!r} links to {target[:200]!r}, outside the tree")

    def _real(self, path: str) -> str:
        return f"{self._root}/{path}"

    def _make_folder(self, name: str, path: str) -> None:
        if path in self._folders:
            return
        if not path:
            self.refuse(f"its member {name!r} lies in no top folder")
        try:
            Path(self._real(path)).mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            self.refuse(f"its member {name!r} is in a folder that is also a file")
        while path and path not in self._folders:
            self._folders[path] = None
            self._links.pop(path, None)
            path = posixpath.dirname(path)

    def _open(self, name: str, path: str, mode: int) -> int:
        self._links.pop(path, None)
        try:
            return os.open(self._real(path), _FLAGS, mode)
        except FileExistsError:
            if path in self._folders:
                self.refuse(f"its member {name!r} is both a file and a folder")
            self._remove(path)
            return os.open(self._real(path), _FLAGS, mode)

    def _remove(self, path: str) -> None:
        Path(self._real(path)).unlink(missing_ok=True)

    def _make_link(self, path: str, target: str) -> None:
        parent = posixpath.dirname(path)
        ancestor = parent
        while ancestor:
            if ancestor in self._links:
                self.refuse(f"its member {path!r} lies in {ancestor!r}, which is a link")
            ancestor = posixpath.dirname(ancestor)
        self._make_folder(path, parent)
        self._remove(path)
        try:
            Path(self._real(path)).symlink_to(target)
        except OSError as error:
            self._copy_instead(path, posixpath.normpath(posixpath.join(parent, target)), error)

    def _copy_instead(self, path: str, original: str, error: OSError) -> None:
        """Windows lets not everyone make links."""
        if original not in self._files:
            self.refuse(f"its link {path!r} cannot be made here: {error.strerror}")
        shutil.copy2(self._real(original), self._real(path))


def _is_absolute(name: str) -> bool:
    return name.startswith(("/", "\\")) or _DRIVE.match(name) is not None


def _set_times(path: str, modified: float | None) -> None:
    if modified is not None:
        with suppress(OSError, OverflowError, ValueError):
            os.utime(path, (modified, modified))


def _write_all(descriptor: int, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[os.write(descriptor, view) :]

"""Copies of a local directory as it was, and what changed in it since."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from buildscope.errors import SourceError
from buildscope.model.base import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.process.stop import Stop

LEFT_OUT = frozenset(
    {"node_modules", ".tox", ".nox", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"}
)
"""Folders that are large and that no build reads; virtual environments are told by their file."""

_COPY_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_WHOLE = 1024 * 1024
_GIT_OBJECTS = f"{os.sep}.git{os.sep}objects"


class Changes(Record, frozen=True, kw_only=True):
    """Files, relative to the tree, that differ from its copy; told by size and time."""

    created: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def copy_tree(source: Path, destination: Path, *, stop: Stop, whole: bool = False) -> None:
    """Copy a source tree to ``destination`` (created), times, modes and links kept.

    What is in ``LEFT_OUT`` and virtual environments are left out, unless the ``whole`` is
    wanted; sockets and pipes always are. The objects of git, which never change, are linked where the file system can. A relative link that
    leaves the tree is made absolute. Raises ``SourceError`` for what cannot be read or
    written, ``Cancelled``.
    """
    try:
        destination.mkdir(parents=True)
        root, skip = os.path.realpath(source), os.path.realpath(destination)
        _Copy(root, skip, stop, whole=whole).folder(root, skip)
        _anchor_git_file(source, destination)
    except OSError as error:
        where = error.filename or source
        raise SourceError(
            f"{source} cannot be copied: {where}: {error.strerror or error}",
            cause="missing-source-file",
            hint="make the file readable, or move it out of the directory",
        ) from error


def changes_since(copy: Path, tree: Path) -> Changes:
    """What was created, changed or removed in ``tree`` since ``copy`` was made of it.

    Raises ``OSError`` when one of them cannot be read.
    """
    before, after = dict(_manifest(str(copy))), dict(_manifest(str(tree)))
    return Changes(
        created=tuple(sorted(after.keys() - before.keys())),
        changed=tuple(sorted(p for p in after.keys() & before.keys() if after[p] != before[p])),
        removed=tuple(sorted(before.keys() - after.keys())),
    )


@dataclass(frozen=True)
class _Copy:
    """One call of ``copy_tree``; ``skip``, the copy itself, is never entered."""

    root: str
    skip: str
    stop: Stop
    whole: bool

    def folder(self, source: str, destination: str) -> None:
        self.stop.check()
        linked = source.startswith(self.root + _GIT_OBJECTS)
        with os.scandir(source) as entries:
            for entry in entries:
                target = f"{destination}{os.sep}{entry.name}"
                if entry.is_symlink():
                    _copy_link(entry.path, target, self.root)
                elif entry.is_dir():
                    if self._wanted(entry):
                        os.mkdir(target)  # noqa: PTH102 - thousands of them; strings are faster
                        self.folder(entry.path, target)
                elif entry.is_file() and not (linked and _linked(entry.path, target)):
                    _copy_file(entry, target)
        status = Path(source).stat()
        os.utime(destination, ns=(status.st_atime_ns, status.st_mtime_ns))

    def _wanted(self, entry: os.DirEntry[str]) -> bool:
        return entry.path != self.skip and (self.whole or not _left_out(entry))


def _left_out(entry: os.DirEntry[str]) -> bool:
    return entry.name in LEFT_OUT or Path(entry.path, "pyvenv.cfg").is_file()


def _linked(source: str, target: str) -> bool:
    try:
        os.link(source, target, follow_symlinks=False)
    except (OSError, NotImplementedError):
        return False
    return True


def _copy_file(entry: os.DirEntry[str], target: str) -> None:
    status = entry.stat(follow_symlinks=False)
    descriptor = os.open(target, _COPY_FLAGS, status.st_mode & 0o777 | 0o600)
    with open(descriptor, "wb") as copy, open(entry.path, "rb") as original:  # noqa: PTH123
        if status.st_size <= _WHOLE:
            copy.write(original.read())
        else:
            shutil.copyfileobj(original, copy, _WHOLE)
    os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))


def _copy_link(source: str, target: str, root: str) -> None:
    value = Path(source).readlink()
    reached = os.path.normpath(Path(source).parent / value)
    inside = reached == root or reached.startswith(root + os.sep)
    Path(target).symlink_to(value if inside else reached)


def _anchor_git_file(source: Path, destination: Path) -> None:
    """Point the ``.git`` file of a submodule to the same repository as before."""
    pointer = destination / ".git"
    if not pointer.is_file() or pointer.is_symlink():
        return
    text = pointer.read_text("utf-8", errors="surrogateescape")
    found = text.removeprefix("gitdir:").strip()
    if text.startswith("gitdir:") and not Path(found).is_absolute():
        repository = os.path.normpath(source / found)
        pointer.write_text(f"gitdir: {repository}\n", "utf-8", errors="surrogateescape")
        with suppress(OSError):
            shutil.copystat(source / ".git", pointer)


def _manifest(root: str, folder: str = "") -> Iterator[tuple[str, tuple[int, int]]]:
    with os.scandir(f"{root}{os.sep}{folder}" if folder else root) as entries:
        for entry in entries:
            path = f"{folder}{os.sep}{entry.name}" if folder else entry.name
            if entry.is_symlink():
                yield path, (-1, 0)
            elif entry.is_dir():
                if not _left_out(entry) and entry.name != ".git":
                    yield from _manifest(root, path)
            elif entry.is_file():
                status = entry.stat(follow_symlinks=False)
                yield path, (status.st_size, status.st_mtime_ns)

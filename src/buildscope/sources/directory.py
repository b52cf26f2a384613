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
from buildscope.sources.manifest import left_out, manifest

if TYPE_CHECKING:
    from buildscope.model.run import TreeChanges
    from buildscope.process.stop import Stop
    from buildscope.sources.manifest import Manifest

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
    before, after = _files(copy), _files(tree)
    return Changes(
        created=tuple(sorted(after.keys() - before.keys())),
        changed=tuple(sorted(p for p in after.keys() & before.keys() if after[p] != before[p])),
        removed=tuple(sorted(before.keys() - after.keys())),
    )


def undo(changes: TreeChanges, original: Path, copy: Path) -> None:
    """Take out of ``copy``, a fresh copy of a directory, what hooks had done to the directory.

    ``changes`` is what they did, with copies of the files as they left them; ``original`` is the
    directory as it was before. What somebody changed since then stays.
    """
    for name in (*changes.created, *changes.changed):
        kept, path = Path(changes.kept or "", name), copy / name
        if changes.kept is None or not _same_file(kept, path):
            continue
        path.unlink()
        if name in changes.changed:
            shutil.copy2(original / name, path, follow_symlinks=False)
    for name in changes.removed:
        if not os.path.lexists(copy / name) and (original / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(original / name, copy / name, follow_symlinks=False)
    _remove_empty({(copy / name).parent for name in changes.created}, copy)


def _same_file(one: Path, other: Path) -> bool:
    try:
        first, second = one.stat(), other.lstat()
    except FileNotFoundError:
        return False
    return (first.st_size, first.st_mtime_ns) == (second.st_size, second.st_mtime_ns)


def _remove_empty(folders: set[Path], root: Path) -> None:
    for folder in sorted(folders, key=lambda path: -len(path.parts)):
        path = folder
        while path != root and path.is_dir() and not any(path.iterdir()):
            path.rmdir()
            path = path.parent


def _files(tree: Path) -> Manifest:
    return {name: entry for name, entry in manifest(tree).items() if entry[0] != "folder"}


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
        return entry.path != self.skip and (self.whole or not left_out(entry))


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

"""The source tree as it was before a phase: what hooks had made of it until then.

A checkpoint holds only what differs from the tree as it was obtained: files created or
changed (with their times), folders, and the names of what is gone.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from buildscope.model.base import Record
from buildscope.sources.manifest import manifest
from buildscope.sources.obtain import unpack_again

if TYPE_CHECKING:
    from buildscope.model.names import Phase
    from buildscope.model.target import SourceFacts
    from buildscope.process.stop import Stop
    from buildscope.sources.manifest import Manifest

_FILES = "files"
_DIFFERENCE = "difference.json"


class Difference(Record, frozen=True):
    """What a tree has and lacks against the one obtained; names relative, sorted."""

    kept: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def place(work: Path, phase: Phase) -> Path:
    """Where an attempt with the directory ``work`` keeps its tree as it was before ``phase``."""
    return work / "before" / phase


def take(pristine: Manifest, tree: Path, to: Path, *, whole: bool) -> Difference:
    """Keep in the new directory ``to`` how ``tree`` differs from ``pristine``.

    ``whole`` is that of ``manifest``. Raises ``OSError`` when a file cannot be read or kept.
    """
    now = manifest(tree, whole=whole)
    changed = sorted(name for name, entry in now.items() if pristine.get(name) != entry)
    found = Difference(
        kept=tuple(name for name in changed if now[name][0] != "folder"),
        folders=tuple(name for name in changed if now[name][0] == "folder"),
        removed=tuple(sorted(pristine.keys() - now.keys())),
    )
    to.mkdir(parents=True, mode=0o700)
    for name in found.kept:
        _copy(tree / name, to / _FILES / name)
    (to / _DIFFERENCE).write_bytes(msgspec.json.encode(found))
    return found


def restore(facts: SourceFacts, checkpoint: Path | None, *, work: Path, stop: Stop) -> SourceFacts:
    """The tree of ``facts`` anew below ``work``, as it was when ``checkpoint`` was taken.

    Without one it is as it was obtained. Raises ``SourceError`` when that is gone, ``Cancelled``.
    """
    restored = unpack_again(facts, work=work, stop=stop)
    if checkpoint is not None:
        apply(checkpoint, Path(restored.tree))
    return restored


def apply(checkpoint: Path, tree: Path) -> None:
    """Make ``tree``, as it was obtained, what it was when ``checkpoint`` was taken."""
    found = msgspec.json.decode((checkpoint / _DIFFERENCE).read_bytes(), type=Difference)
    for name in reversed(found.removed):
        _remove(tree / name)
    for name in found.folders:
        if not (tree / name).is_dir():
            _remove(tree / name)
            (tree / name).mkdir(parents=True)
    for name in found.kept:
        _remove(tree / name)
        _copy(checkpoint / _FILES / name, tree / name)


def _copy(source: Path, destination: Path) -> None:
    destination.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, destination, follow_symlinks=False)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)

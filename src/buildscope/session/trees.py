"""Source trees of a session's attempts: clean for a retry, or the one that an attempt left."""

from __future__ import annotations

import shutil
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from buildscope.errors import BuildscopeError, UsageError
from buildscope.model.base import Record
from buildscope.model.names import phase_index
from buildscope.model.target import SourceFacts
from buildscope.process.stop import Stop
from buildscope.sources import checkpoint
from buildscope.sources.directory import copy_tree
from buildscope.sources.edited import apply_edits
from buildscope.sources.manifest import Manifest, manifest
from buildscope.sources.obtain import TREE, unpack_again

if TYPE_CHECKING:
    from collections.abc import Mapping

    from buildscope.model.names import Phase
    from buildscope.model.run import Attempt, SessionRecord


class Tree(Record, frozen=True):
    """A tree as it was obtained, and what stood in it then."""

    facts: SourceFacts
    pristine: Manifest


class Kept(Record, frozen=True):
    """A checkpoint, and the edits of the attempt that took it: they are in it."""

    checkpoint: Path
    edits: dict[str, str]


class Spare:
    """A clean tree, unpacked in the background for the retry that may come."""

    def __init__(self, facts: SourceFacts, work: Path) -> None:
        self.facts = facts
        self._work = work
        self._stop = Stop()
        self._made: SourceFacts | None = None
        self._taken = False
        self._thread = threading.Thread(target=self._make, name="spare tree", daemon=True)
        self._thread.start()

    def serves(self, source: SourceFacts | None) -> bool:
        """Whether it is there and of that very source."""
        return not self._taken and source is not None and self.facts.archive == source.archive

    def take(self, work: Path) -> SourceFacts | None:
        """Move it below ``work``; ``None`` where it could not be made."""
        self._thread.join()
        self._taken, made = True, self._made
        if made is None:
            return None
        (self._work / TREE).rename(work / TREE)
        return moved(made, self._work / TREE, work / TREE)

    def drop(self) -> None:
        """Take it away."""
        self._stop.request("not needed")
        self._thread.join()
        shutil.rmtree(self._work, ignore_errors=True)

    def _make(self) -> None:
        # A retry that finds no spare tree unpacks its own, and then says what is wrong.
        with suppress(BuildscopeError):
            self._made = unpack_again(self.facts, work=self._work, stop=self._stop)


class Trees:
    """Where the tree of one retry comes from; ``here`` is the parent's own, as it stands."""

    def __init__(
        self,
        record: SessionRecord,
        parent: Attempt,
        first: Phase,
        *,
        work: Path,
        here: bool,
        spare: Spare | None,
    ) -> None:
        self._parent = parent
        self._here = here
        self._spare = spare
        self._kept = None if here else find_checkpoint(record, parent, first, work)

    def again(self, work: Path, stop: Stop) -> Tree:
        """The tree of the parent as it was obtained, below ``work``; raises ``SourceError``."""
        source = self._parent.source
        assert source is not None
        if self._here:
            return Tree(facts=source, pristine={})
        facts = self._spare.take(work) if self._spare is not None else None
        if facts is None:
            facts = unpack_again(source, work=work, stop=stop)
        return Tree(facts=facts, pristine=manifest(Path(facts.tree), whole=True))

    def bring_up(self, tree: Tree, edits: Mapping[str, str]) -> None:
        """Make it what it was before the first phase that runs, with ``edits`` in it."""
        before = self._parent.settings.edits if self._here else {}
        if self._kept is not None:
            before = self._kept.edits
            self._apply(self._kept.checkpoint, tree, [path for path in before if path not in edits])
        new = {path: kept for path, kept in edits.items() if before.get(path) != kept}
        apply_edits(new, tree.facts)

    def _apply(self, kept: Path, tree: Tree, dropped: list[str]) -> None:
        """Apply a checkpoint, but leave files whose edits were ``dropped`` as they were obtained."""
        project = Path(tree.facts.project)
        obtained = {path: _content(project / path) for path in dropped}
        checkpoint.apply(kept, Path(tree.facts.tree))
        for path, content in obtained.items():
            _put_back(project / path, content)


def find_checkpoint(
    record: SessionRecord, attempt: Attempt, phase: Phase, work: Path
) -> Kept | None:
    """The tree as it was before ``phase``, of ``attempt`` or the one that it was carried from.

    ``work`` holds the directories of all attempts. A dirty attempt has none, and one that was
    never so far only that which it began with: there its parent's counts. ``None``: the tree
    as it was obtained.
    """
    at: Attempt | None = attempt
    while at is not None:
        found = None if at.dirty else kept_by(record, at, phase, work)
        if found is not None:
            return found
        phase = min(phase, at.first_phase, key=phase_index)
        at = record.attempt(at.parent) if at.parent is not None else None
    return None


def kept_by(record: SessionRecord, attempt: Attempt, phase: Phase, work: Path) -> Kept | None:
    """What ``attempt`` itself kept from ``phase`` on, or those that its phases are carried from.

    A tree is kept before each hook and before what is installed between them, so the next one
    that there is shows it as it was before ``phase``.
    """
    if phase_index(phase) < phase_index("get_requires"):
        return None
    for run in attempt.phases[phase_index(phase) :]:
        owner = run.from_ or attempt.id
        found = checkpoint.place(work / str(owner), run.name)
        if found.is_dir():
            return Kept(checkpoint=found, edits=record.attempt(owner).settings.edits)
    return None


def keep_left(attempt: Attempt, work: Path, stop: Stop) -> SourceFacts:
    """Copy the tree that ``attempt`` left below ``work``, before another one goes on in it.

    Raises ``UsageError`` when it is gone, ``SourceError`` when it cannot be copied.
    """
    left = work / "left"
    if left.exists():
        shutil.rmtree(left)
    return copy_left(attempt, left, stop)


def copy_left(attempt: Attempt, to: Path, stop: Stop) -> SourceFacts:
    """Copy the tree that ``attempt`` left to the new directory ``to``; raises as ``keep_left``."""
    source = attempt.source
    if source is None or not Path(source.tree).is_dir():
        raise UsageError(f"the tree that #{attempt.id} left is gone", hint="retry without `here`")
    copy_tree(Path(source.tree), to, stop=stop, whole=not source.in_place)
    return msgspec.structs.replace(moved(source, Path(source.tree), to), in_place=False)


def moved(facts: SourceFacts, origin: Path, destination: Path) -> SourceFacts:
    """The facts of a tree that went with its folder from ``origin`` to ``destination``."""
    return msgspec.structs.replace(
        facts,
        tree=str(destination / Path(facts.tree).relative_to(origin)),
        project=str(destination / Path(facts.project).relative_to(origin)),
    )


def _content(path: Path) -> Path | None:
    """Keep a file aside that is about to be written over; ``None`` where there is none."""
    if not path.is_file():
        return None
    aside = path.with_name(f".{path.name}.obtained")
    shutil.copy2(path, aside)
    return aside


def _put_back(path: Path, aside: Path | None) -> None:
    if aside is None:
        path.unlink(missing_ok=True)
    else:
        aside.replace(path)

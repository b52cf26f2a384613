"""Makes, for a retry, what the phases carried over had left: tree, environment, packages."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from buildscope.errors import PhaseError
from buildscope.model import events as ev
from buildscope.model.names import phase_index
from buildscope.phases.declared import read_declared
from buildscope.phases.environment import tell
from buildscope.phases.installing import install_requirements
from buildscope.phases.metadata import read_metadata

if TYPE_CHECKING:
    from buildscope.journal.spool import Spool
    from buildscope.model.names import Phase
    from buildscope.model.run import Attempt, PhaseRun
    from buildscope.phases.context import Context
    from buildscope.session.trees import Trees


class Restorer:
    """Called with the spool of the first phase that runs.

    Afterwards the facts are as after the last carried phase, in directories of the new
    attempt's own; or, where it goes on ``here``, in those of its parent. ``kept_environment``:
    the environment is the very one that the parent left, with all that is in it.
    """

    def __init__(
        self,
        context: Context,
        parent: Attempt,
        first: Phase,
        trees: Trees,
        *,
        kept_environment: bool,
    ) -> None:
        self._context = context
        self._parent = parent
        self._first = phase_index(first)
        self._trees = trees
        self._kept_environment = kept_environment

    def __call__(self, spool: Spool) -> None:
        """Restore; raises ``PhaseError`` when the recorded versions cannot be had again."""
        if self._carried("source"):
            self._restore_source()
        if self._carried("static_requires"):
            self._context.facts.backend = self._parent.backend
        if self._carried("environment"):
            self._restore_environment()
        if self._carried("install_static") and not self._kept_environment:
            self._restore_installed(spool)
        if self._carried("get_requires"):
            self._context.facts.dynamic = self._parent.phase("get_requires").requires
        if self._carried("prepare_metadata"):
            self._restore_metadata()
        if self._carried("build_wheel"):
            self._restore_wheel()
        self._repeat_warnings()

    def _carried(self, name: Phase) -> bool:
        return phase_index(name) < self._first

    def _restore_source(self) -> None:
        context = self._context
        tree = self._trees.again(context.places.work, context.stop)
        context.facts.source, context.facts.pristine = tree.facts, tree.pristine
        context.journal.write(
            ev.SourceObtained(at=time.time(), attempt=context.attempt, source=tree.facts)
        )
        # Read before what hooks had made of the tree is put into it: they rewrite what it reads.
        if self._carried("static_requires"):
            context.facts.declared = read_declared(Path(tree.facts.project))
        self._trees.bring_up(tree, context.settings.edits)

    def _restore_environment(self) -> None:
        context = self._context
        context.facts.environment = context.prepared.result()
        before = self._parent.environment
        tell(context, before.missing if before else ())

    def _restore_installed(self, spool: Spool) -> None:
        """The same requirements, with exactly the recorded versions as constraints."""
        context, before = self._context, self._last_installation()
        if before is None:
            return
        pins = tuple(f"{found.name}=={found.version}" for found in before.installed)
        ended = install_requirements(context, spool, before.requires, pins=pins)
        if not ended.ok:
            raise PhaseError(
                f"what {before.name} had installed cannot be installed again",
                hint="start over: from source",
            )

    def _last_installation(self) -> PhaseRun | None:
        for name in ("install_dynamic", "install_static"):
            run = self._parent.phase(name)
            if self._carried(name) and run.installed and run.requires:
                return run
        return None

    def _restore_metadata(self) -> None:
        directory = self._copy_of("metadata", self._parent.phase("prepare_metadata"))
        if directory is None:
            return
        facts = self._context.facts
        facts.metadata = read_metadata(
            (directory / "METADATA").read_bytes(), where=f"{directory.name}/METADATA"
        )
        facts.metadata_directory = directory

    def _restore_wheel(self) -> None:
        self._context.facts.wheel = self._copy_of("wheel", self._parent.phase("build_wheel"))

    def _copy_of(self, folder: str, run: PhaseRun) -> Path | None:
        """What a hook had written, copied from the parent's evidence to this attempt's."""
        if run.status not in {"passed", "carried"} or not isinstance(run.result, str):
            return None
        places = self._context.places
        kept = places.evidence.parent / str(self._parent.id) / folder
        if not (kept / run.result).exists():
            raise PhaseError(
                f"{kept / run.result}, which {run.name} had made, is gone",
                hint=f"run it again: from {run.name}",
            )
        shutil.copytree(kept, places.evidence / folder, symlinks=True)
        return places.evidence / folder / run.result

    def _repeat_warnings(self) -> None:
        """What is wrong with a phase that is carried over is still wrong."""
        for warned in self._parent.warnings:
            if warned.evidence is not None and self._carried(warned.evidence.phase):
                self._context.warn(msgspec.structs.replace(warned, attempt=self._context.attempt))

"""Makes, for a retry, what the phases carried over had left: tree, environment, packages."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from buildscope.errors import PhaseError
from buildscope.model import events as ev
from buildscope.model.names import phase_index
from buildscope.phases.declared import read_declared
from buildscope.phases.environment import tell
from buildscope.phases.installing import install_requirements
from buildscope.sources.obtain import unpack_again

if TYPE_CHECKING:
    from buildscope.journal.spool import Spool
    from buildscope.model.names import Phase
    from buildscope.model.run import Attempt
    from buildscope.phases.context import Context


class Restorer:
    """Called with the spool of the first phase that runs.

    Afterwards the facts are as after the last carried phase, in directories of the new
    attempt's own.
    """

    def __init__(self, context: Context, parent: Attempt, first: Phase) -> None:
        self._context = context
        self._parent = parent
        self._first = phase_index(first)

    def __call__(self, spool: Spool) -> None:
        """Restore; raises ``PhaseError`` when the recorded versions cannot be had again."""
        if self._carried("source"):
            self._restore_source()
        if self._carried("static_requires"):
            self._context.facts.backend = self._parent.backend
            self._context.facts.declared = read_declared(Path(self._context.source.project))
        if self._carried("environment"):
            self._restore_environment()
        if self._carried("install_static"):
            self._restore_installed(spool)

    def _carried(self, name: Phase) -> bool:
        return phase_index(name) < self._first

    def _restore_source(self) -> None:
        context = self._context
        assert self._parent.source is not None
        facts = unpack_again(self._parent.source, work=context.places.work, stop=context.stop)
        context.facts.source = facts
        context.journal.write(
            ev.SourceObtained(at=time.time(), attempt=context.attempt, source=facts)
        )

    def _restore_environment(self) -> None:
        context = self._context
        context.facts.environment = context.prepared.result()
        before = self._parent.environment
        tell(context, before.missing if before else ())

    def _restore_installed(self, spool: Spool) -> None:
        """The same requirements, with exactly the recorded versions as constraints."""
        context, before = self._context, self._parent.phase("install_static")
        if not before.requires:
            return
        pins = tuple(f"{found.name}=={found.version}" for found in before.installed)
        ended = install_requirements(context, spool, before.requires, pins=pins)
        if not ended.ok:
            raise PhaseError(
                "what install_static had installed cannot be installed again",
                hint="start over with a new session",
            )

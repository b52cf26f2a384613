"""What a phase is handed: the attempt's settings and places, and the facts found so far."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from buildscope.journal.deeds import REPORTS
from buildscope.journal.reader import read_session
from buildscope.model import events as ev
from buildscope.model.run import PhaseRun, Progress
from buildscope.phases.order import HOOKS
from buildscope.process.handle import Handle

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from buildscope.environments.model import BuildEnvironment
    from buildscope.journal.redact import Redactor
    from buildscope.journal.spool import Spool
    from buildscope.journal.writer import JournalWriter
    from buildscope.model.failure import Warned
    from buildscope.model.names import Phase
    from buildscope.model.run import Attempt, BackendFacts, Interpreter, TreeChanges
    from buildscope.model.settings import Settings
    from buildscope.model.target import SourceFacts, Target
    from buildscope.phases.declared import Declared
    from buildscope.phases.gate import Gate
    from buildscope.phases.metadata import MetadataReading
    from buildscope.phases.places import Places
    from buildscope.phases.prepared import PreparedEnvironment
    from buildscope.process.stop import Stop
    from buildscope.sources.manifest import Manifest


@dataclass
class Facts:
    """What the phases have found out; each is set by the phase that the name suggests.

    ``pristine`` tells what stood in the source tree when it was obtained.
    """

    interpreter: Interpreter
    source: SourceFacts | None = None
    pristine: Manifest = field(default_factory=dict)
    backend: BackendFacts | None = None
    declared: Declared | None = None
    environment: BuildEnvironment | None = None
    dynamic: tuple[str, ...] = ()
    metadata: MetadataReading | None = None
    metadata_directory: Path | None = None
    wheel: Path | None = None


@dataclass
class Context:
    """One attempt while it runs.

    ``dirty``: it goes on in the tree that another one left. ``left`` is what earlier attempts
    did to the user's own directory, with the directory as it was before each.
    """

    attempt: int
    target: Target
    settings: Settings
    places: Places
    facts: Facts
    journal: JournalWriter
    redactor: Redactor
    stop: Stop
    environ: Mapping[str, str]
    prepared: PreparedEnvironment
    gate: Gate
    handle: Handle = field(default_factory=Handle)
    retry: bool = False
    dirty: bool = False
    left: tuple[tuple[TreeChanges, Path], ...] = ()

    @property
    def source(self) -> SourceFacts:
        """The source; only after its phase."""
        assert self.facts.source is not None
        return self.facts.source

    @property
    def backend(self) -> BackendFacts:
        """The backend; only after ``static_requires``."""
        assert self.facts.backend is not None
        return self.facts.backend

    @property
    def environment(self) -> BuildEnvironment:
        """The environment; only after its phase."""
        assert self.facts.environment is not None
        return self.facts.environment

    @property
    def declared(self) -> Declared:
        """What the tree said of itself before any hook ran; only after ``static_requires``."""
        assert self.facts.declared is not None
        return self.facts.declared

    def snapshot(self) -> Attempt:
        """This attempt as the journal tells it now."""
        return read_session(self.places.session).attempt(self.attempt)

    def warn(self, warning: Warned) -> None:
        """Record what is wrong with a build that goes on."""
        self.journal.write(ev.WarningRaised(at=time.time(), warning=warning))


class Recorder:
    """Collects what becomes the record of one phase run."""

    def __init__(self, context: Context, name: Phase, spool: Spool) -> None:
        self.name = name
        self.spool = spool
        self.directory = spool.directory
        self._context = context
        self._fields: dict[str, Any] = {}

    def set(self, **fields: Any) -> None:
        """Set fields of the ``PhaseRun``."""
        self._fields.update(fields)

    def progress(self, progress: Progress) -> None:
        """Tell how far the phase is."""
        event = ev.Progressed(
            at=time.time(), attempt=self._context.attempt, phase=self.name, progress=progress
        )
        self._context.journal.write(event)

    def finish(self, status: str, seconds: float, **fields: Any) -> PhaseRun:
        """The final record, with paths relative to the session's directory."""
        return PhaseRun(
            name=self.name,
            status=status,  # type: ignore[arg-type]
            seconds=seconds,
            stdout_lines=self.spool.counts["stdout"],
            stderr_lines=self.spool.counts["stderr"],
            **{**self.paths(), **self._fields, **fields},
        )

    def paths(self) -> dict[str, Any]:
        """The files of raw output."""
        base = self.directory.relative_to(self._context.places.session)
        return {
            "stdout": str(base / "stdout"),
            "stderr": str(base / "stderr"),
            "index": str(base / "lines"),
            "reports": str(base / REPORTS) if self.name in HOOKS else None,
        }

"""Snapshots: a phase run, an attempt, a session, as the reducer makes them."""

from __future__ import annotations

from typing import Any

import msgspec

from buildscope.model.base import Record
from buildscope.model.failure import Cause, ExceptionRecord, Failure, Frame, Warned
from buildscope.model.names import PHASES, Outcome, Phase, Status, When
from buildscope.model.recipe import Search
from buildscope.model.settings import Settings
from buildscope.model.target import SourceFacts, Target
from buildscope.model.waiting import ProcessState


class Distribution(Record, frozen=True):
    """An installed distribution, read back from the environment itself."""

    name: str
    version: str


class Interpreter(Record, frozen=True):
    """The Python that a build runs on."""

    path: str
    version: str
    implementation: str


class BackendFacts(Record, frozen=True):
    """What ``pyproject.toml`` (or its absence) says of the backend.

    ``legacy`` says that there was no ``[build-system]`` table and the fallback of PEP 517
    was taken; ``reason`` says so in words.
    """

    backend: str
    requires: tuple[str, ...]
    backend_path: tuple[str, ...] = ()
    legacy: bool = False
    reason: str = ""
    name: str | None = None
    version: str | None = None
    requires_python: str | None = None


class EnvironmentFacts(Record, frozen=True):
    """The environment that hooks run in.

    ``path`` is its prefix, ``python`` its interpreter. With isolation off it is the user's
    own and ``layer`` the directory that holds the extras in front of it, if any.
    ``missing`` lists declared requirements that it does not satisfy: wanted, found.
    """

    path: str
    python: str
    isolated: bool = True
    layer: str | None = None
    missing: tuple[tuple[str, str | None], ...] = ()
    note: str | None = None


class Progress(Record, frozen=True):
    """How far something is, ``done`` of ``total`` bytes where they are known."""

    text: str
    done: int | None = None
    total: int | None = None


class Metadata(Record, frozen=True):
    """Core metadata as it was read, for views; ``fields`` keeps order and repeats."""

    fields: tuple[tuple[str, str], ...]
    origin: str = ""


class BackendLog(Record, frozen=True):
    """A log that the backend wrote (``meson-log.txt``): where it was, and the kept ``file``."""

    path: str
    file: str


class PhaseRun(Record, frozen=True):
    """One phase of one attempt.

    ``stdout``, ``stderr`` are the files of raw output and ``index`` the line index over both
    (see ``buildscope.journal.spool``); ``seconds`` is the duration. ``exit_code`` or
    ``signal`` (a name such as ``"SIGKILL"``) tell how its process ended; both are ``None``
    while it is ``held`` at its exception. ``stack`` is where a hook stood that was stopped,
    ``waiting`` what its processes did then.
    ``reports`` is what it did (see ``buildscope.model.did``).
    """

    name: Phase
    status: Status = "pending"
    from_: int | None = msgspec.field(default=None, name="from")
    seconds: float | None = None
    exit_code: int | None = None
    signal: str | None = None
    stdout_lines: int = 0
    stderr_lines: int = 0
    stdout: str | None = None
    stderr: str | None = None
    requires: tuple[str, ...] = ()
    installed: tuple[Distribution, ...] = ()
    result: Any = None
    exception: ExceptionRecord | None = None
    index: str | None = None
    started: float | None = None
    call: str | None = None
    note: str | None = None
    failure: Failure | None = None
    progress: Progress | None = None
    metadata: Metadata | None = None
    reports: str | None = None
    held: bool = False
    stack: tuple[Frame, ...] = ()
    waiting: tuple[ProcessState, ...] = ()
    logs: tuple[BackendLog, ...] = ()


class Pause(Record, frozen=True):
    """Where an attempt waits, and which wish of the user's made it wait there.

    ``why`` is ``step``, ``break before build_wheel``, ``until get_requires`` and the like;
    ``call`` is what comes next, in words, where that is known.
    """

    phase: Phase
    when: When
    why: str
    call: str | None = None


class TreeChanges(Record, frozen=True):
    """What hooks did to a local directory built in place: paths relative to it.

    ``kept`` is the directory that holds copies of what was created or changed.
    """

    created: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    kept: str | None = None


class Attempt(Record, frozen=True):
    """One run through the phases with one set of settings."""

    id: int
    parent: int | None = None
    changed: dict[str, Any] = {}
    outcome: Outcome = "running"
    failed_phase: Phase | None = None
    settings: Settings = Settings()
    interpreter: Interpreter | None = None
    phases: tuple[PhaseRun, ...] = tuple(PhaseRun(name=name) for name in PHASES)
    label: str = "as published"
    started: float | None = None
    seconds: float | None = None
    first_phase: Phase = "source"
    source: SourceFacts | None = None
    backend: BackendFacts | None = None
    environment: EnvironmentFacts | None = None
    artifact: str | None = None
    causes: tuple[Cause, ...] = ()
    warnings: tuple[Warned, ...] = ()
    tree_changes: TreeChanges | None = None
    paused: Pause | None = None
    dirty: bool = False

    def phase(self, name: Phase) -> PhaseRun:
        """The run of the phase called ``name``."""
        return self.phases[PHASES.index(name)]

    @property
    def installed(self) -> tuple[Distribution, ...]:
        """What the environment holds after the last phase that installed or looked."""
        for run in reversed(self.phases):
            if run.installed:
                return run.installed
        return ()


class SessionRecord(Record, frozen=True):
    """All attempts on one target, and the newest search for a cure, from the journal alone."""

    id: str
    directory: str
    target: Target
    buildscope: str
    started: float
    attempts: tuple[Attempt, ...] = ()
    search: Search | None = None
    fault: str | None = None

    @property
    def last(self) -> Attempt | None:
        """The newest attempt."""
        return self.attempts[-1] if self.attempts else None

    def attempt(self, number: int) -> Attempt:
        """The attempt with that id; raises ``KeyError`` when there is none."""
        for attempt in self.attempts:
            if attempt.id == number:
                return attempt
        raise KeyError(number)

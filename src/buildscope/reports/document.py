"""The one JSON document that ``run --json`` prints (schema 1), and its JSON Schema.

Keys are added, never renamed, within a schema number.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import msgspec

from buildscope.journal.deeds import read_deeds
from buildscope.model.base import Record
from buildscope.model.did import Call
from buildscope.model.failure import Cause, ExceptionRecord, Failure, Frame, Warned
from buildscope.model.names import BuildKind, Phase
from buildscope.model.recipe import Recipe, Search
from buildscope.model.run import (
    Attempt,
    BackendLog,
    Distribution,
    Interpreter,
    PhaseRun,
    SessionRecord,
)
from buildscope.model.settings import Settings
from buildscope.model.target import SourceFacts
from buildscope.model.waiting import ProcessState
from buildscope.reports.did import failed_commands

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA: Final = 1
SCHEMA_FILE: Final = "schema.json"

DocumentStatus: TypeAlias = Literal[
    "passed", "failed", "skipped", "carried", "cancelled", "pending"
]
DocumentOutcome: TypeAlias = Literal[
    "built", "stopped", "failed", "cancelled", "interrupted", "not_obtained"
]


MOST_COMMANDS: Final = 100
"""How many of a phase's failed commands are told, the last ones."""


class FailedCommand(Record, frozen=True):
    """A sub-process of a hook that failed.

    ``exit_code`` is negative for a signal, null where it could not be started; ``seconds`` is its
    duration. ``by`` is the innermost call outside the standard library, ``led_by`` the project's
    innermost call where that is another.
    """

    argv: tuple[str, ...]
    cwd: str
    exit_code: int | None
    seconds: float | None
    by: Call | None
    led_by: Call | None = None


class DocumentPhase(Record, frozen=True):
    """A phase of an attempt; ``stdout`` and ``stderr`` are files, ``index`` that of their lines.

    ``stack`` is where a hook stood that was stopped, ``waiting`` what its processes did then;
    ``logs`` are those that the backend itself wrote.
    """

    name: Phase
    status: DocumentStatus
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
    call: str | None = None
    note: str | None = None
    failure: Failure | None = None
    failed_commands: tuple[FailedCommand, ...] = ()
    stack: tuple[Frame, ...] = ()
    waiting: tuple[ProcessState, ...] = ()
    logs: tuple[BackendLog, ...] = ()


class DocumentAttempt(Record, frozen=True):
    """One run through the phases with one set of settings."""

    id: int
    parent: int | None
    changed: dict[str, Any]
    outcome: DocumentOutcome
    failed_phase: Phase | None
    settings: Settings
    interpreter: Interpreter | None
    phases: tuple[DocumentPhase, ...]
    label: str = "as published"
    seconds: float | None = None
    source: SourceFacts | None = None


class Document(Record, frozen=True):
    """A whole session; ``causes`` and ``warnings`` are of the last attempt.

    After a search for a cure ``causes`` are what was wrong, in the order in which it showed.
    """

    schema: Literal[1]
    buildscope: str
    target: str
    outcome: DocumentOutcome
    session: str
    artifact: str | None
    attempts: tuple[DocumentAttempt, ...]
    causes: tuple[Cause, ...]
    warnings: tuple[Warned, ...]
    recipe: Recipe | None
    build: BuildKind = "wheel"
    fault: str | None = None
    search: Search | None = None


def document(record: SessionRecord) -> bytes:
    """The document of a session, as UTF-8 JSON without a newline at its end."""
    return msgspec.json.encode(make_document(record))


def make_document(record: SessionRecord) -> Document:
    """The document as a record; what still runs is ``pending``, a session cut off interrupted."""
    last, search = told_of(record), record.search
    faults = search.faults if search is not None else ()
    return Document(
        schema=SCHEMA,
        buildscope=record.buildscope,
        target=record.target.text,
        outcome=_outcome(last) if last is not None else "interrupted",
        session=record.directory,
        artifact=last.artifact if last is not None else None,
        attempts=tuple(_attempt(attempt) for attempt in record.attempts),
        causes=faults or (last.causes if last is not None else ()),
        warnings=last.warnings if last is not None else (),
        recipe=search.recipe if search is not None else None,
        build=last.settings.build if last is not None else "wheel",
        fault=record.fault,
        search=search,
    )


def told_of(record: SessionRecord) -> Attempt | None:
    """The attempt that a session comes to: the last one, or the one that a search ended with."""
    search = record.search
    if search is None or search.ended is None:
        return record.last
    if search.recipe is not None and search.recipe.attempt is not None:
        return record.attempt(search.recipe.attempt)
    return record.attempt(search.faults[-1].attempt) if search.faults else record.last


def schema() -> bytes:
    """The JSON Schema of the document, made from its types."""
    made = msgspec.json.schema(Document)
    made["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    made["title"] = f"buildscope, schema {SCHEMA}"
    return msgspec.json.format(msgspec.json.encode(made, order="sorted"), indent=1) + b"\n"


def shipped_schema() -> bytes:
    """The JSON Schema that lies in the package."""
    return resources.files("buildscope.reports").joinpath(SCHEMA_FILE).read_bytes()


def _outcome(attempt: Attempt) -> DocumentOutcome:
    return "interrupted" if attempt.outcome == "running" else attempt.outcome


def _attempt(attempt: Attempt) -> DocumentAttempt:
    return DocumentAttempt(
        id=attempt.id,
        parent=attempt.parent,
        changed=attempt.changed,
        outcome=_outcome(attempt),
        failed_phase=attempt.failed_phase,
        settings=attempt.settings,
        interpreter=attempt.interpreter,
        phases=tuple(_phase(run) for run in attempt.phases),
        label=attempt.label,
        seconds=attempt.seconds,
        source=attempt.source,
    )


def _phase(run: PhaseRun) -> DocumentPhase:
    names = set(DocumentPhase.__struct_fields__) - {"failed_commands"}
    shared = {name: getattr(run, name) for name in names}
    shared["status"] = "pending" if run.status == "running" else run.status
    return DocumentPhase(**shared, failed_commands=tuple(_failed_commands(run)))


def _failed_commands(run: PhaseRun) -> Iterator[FailedCommand]:
    """Those of the hook that this attempt ran itself."""
    if run.reports is None or run.status == "carried":
        return
    for command in failed_commands(read_deeds(Path(run.reports)))[-MOST_COMMANDS:]:
        start, end = command.start, command.end
        yield FailedCommand(
            argv=start.argv,
            cwd=start.cwd,
            exit_code=end.code if end is not None else None,
            seconds=end.seconds if end is not None else None,
            by=start.by,
            led_by=start.led_by,
        )

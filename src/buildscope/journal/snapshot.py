"""The reducer: a snapshot and one event make the next snapshot."""

from __future__ import annotations

from functools import singledispatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from buildscope.model import events as ev
from buildscope.model.names import PHASES
from buildscope.model.recipe import Search
from buildscope.model.run import Attempt, PhaseRun, SessionRecord

if TYPE_CHECKING:
    from buildscope.model.names import Phase

_replace = msgspec.structs.replace
_RELATIVE = ("stdout", "stderr", "index", "reports")


def reduce_event(
    record: SessionRecord | None, event: ev.Event, directory: Path
) -> SessionRecord | None:
    """The snapshot after ``event``; paths in it are absolute, below ``directory``."""
    if isinstance(event, ev.SessionStarted):
        return SessionRecord(
            id=event.id,
            directory=str(directory),
            target=event.target,
            buildscope=event.buildscope,
            started=event.at,
        )
    if record is None:
        return None
    return _apply(event, record)


@singledispatch
def _apply(event: Any, _record: SessionRecord) -> SessionRecord:
    raise TypeError(f"the reducer does not know {type(event).__name__}")


@_apply.register
def _(event: ev.AttemptStarted, record: SessionRecord) -> SessionRecord:
    attempt = Attempt(
        id=event.attempt,
        parent=event.parent,
        changed=event.changed,
        settings=event.settings,
        label=event.label,
        started=event.at,
        first_phase=event.first_phase,
        dirty=event.dirty,
    )
    for name, origin in event.carried.items():
        source = record.attempt(origin)
        run = source.phases[PHASES.index(name)]
        carried = _replace(run, status="carried", from_=run.from_ or origin)
        attempt = _with_run(attempt, carried)
        attempt = _carry_facts(attempt, source, name)
    # Those that are made beside each other may begin in another order.
    attempts = sorted((*record.attempts, attempt), key=lambda one: one.id)
    return _replace(record, attempts=tuple(attempts))


@_apply.register
def _(event: ev.InterpreterChosen, record: SessionRecord) -> SessionRecord:
    return _update(record, event.attempt, interpreter=event.interpreter)


@_apply.register
def _(event: ev.PhaseStarted, record: SessionRecord) -> SessionRecord:
    run = _replace(_absolute(event.run, record), started=event.at)
    return _update_run(record, event.attempt, run)


@_apply.register
def _(event: ev.Progressed, record: SessionRecord) -> SessionRecord:
    run = record.attempt(event.attempt).phase(event.phase)
    return _update_run(record, event.attempt, _replace(run, progress=event.progress))


@_apply.register
def _(event: ev.Paused, record: SessionRecord) -> SessionRecord:
    return _update(record, event.attempt, paused=event.pause)


@_apply.register
def _(event: ev.Resumed, record: SessionRecord) -> SessionRecord:
    return _update(record, event.attempt, paused=None)


@_apply.register
def _(event: ev.TreeMoved, record: SessionRecord) -> SessionRecord:
    return _update(record, event.attempt, source=event.source)


@_apply.register
def _(event: ev.SourceObtained, record: SessionRecord) -> SessionRecord:
    return _update(record, event.attempt, source=event.source)


@_apply.register
def _(event: ev.BackendChosen, record: SessionRecord) -> SessionRecord:
    return _update(record, event.attempt, backend=event.backend)


@_apply.register
def _(event: ev.EnvironmentReady, record: SessionRecord) -> SessionRecord:
    return _update(record, event.attempt, environment=event.environment)


@_apply.register
def _(event: ev.Installed, record: SessionRecord) -> SessionRecord:
    run = record.attempt(event.attempt).phase(event.phase)
    return _update_run(record, event.attempt, _replace(run, installed=event.installed))


@_apply.register
def _(event: ev.PhaseEnded, record: SessionRecord) -> SessionRecord:
    started = record.attempt(event.attempt).phase(event.run.name).started
    run = _replace(_absolute(event.run, record), started=started)
    return _update_run(record, event.attempt, run)


@_apply.register
def _(event: ev.Released, record: SessionRecord) -> SessionRecord:
    run = record.attempt(event.attempt).phase(event.phase)
    run = _replace(run, held=False, exit_code=event.exit_code, signal=event.signal)
    return _update_run(record, event.attempt, run)


@_apply.register
def _(event: ev.TreeChanged, record: SessionRecord) -> SessionRecord:
    return _update(record, event.attempt, tree_changes=event.changes)


@_apply.register
def _(event: ev.WarningRaised, record: SessionRecord) -> SessionRecord:
    attempt = record.attempt(event.warning.attempt)
    return _update(record, attempt.id, warnings=(*attempt.warnings, event.warning))


@_apply.register
def _(event: ev.Diagnosed, record: SessionRecord) -> SessionRecord:
    return _update(record, event.attempt, causes=event.causes)


@_apply.register
def _(event: ev.AttemptEnded, record: SessionRecord) -> SessionRecord:
    return _update(
        record,
        event.attempt,
        outcome=event.outcome,
        seconds=event.seconds,
        failed_phase=event.failed_phase,
        artifact=event.artifact,
        paused=None,
    )


@_apply.register
def _(event: ev.SearchStarted, record: SessionRecord) -> SessionRecord:
    search = Search(started=event.at, budget=event.budget, max_attempts=event.max_attempts)
    return _replace(record, search=search)


@_apply.register
def _(event: ev.TrialStarted, record: SessionRecord) -> SessionRecord:
    search = _search(record)
    trial = _replace(event.trial, started=event.at)
    return _replace(record, search=_replace(search, trials=(*search.trials, trial)))


@_apply.register
def _(event: ev.TrialAttempt, record: SessionRecord) -> SessionRecord:
    return _update_trial(record, event.number, attempt=event.attempt)


@_apply.register
def _(event: ev.TrialEnded, record: SessionRecord) -> SessionRecord:
    fields = {"judgement": event.judgement, "told": event.told, "seconds": event.seconds}
    return _update_trial(record, event.number, **fields)


@_apply.register
def _(event: ev.SearchEnded, record: SessionRecord) -> SessionRecord:
    search = _replace(
        _search(record),
        ended=event.ended,
        told=event.told,
        seconds=event.seconds,
        recipe=event.recipe,
        faults=event.faults,
    )
    return _replace(record, search=search)


@_apply.register
def _(event: ev.FrontendTried, record: SessionRecord) -> SessionRecord:
    search = _search(record)
    return _replace(record, search=_replace(search, cured=(*search.cured, event.cured)))


@_apply.register
def _(event: ev.Fault, record: SessionRecord) -> SessionRecord:
    return _replace(record, fault=event.text)


def _carry_facts(attempt: Attempt, source: Attempt, name: str) -> Attempt:
    if name == "source":
        return _replace(attempt, source=source.source)
    if name == "static_requires":
        return _replace(attempt, backend=source.backend)
    if name == "environment":
        return _replace(attempt, interpreter=source.interpreter, environment=source.environment)
    return attempt


def _search(record: SessionRecord) -> Search:
    return record.search or Search(started=record.started, budget=0.0)


def _update_trial(record: SessionRecord, number: int, **fields: Any) -> SessionRecord:
    search = _search(record)
    trials = tuple(
        _replace(trial, **fields) if trial.number == number else trial for trial in search.trials
    )
    return _replace(record, search=_replace(search, trials=trials))


def _update(record: SessionRecord, number: int, **fields: Any) -> SessionRecord:
    attempts = tuple(
        _replace(attempt, **fields) if attempt.id == number else attempt
        for attempt in record.attempts
    )
    return _replace(record, attempts=attempts)


def _update_run(record: SessionRecord, number: int, run: PhaseRun) -> SessionRecord:
    attempt = _with_run(record.attempt(number), run)
    return _update(record, number, phases=attempt.phases)


def _with_run(attempt: Attempt, run: PhaseRun) -> Attempt:
    position = _position(run.name)
    phases = (*attempt.phases[:position], run, *attempt.phases[position + 1 :])
    return _replace(attempt, phases=phases)


def _position(name: Phase) -> int:
    return PHASES.index(name)


def _absolute(run: PhaseRun, record: SessionRecord) -> PhaseRun:
    base = Path(record.directory)
    paths = {
        field: str(base / value)
        for field in _RELATIVE
        if (value := getattr(run, field)) is not None
    }
    logs = tuple(_replace(log, file=str(base / log.file)) for log in run.logs)
    return _replace(run, logs=logs, **paths)

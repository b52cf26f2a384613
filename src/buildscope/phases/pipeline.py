"""Runs the phases in their order, each recorded from its beginning to its end."""

from __future__ import annotations

import time
import traceback
from typing import TYPE_CHECKING

from buildscope.errors import BuildscopeError, Cancelled, PhaseError
from buildscope.journal.spool import Spool
from buildscope.model import events as ev
from buildscope.model.base import Record
from buildscope.model.failure import Failure
from buildscope.model.names import PHASES, Outcome, Phase, When, phase_index
from buildscope.model.run import PhaseRun
from buildscope.phases.context import Context, Recorder
from buildscope.phases.order import HOOKS, phase_function
from buildscope.phases.outcome import Skipped
from buildscope.process.run import prepare

if TYPE_CHECKING:
    from collections.abc import Callable

_LAST_PROCESSES: tuple[Phase, ...] = ("build_wheel", "check")
"""Before all other phases a supervisor is started ahead, for this phase or the next."""


class PipelineEnd(Record, frozen=True):
    """How the phases ended."""

    outcome: Outcome
    failed_phase: Phase | None = None


def run_phases(
    context: Context, first: Phase, restore: Callable[[Spool], None] | None
) -> PipelineEnd:
    """Run from ``first`` on, to the end, the first failure, or ``settings.until``.

    ``restore`` makes what the carried phases had left; its failure is that of ``first``.
    """
    for name in PHASES[phase_index(first) :]:
        reason = _skip_reason(context, name)
        if reason is not None and not (restore and name == first):
            _record_skipped(context, name, reason)
        else:
            if name not in _LAST_PROCESSES:
                prepare()
            if not _pause(context, name, "before"):
                return PipelineEnd(outcome=_stopped(context))
            run = _run_phase(context, name, restore if name == first else None)
            if run.status in {"failed", "cancelled"}:
                return PipelineEnd(outcome=_ending(context, run), failed_phase=name)
            if not _pause(context, name, "after"):
                return PipelineEnd(outcome=_stopped(context))
        if context.settings.until == name and name != PHASES[-1]:
            return PipelineEnd(outcome="stopped")
    return PipelineEnd(outcome="built")


def _pause(context: Context, name: Phase, when: When) -> bool:
    """Wait at a boundary where that is wished; whether the attempt goes on."""
    pause = context.gate.pause_at(name, when, HOOKS.get(name) if when == "before" else None)
    if pause is None:
        return True
    context.journal.write(ev.Paused(at=time.time(), attempt=context.attempt, pause=pause))
    try:
        context.gate.wait(context.stop)
    except Cancelled:
        return False
    finally:
        context.journal.write(ev.Resumed(at=time.time(), attempt=context.attempt))
    return True


def _stopped(context: Context) -> Outcome:
    return "interrupted" if context.stop.reason == "interrupted" else "cancelled"


def _ending(context: Context, run: PhaseRun) -> Outcome:
    if run.status == "cancelled":
        return _stopped(context)
    return "not_obtained" if run.name == "source" else "failed"


def _skip_reason(context: Context, name: Phase) -> str | None:
    settings = context.settings
    if name in settings.skip:
        return f"skipped as asked (--skip {name})"
    if settings.build == "metadata" and name in {"build_wheel", "check"}:
        if context.facts.metadata is not None:
            return "only the metadata was asked for"
        if name == "check" and context.facts.wheel is None:
            return "there is no wheel"
    return None


def _record_skipped(context: Context, name: Phase, reason: str) -> None:
    run = PhaseRun(name=name, status="skipped", seconds=0.0, note=reason)
    context.journal.write(ev.PhaseEnded(at=time.time(), attempt=context.attempt, run=run))


def _run_phase(context: Context, name: Phase, restore: Callable[[Spool], None] | None) -> PhaseRun:
    spool = Spool(context.places.phase(name), context.redactor)
    recorder = Recorder(context, name, spool)
    started = time.monotonic()
    beginning = PhaseRun(name=name, status="running", call=HOOKS.get(name), **recorder.paths())
    context.journal.write(ev.PhaseStarted(at=time.time(), attempt=context.attempt, run=beginning))
    status, fields = "failed", dict[str, object]()
    try:
        status, fields = _guarded(context, recorder, restore)
    except BaseException:
        fields = {"failure": _fault(context)}
        raise
    finally:
        spool.close()
        run = recorder.finish(status, time.monotonic() - started, call=HOOKS.get(name), **fields)
        context.journal.write(ev.PhaseEnded(at=time.time(), attempt=context.attempt, run=run))
    return run


def _guarded(
    context: Context, recorder: Recorder, restore: Callable[[Spool], None] | None
) -> tuple[str, dict[str, object]]:
    try:
        context.stop.check()
        if restore is not None:
            restore(recorder.spool)
        phase_function(recorder.name)(context, recorder)
    except Skipped as skipped:
        return "skipped", {"note": str(skipped)}
    except Cancelled as cancelled:
        return "cancelled", {"note": cancelled.message}
    except BuildscopeError as error:
        return "failed", {"failure": _failure(error)}
    return "passed", {}


def _failure(error: BuildscopeError) -> Failure:
    if not isinstance(error, PhaseError):
        return Failure(message=error.message, hint=error.hint)
    return Failure(
        message=error.message,
        hint=error.hint,
        cause=error.cause,
        file=error.file,
        line=error.line,
        column=error.column,
    )


def _fault(context: Context) -> Failure:
    text = traceback.format_exc()
    context.journal.write(ev.Fault(at=time.time(), text=text))
    return Failure(message="buildscope's own fault", hint=text.strip().rpartition("\n")[2])

"""One attempt, from its first event to its last."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from buildscope.model import events as ev
from buildscope.model.names import PHASES, Phase, phase_index
from buildscope.model.settings import changed
from buildscope.phases.context import Context, Facts
from buildscope.phases.pipeline import PipelineEnd, run_phases
from buildscope.session.finish import finish
from buildscope.session.words import retry_words, settings_words

if TYPE_CHECKING:
    from buildscope.environments.model import BuildEnvironment
    from buildscope.model.run import Interpreter
    from buildscope.session.retry import Retry


class AttemptRun:
    """Writes the attempt's events around the phases; the keywords are those of ``Context``."""

    def __init__(self, *, number: int, interpreter: Interpreter, **context: Any) -> None:
        facts = Facts(interpreter=interpreter)
        self._context = Context(attempt=number, facts=facts, **context)

    def run(self, retry: Retry | None) -> BuildEnvironment | None:
        """Run its phases; returns the isolated environment, if there is one."""
        context = self._context
        first: Phase = "source" if retry is None else retry.first
        started = time.monotonic()
        context.journal.write(_started(context, retry))
        context.journal.write(
            ev.InterpreterChosen(
                at=time.time(), attempt=context.attempt, interpreter=context.facts.interpreter
            )
        )
        restore = None if retry is None else retry.restorer(context)
        end, artifact = PipelineEnd(outcome="failed"), None
        try:
            end = run_phases(context, first, restore)
            artifact = finish(context, end)
        finally:
            context.prepared.wait()
            self._end(end, artifact, time.monotonic() - started)
        environment = context.facts.environment
        return environment if environment is not None and environment.isolated else None

    def _end(self, end: PipelineEnd, artifact: str | None, seconds: float) -> None:
        self._context.journal.write(
            ev.AttemptEnded(
                at=time.time(),
                attempt=self._context.attempt,
                outcome=end.outcome,
                seconds=seconds,
                failed_phase=end.failed_phase,
                artifact=artifact,
            )
        )


def _started(context: Context, retry: Retry | None) -> ev.AttemptStarted:
    number, settings = context.attempt, context.settings
    if retry is None:
        return ev.AttemptStarted(
            at=time.time(), attempt=number, settings=settings, label=settings_words(settings)
        )
    parent, request = retry.parent, retry.request
    carried = PHASES[: phase_index(retry.first)]
    return ev.AttemptStarted(
        at=time.time(),
        attempt=number,
        settings=settings,
        parent=parent.id,
        changed=changed(parent.settings, settings),
        label=retry_words(parent, request, retry.first) or "again",
        first_phase=retry.first,
        carried=dict.fromkeys(carried, parent.id),
        dirty=context.dirty,
    )

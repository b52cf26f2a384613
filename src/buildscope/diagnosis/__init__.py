"""From a failed attempt to its causes: records in, records out.

``diagnose`` asks small rules (``rules/``, one family a file), each of which reads the failed
phase: its exceptions, both streams whole, what is installed, the settings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from buildscope.diagnosis.facts import FailedPhase, Raised
from buildscope.diagnosis.output import Line, Output
from buildscope.diagnosis.registry import Rule, ask
from buildscope.diagnosis.switches import offered
from buildscope.model.delta import with_delta
from buildscope.model.failure import Cause, Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildscope.model.run import Attempt, PhaseRun, SessionRecord
    from buildscope.model.settings import Settings

__all__ = ["FailedPhase", "Line", "Output", "Raised", "Rule", "diagnose"]

MOST: Final = 5
_RESTATES: Final = frozenset({"deliberate-stop", "compile-error", "hook-died"})
_RANK: Final = {"certain": 0, "likely": 1, "guess": 2}


def diagnose(
    record: SessionRecord, attempt: int, *, rules: Iterable[Rule] | None = None
) -> tuple[Cause, ...]:
    """Why an attempt failed: at most five causes, most certain first, each once.

    Empty where no phase of the attempt failed, else never: what no rule knows is the cause
    ``unknown``, with the exception or the first line that complains. Reads the output files
    and the source tree that the record points at, where they still exist. ``rules`` takes
    the place of the built-in rules and of those that other packages register.

    Raises ``KeyError`` when there is no attempt of that number.
    """
    failed = record.attempt(attempt)
    run = _failed_run(failed)
    if run is None:
        return ()
    facts = FailedPhase(record, failed, run)
    found, broken = ask(facts, rules)
    causes = _telling(_distinct(sorted(found, key=lambda cause: _RANK[cause.confidence])))
    if facts.inner is not None:
        causes = [_without_extras(cause) for cause in causes]
    causes = [offered(facts, cause) for cause in causes]
    causes = [_with_changes_only(cause, failed.settings) for cause in causes]
    return (*(causes or [_unknown(facts)])[: MOST - min(len(broken), 1)], *broken[:1])


def _failed_run(attempt: Attempt) -> PhaseRun | None:
    if attempt.failed_phase is not None:
        return attempt.phase(attempt.failed_phase)
    return next((run for run in attempt.phases if run.status == "failed"), None)


def _distinct(causes: Iterable[Cause]) -> list[Cause]:
    """Each claim once, in its first form: the same id with the same first remedy."""
    kept: dict[tuple[str, str], Cause] = {}
    for cause in causes:
        first = cause.remedies[0] if cause.remedies else None
        kept.setdefault(
            (cause.id, (first.label or first.summary) if first else cause.summary), cause
        )
    return list(kept.values())


def _telling(causes: list[Cause]) -> list[Cause]:
    """Without guesses beside a certain cause, and without what only restates the failure."""
    certain = any(cause.confidence == "certain" for cause in causes)
    specific = [c for c in causes if c.id not in _RESTATES and c.confidence != "guess"]
    return [
        cause
        for cause in causes
        if not (certain and cause.confidence == "guess")
        and not (specific and cause.id in _RESTATES and cause.confidence != "certain")
    ]


def _without_extras(cause: Cause) -> Cause:
    """In a nested build more requirements do not help: they do not reach it."""
    remedies = tuple(r for r in cause.remedies if "extra" not in r.settings)
    return msgspec.structs.replace(cause, remedies=remedies)


def _with_changes_only(cause: Cause, settings: Settings) -> Cause:
    """Without remedies that ask for what the attempt had already."""
    remedies = tuple(
        remedy
        for remedy in cause.remedies
        if not remedy.settings or with_delta(settings, remedy.settings) != settings
    )
    return msgspec.structs.replace(cause, remedies=remedies)


def _unknown(facts: FailedPhase) -> Cause:
    evidence, text = _first_sign(facts)
    return Cause(
        id="unknown",
        confidence="guess",
        attempt=facts.attempt.id,
        summary=f"No rule knows this: {text}",
        evidence=evidence,
    )


def _first_sign(facts: FailedPhase) -> tuple[Evidence, str]:
    if facts.chain and not facts.chain[0].exception.message.isdigit():
        raised = facts.chain[0]
        return facts.at_exception(raised), raised.text.partition("\n")[0][:300].rstrip(": ")
    for line in facts.output.suspects:
        if "rror" in line.text:
            return facts.at_line(line), line.text.strip()[:300]
    failure = facts.run.failure
    if failure is not None:
        return Evidence(phase=facts.phase, text=failure.message), failure.message
    for stream in ("stderr", "stdout"):
        for line in facts.output.tail(stream, 1):
            return facts.at_line(line), line.text.strip()[:300]
    code = facts.run.signal or facts.run.exit_code
    return Evidence(phase=facts.phase), f"{facts.phase} failed without a word ({code})"

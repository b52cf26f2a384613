"""What the engine itself saw: a refusal with its cause, a process that died, a time-out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildscope.diagnosis.remedies import advice, cause, python_for, remedy
from buildscope.model.failure import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.diagnosis.facts import FailedPhase
    from buildscope.model.failure import Cause, Failure, Remedy

_SPECIFIER = re.compile(r"(?:[<>=!~]=?=?\s*\d[\w.*]*)(?:\s*,\s*[<>=!~]=?=?\s*\d[\w.*]*)*")
_SIGNALS = {
    "SIGKILL": "which the system does when memory runs out",
    "SIGSEGV": "a crash inside compiled code",
    "SIGABRT": "compiled code gave up",
    "SIGILL": "an instruction that this processor does not have",
    "SIGTERM": "somebody asked it to end",
}


def known_failure(facts: FailedPhase) -> Iterator[Cause]:
    """The phase says itself why it failed."""
    failure = facts.run.failure
    if failure is None or failure.cause is None:
        return
    remedies = [advice(failure.hint)] if failure.hint else []
    if failure.cause == "unsupported-python":
        remedies = list(_other_python(facts, failure)) or remedies
    if failure.cause == "timeout":
        remedies = [_more_time(facts), *remedies]
    if facts.run.signal == "SIGKILL":
        remedies = [_less_memory(), *remedies]
    died = failure.cause == "hook-died" and facts.run.signal is None
    yield cause(
        facts,
        failure.cause,
        _summary(facts, failure),
        _evidence(facts, failure),
        confidence="likely" if died else "certain",
        remedies=remedies,
    )


def _summary(facts: FailedPhase, failure: Failure) -> str:
    why = _SIGNALS.get(facts.run.signal or "") if failure.cause == "hook-died" else None
    return f"{failure.message}, {why}" if why else failure.message


def _evidence(facts: FailedPhase, failure: Failure) -> Evidence:
    return Evidence(
        phase=facts.phase, file=failure.file, line=failure.line, text=failure.message[:500]
    )


def _other_python(facts: FailedPhase, failure: Failure) -> list[Remedy]:
    declared = facts.attempt.backend.requires_python if facts.attempt.backend else None
    found = _SPECIFIER.search(failure.message)
    specifier = declared or (found[0] if found else None)
    fitting = python_for(facts, specifier) if specifier else None
    return [fitting] if fitting is not None else []


def _more_time(facts: FailedPhase) -> Remedy:
    seconds = (facts.settings.timeout or 300.0) * 4
    return remedy("allow the hook more time", timeout=seconds)


def _less_memory() -> Remedy:
    settings = {"MAX_JOBS": "1", "CMAKE_BUILD_PARALLEL_LEVEL": "1", "MAKEFLAGS": "-j1"}
    return remedy("compile one file at a time, which takes less memory", env=settings)


RULES = (known_failure,)

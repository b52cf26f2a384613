"""A report of one attempt in Markdown, for an issue tracker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildscope.reports.sanitize import strip_escapes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.model.failure import ExceptionRecord
    from buildscope.model.run import Attempt, PhaseRun, SessionRecord


def markdown(record: SessionRecord, attempt: Attempt, command: str) -> str:
    """Target, outcome, cause, frame, settings, environment; ``command`` repeats it."""
    return "\n".join(_lines(record, attempt, command)) + "\n"


def _lines(record: SessionRecord, attempt: Attempt, command: str) -> Iterator[str]:
    source = attempt.source
    named = f"{source.name} {source.version or ''}".strip() if source and source.name else None
    yield f"# {named or record.target.text}: {_outcome(attempt)}"
    yield ""
    for cause in attempt.causes[:1]:
        yield f"**{cause.summary}** ({cause.confidence}, `{cause.id}`)"
        yield ""
        yield from (f"- {remedy.label or remedy.summary}" for remedy in cause.remedies)
        yield ""
    for warned in attempt.warnings:
        yield f"- warning `{warned.id}`: {warned.summary}"
    failed = attempt.phase(attempt.failed_phase) if attempt.failed_phase is not None else None
    if failed is not None:
        yield from _failure(failed)
    yield from ("To repeat:", "", "```console", f"$ {command}", "```", "")
    yield from _environment(attempt)


def _outcome(attempt: Attempt) -> str:
    where = f" in {attempt.failed_phase}" if attempt.failed_phase else ""
    return f"{attempt.outcome}{where}"


def _failure(run: PhaseRun) -> Iterator[str]:
    if run.exception is None:
        if run.failure is not None:
            yield from ("```text", strip_escapes(run.failure.message, keep_sgr=False), "```", "")
        return
    yield from ("```text", *_exception(run.exception), "```", "")


def _exception(exception: ExceptionRecord) -> Iterator[str]:
    for frame in exception.frames:
        if frame.owner in {"project", "backend"}:
            yield f"{frame.file}:{frame.line} in {frame.function}: {frame.source.strip()}"
    yield strip_escapes(f"{exception.type}: {exception.message}", keep_sgr=False)
    if exception.cause is not None:
        yield "from:"
        yield from _exception(exception.cause)


def _environment(attempt: Attempt) -> Iterator[str]:
    interpreter = attempt.interpreter
    yield "| | |"
    yield "|---|---|"
    if interpreter is not None:
        yield f"| Python | {interpreter.implementation} {interpreter.version} |"
    yield f"| isolation | {'on' if attempt.settings.isolation else 'off'} |"
    yield f"| changed | {attempt.label} |"
    yield f"| installed | {', '.join(f'{one.name} {one.version}' for one in attempt.installed)} |"

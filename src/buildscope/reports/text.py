"""What ``run`` prints at the end: the cause first, the evidence, what to try."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from buildscope.journal.deeds import read_deeds
from buildscope.model.names import MINOR_WARNINGS
from buildscope.reports import did, evidence
from buildscope.reports.lines import Lines, line
from buildscope.reports.sanitize import plain_line, strip_escapes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.text import Text

    from buildscope.model.failure import Cause, Remedy, Warned
    from buildscope.model.run import Attempt, PhaseRun, SessionRecord

    Twin: TypeAlias = Callable[[Attempt, Remedy], str]

_STYLES: Final = {"certain": "bold red", "likely": "bold yellow", "guess": "bold yellow"}
_MOST_VERSIONS: Final = 12
_LONGEST_COMMAND: Final = 300


def report(
    record: SessionRecord, *, twin: Twin | None = None, brief: bool = False
) -> Iterator[Lines]:
    """The end of a session as parts to print, each for ``Console.print(…, soft_wrap=True)``.

    ``twin`` gives the command line that does what a remedy does. ``brief`` leaves out
    frames and output. Nothing in it is markup, and no escape sequence of the build's is left.
    """
    attempt = record.last
    if attempt is None:
        yield Lines([line("! Nothing has run yet.", "bold yellow")])
    elif attempt.outcome in {"built", "stopped"}:
        yield from _passed(record, attempt, twin)
    elif attempt.outcome == "not_obtained":
        yield _not_obtained(record, attempt)
    elif attempt.outcome == "failed":
        yield from _failed(attempt, twin, brief=brief)
    else:
        yield from _ended_early(attempt, brief=brief)
    yield Lines([line(), line(f"Session: {record.directory}", "dim")])


def _failed(attempt: Attempt, twin: Twin | None, *, brief: bool) -> Iterator[Lines]:
    run = _failed_run(attempt)
    yield Lines(list(_verdict(attempt, run)))
    if not brief and run is not None:
        yield from evidence.parts(run, attempt.causes)
    remedies = [remedy for cause in attempt.causes for remedy in cause.remedies]
    if remedies:
        yield Lines([line(), line("What to try", "bold"), *_remedies(attempt, remedies, twin)])


def _verdict(attempt: Attempt, run: PhaseRun | None) -> Iterator[Text]:
    first, *others = attempt.causes or (None,)
    if first is None:
        yield line("✗ The build failed", "bold red")
    else:
        yield _cause_line("✗ ", first)
    if run is not None:
        yield line(f"  {_how(run)}")
        for told in _command(run):
            yield line(f"  {told}")
    if first is not None and first.evidence is not None:
        shown = evidence.place(first.evidence)
        if shown and not shown.endswith(plain_line(first.summary)):
            yield line(f"  {shown}", "dim")
    for cause in others:
        if cause is not None:
            yield _cause_line("  also: ", cause)


def _cause_line(mark: str, cause: Cause) -> Text:
    text = line(f"{mark}{plain_line(cause.summary)}", _STYLES[cause.confidence])
    text.append(f"  {cause.confidence}", "dim")
    return text


def _how(run: PhaseRun) -> str:
    after = f" after {run.seconds:.1f} s" if run.seconds is not None else ""
    parts = [f"{run.name} failed{after}"]
    if run.exception is not None:
        message = plain_line(run.exception.message)[:300]
        parts.append(f"{run.exception.type}: {message}" if message else run.exception.type)
    elif run.failure is not None:
        parts.append(plain_line(run.failure.message))
    if run.signal is not None:
        parts.append(f"killed by {run.signal}")
    return " · ".join(parts)


def _command(run: PhaseRun) -> Iterator[str]:
    """The command that failed, where its failure was that of the phase, and who ran it."""
    if run.reports is None:
        return
    command = did.deciding_command(run, read_deeds(Path(run.reports)))
    if command is None:
        return
    shown = did.short_command(command.start.argv)[:_LONGEST_COMMAND]
    yield f"$ {shown} ({did.ended(command)})"
    call = did.origin(command)
    if call is not None:
        yield f"  started from {did.short_file(call)} line {call.line}"


def _remedies(attempt: Attempt, remedies: list[Remedy], twin: Twin | None) -> Iterator[Text]:
    distinct = {(remedy.label, remedy.summary): remedy for remedy in remedies}
    for number, remedy in enumerate(distinct.values(), 1):
        text = line(f"  {number}  ", "bold")
        if remedy.label:
            text.append(f"{strip_escapes(remedy.label, keep_sgr=False)}   ", "bold cyan")
        text.append(plain_line(remedy.summary))
        yield text
        if remedy.settings and twin is not None:
            yield line(f"     {strip_escapes(twin(attempt, remedy), keep_sgr=False)}", "dim")


def _passed(record: SessionRecord, attempt: Attempt, twin: Twin | None) -> Iterator[Lines]:
    if attempt.warnings:
        yield Lines([text for warned in attempt.warnings for text in _warned(warned)])
        remedies = [remedy for warned in attempt.warnings for remedy in warned.remedies]
        if remedies:
            yield Lines([line("What to try", "bold"), *_remedies(attempt, remedies, twin)])
    if attempt.outcome == "stopped":
        until = f" after {attempt.settings.until}" if attempt.settings.until else ""
        yield Lines([line(f"✓ Stopped{until}, as asked", "bold green")])
        return
    what = attempt.artifact or record.target.text
    style = "bold yellow" if attempt.warnings else "bold green"
    yield Lines([line(f"✓ Built {what}", style), *_versions(attempt)])


def _warned(warned: Warned) -> Iterator[Text]:
    if warned.id in MINOR_WARNINGS:
        yield line(f"! Warning: {plain_line(warned.summary)}", "yellow")
    else:
        yield line(f"! Built, but wrong: {plain_line(warned.summary)}", "bold yellow reverse")
    if warned.reason:
        yield line(f"  because {plain_line(warned.reason)}", "yellow")
    shown = evidence.place(warned.evidence) if warned.evidence is not None else ""
    if shown:
        yield line(f"  {shown}", "dim")
    yield line()


def _versions(attempt: Attempt) -> Iterator[Text]:
    interpreter = attempt.interpreter
    used = [f"Python {interpreter.version}"] if interpreter is not None else []
    used += [f"{found.name} {found.version}" for found in attempt.installed[:_MOST_VERSIONS]]
    rest = len(attempt.installed) - _MOST_VERSIONS
    if rest > 0:
        used.append(f"and {rest} more")
    if used:
        yield line(f"  with {', '.join(used)}", "dim")


def _not_obtained(record: SessionRecord, attempt: Attempt) -> Lines:
    failure = attempt.phase("source").failure
    if failure is not None:
        texts = [line(f"✗ {plain_line(failure.message)}", "bold red")]
        return Lines([*texts, line(f"  {plain_line(failure.hint)}")] if failure.hint else texts)
    cause = attempt.causes[0].summary if attempt.causes else f"{record.target.text} not obtained"
    return Lines([line(f"✗ {plain_line(cause)}", "bold red")])


def _ended_early(attempt: Attempt, *, brief: bool) -> Iterator[Lines]:
    run = next((run for run in attempt.phases if run.status == "cancelled"), None)
    word = "Interrupted" if attempt.outcome in {"interrupted", "running"} else "Stopped"
    where = f" in {run.name}" if run is not None else ""
    told = run.failure.message if run is not None and run.failure is not None else ""
    shown = f": {plain_line(told)}" if told else ""
    yield Lines([line(f"! {word}{where}{shown}", "bold yellow")])
    if run is not None and not brief:
        yield from evidence.parts(run)


def _failed_run(attempt: Attempt) -> PhaseRun | None:
    if attempt.failed_phase is not None:
        return attempt.phase(attempt.failed_phase)
    return next((run for run in attempt.phases if run.status == "failed"), None)

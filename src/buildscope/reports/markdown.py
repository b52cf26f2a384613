"""A report of one attempt in Markdown, to be pasted where the project takes its reports."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from buildscope.journal.deeds import read_deeds
from buildscope.model.settings import Settings, changed
from buildscope.reports import evidence
from buildscope.reports.did import OBSERVED, summary
from buildscope.reports.sanitize import plain_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from buildscope.model.failure import Cause, Remedy, Warned
    from buildscope.model.run import Attempt, PhaseRun, SessionRecord
    from buildscope.model.target import SourceFacts
    from buildscope.reports.did import Pasted
    from buildscope.reports.text import Twin

_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]()+!|~>-])")
_ENTITIES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", "@": "&#64;", "#": "&#35;"})
"""Beside what is markup: a build's text must name no person and link no issue."""
_ENDED: Final = {
    "built": "builds",
    "stopped": "stopped as asked",
    "failed": "does not build",
    "not_obtained": "cannot be obtained",
    "cancelled": "build stopped",
    "interrupted": "build interrupted",
    "running": "build interrupted",
}


def markdown(
    record: SessionRecord,
    attempt: Attempt,
    *,
    twin: Twin | None = None,
    command: str = "",
    patch: str = "",
    pasted: Pasted | None = None,
) -> str:
    """The report of ``attempt``.

    ``twin`` gives the command line that does what a remedy does, ``command`` the one of the
    attempt; ``patch`` are its edits, ``pasted`` gives the line that repeats a command of a hook.
    """
    run = attempt.phase(attempt.failed_phase) if attempt.failed_phase is not None else None
    blocks = [
        f"# {_text(record.target.text)} {_ENDED[attempt.outcome]}",
        *_verdict(attempt, run),
        *_remedies(attempt, twin),
        *(_evidence(run, attempt.causes) if run is not None else ()),
        *(_did(run, pasted) if run is not None else ()),
        *_settings(attempt),
        *_versions(attempt),
        *_attempts(record),
        *_section("Edited", _fence(patch, "diff")),
        *_section("To repeat it", _fence(command, "sh")),
        f"Reported by buildscope {record.buildscope}.",
    ]
    return "\n\n".join(blocks) + "\n"


def _verdict(attempt: Attempt, run: PhaseRun | None) -> Iterator[str]:
    yield from (_cause(cause) for cause in attempt.causes)
    if run is not None:
        after = f" after {run.seconds:.1f} s" if run.seconds is not None else ""
        yield f"Phase {_code(run.name)} failed{after}{_said(run)}."
    yield from (_warning(warned) for warned in attempt.warnings)


def _cause(cause: Cause) -> str:
    where = evidence.place(cause.evidence) if cause.evidence is not None else ""
    shown = f"\n\n{_code(where)}" if where else ""
    return f"**{_text(cause.summary)}** ({cause.confidence}, {_code(cause.id)}){shown}"


def _said(run: PhaseRun) -> str:
    if run.exception is not None:
        return f": {_code(f'{run.exception.type}: {run.exception.message}'[:500])}"
    return f": {_text(run.failure.message)}" if run.failure is not None else ""


def _warning(warned: Warned) -> str:
    because = f", because {_text(warned.reason)}" if warned.reason else ""
    return f"**Warning: {_text(warned.summary)}** ({_code(warned.id)}){because}"


def _remedies(attempt: Attempt, twin: Twin | None) -> Iterator[str]:
    found = [remedy for cause in attempt.causes for remedy in cause.remedies]
    found += [remedy for warned in attempt.warnings for remedy in warned.remedies]
    distinct = {(remedy.label, remedy.summary): remedy for remedy in found}.values()
    rows = [_remedy(attempt, remedy, twin) for remedy in distinct]
    yield from _section("What to try", "\n".join(f"{at}. {row}" for at, row in enumerate(rows, 1)))


def _remedy(attempt: Attempt, remedy: Remedy, twin: Twin | None) -> str:
    label = f"{_code(remedy.label)}: " if remedy.label else ""
    shown = f"\n   {_code(twin(attempt, remedy))}" if remedy.settings and twin is not None else ""
    return f"{label}{_text(remedy.summary)}{shown}"


def _evidence(run: PhaseRun, causes: Iterable[Cause]) -> Iterator[str]:
    """Sources, frames and output as the terminal shows them, their titles as headings."""
    for part in evidence.parts(run, causes):
        title, *rows = (text.plain for text in part.texts if text.plain)
        stderr = " (! marks stderr)" if "! marks stderr" in title else ""
        heading = f"{_text(title.partition(' (')[0])}{stderr}"
        yield from _section(heading, _fence("\n".join(rows), "text"))


def _did(run: PhaseRun, pasted: Pasted | None) -> Iterator[str]:
    if run.reports is None:
        return
    found = summary(read_deeds(Path(run.reports)), pasted)
    body = "\n\n".join(
        _fence(text, "sh") if kind == "sh" else f"- {_code(text)}" for kind, text in found
    )
    yield from _section("What the hook did", f"{_text(OBSERVED)}\n\n{body}" if body else "")


def _settings(attempt: Attempt) -> Iterator[str]:
    values = changed(Settings(), attempt.settings)
    rows = "\n".join(f"- {name}: {_code(_value(value))}" for name, value in values.items())
    yield from _section("Settings", rows or "As published: nothing was changed.")


def _value(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _versions(attempt: Attempt) -> Iterator[str]:
    interpreter, backend = attempt.interpreter, attempt.backend
    rows: list[tuple[str, Iterable[str]]] = [("Source", _source(attempt.source))]
    if interpreter is not None:
        rows.append(("Python", [f"{interpreter.implementation} {interpreter.version}"]))
    if backend is not None:
        rows += [("Backend", [backend.backend]), ("Declared", backend.requires)]
    rows += [
        ("Dynamic requirements", attempt.phase("get_requires").requires),
        ("Installed", [f"{found.name} {found.version}" for found in attempt.installed]),
    ]
    listed = [(label, ", ".join(map(_code, values))) for label, values in rows]
    lines = [f"- {label}: {values}" for label, values in listed if values]
    yield from _section("Versions", "\n".join(lines))


def _source(source: SourceFacts | None) -> Iterator[str]:
    if source is None:
        return
    yield source.origin
    yield from filter(None, (source.filename, source.revision))
    if source.sha256:
        yield f"sha256 {source.sha256}"


def _attempts(record: SessionRecord) -> Iterator[str]:
    if len(record.attempts) < 2:
        return
    rows = [
        f"| {one.id} | {one.parent or ''} | {_text(one.label)}{' (dirty)' if one.dirty else ''} "
        f"| {one.outcome}{f' in {one.failed_phase}' if one.failed_phase else ''} |"
        for one in record.attempts
    ]
    head = ["| attempt | of | changed | outcome |", "|---|---|---|---|"]
    yield from _section("Attempts", "\n".join([*head, *rows]))


def _section(title: str, body: str) -> Iterator[str]:
    if body:
        yield f"## {title}"
        yield body


def _text(value: str) -> str:
    """``value`` as one line in which nothing is markup."""
    line = plain_line(value)
    return _SPECIAL.sub(r"\\\1", line).translate(_ENTITIES)


def _code(value: str) -> str:
    """``value`` as one line of code, whatever backticks it has."""
    line = plain_line(value)
    mark = "`" * (_longest_run(line) + 1)
    space = " " if line[:1] == "`" or line[-1:] == "`" else ""
    return f"{mark}{space}{line}{space}{mark}" if line else ""


def _fence(value: str, language: str) -> str:
    if not value:
        return ""
    mark = "`" * max(3, _longest_run(value) + 1)
    return f"{mark}{language}\n{value.rstrip()}\n{mark}"


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)

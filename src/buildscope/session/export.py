"""A session as a text for others: a report, the document, command lines, a patch."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from buildscope.errors import UsageError
from buildscope.journal.redact import MASK, Redactor
from buildscope.model.delta import with_delta
from buildscope.model.settings import Request
from buildscope.reports.sanitize import one_line
from buildscope.session.commands import command_line, retry_command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from buildscope.model.failure import Remedy
    from buildscope.model.run import Attempt, SessionRecord

_LATER = (".html", ".svg")


def export_to(
    file: Path, record: SessionRecord, attempt: Attempt, environ: Mapping[str, str] | None = None
) -> None:
    """Write ``file``; its suffix says what. What is there already is replaced.

    Raises ``UsageError`` as ``export_text`` does, and where it cannot be written.
    """
    text = export_text(record, attempt, file.suffix, environ)
    try:
        file.write_bytes(text.encode(errors="surrogateescape"))
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}") from error


def export_text(
    record: SessionRecord,
    attempt: Attempt,
    suffix: str,
    environ: Mapping[str, str] | None = None,
) -> str:
    """What a file of that suffix (``.md``, ``.json``, ``.sh``, ``.patch``) has in it.

    Values of secret-looking variables in ``environ`` (default: the process's) are taken out.
    Raises ``UsageError`` where there is no such kind, or nothing to put into it.
    """
    write = _WRITERS.get(suffix.lower())
    if write is None:
        known = ", ".join(_WRITERS)
        if suffix.lower() in _LATER:
            raise UsageError(f"{suffix} is not there yet", hint=f"there is {known}")
        message = f"a name that ends in {suffix or 'nothing'} does not say what to write"
        raise UsageError(message, hint=f"let it end in one of: {known}")
    return Redactor(os.environ if environ is None else environ).text(write(record, attempt))


def twin(record: SessionRecord, attempt: Attempt, remedy: Remedy) -> str:
    """The command line that builds ``attempt`` anew with a remedy."""
    return command_line(record.target, with_delta(attempt.settings, remedy.settings))


def _json(record: SessionRecord, _attempt: Attempt) -> str:
    from buildscope.reports.document import document

    return document(record).decode() + "\n"


def _markdown(record: SessionRecord, attempt: Attempt) -> str:
    from buildscope.reports.markdown import markdown
    from buildscope.session import did_command

    text = markdown(
        record,
        attempt,
        twin=lambda one, remedy: twin(record, one, remedy),
        command=command_line(record.target, attempt.settings),
        patch=_edits(attempt),
        pasted=partial(did_command.command_line, attempt),
    )
    text += _recipes(record)
    home = str(Path.home())
    return text.replace(f"{home}/", "~/") if len(home) > 1 else text


def _recipes(record: SessionRecord) -> str:
    """What a search came to, in the words of each tool; empty where there is no recipe."""
    from buildscope.recipes import recipe_texts

    recipe = record.search.recipe if record.search is not None else None
    if recipe is None:
        return ""
    said = "proven from zero" if recipe.proven else "not proven"
    parts = [f"\n# The recipe, {said}\n"]
    for one in recipe_texts(record, recipe):
        if one.name == "markdown":
            continue
        fence = "```"
        while fence in one.text:
            fence += "`"
        note = f"{one.note}\n\n" if one.note else ""
        parts.append(f"## {one.title}\n\n{note}{fence}\n{one.text.rstrip()}\n{fence}\n")
    return "\n".join(parts)


def _patch(_record: SessionRecord, attempt: Attempt) -> str:
    text = _edits(attempt)
    if not text:
        raise UsageError(f"attempt {attempt.id} has no edited file, so there is no patch")
    return text


def _edits(attempt: Attempt) -> str:
    from buildscope.session.edits import patch_text

    return patch_text(attempt) if attempt.settings.edits else ""


def _script(record: SessionRecord, attempt: Attempt) -> str:
    return "\n".join(_script_lines(record, attempt)) + "\n"


def _script_lines(record: SessionRecord, attempt: Attempt) -> Iterator[str]:
    yield "#!/bin/sh"
    yield f"# buildscope {record.buildscope}, session {record.id}"
    for one in record.attempts:
        yield ""
        where = f" in {one.failed_phase}" if one.failed_phase else ""
        yield f"# attempt {one.id}, {one_line(one.label)}: {one.outcome}{where}"
        if MASK in msgspec.json.encode(one.settings).decode():
            yield f"# a secret was taken out of the record: it belongs where {MASK} stands"
        yield _command(record, one)
    repeat = _repeat(attempt)
    if repeat is not None:
        yield ""
        yield f"# the hook of attempt {attempt.id} by hand, while its tree and environment exist:"
        yield f"# {one_line(repeat)}"


def _command(record: SessionRecord, attempt: Attempt) -> str:
    if attempt.parent is None:
        target = record.target
        named = msgspec.structs.replace(target, text=target.path or target.text)
        return command_line(named, attempt.settings)
    request = Request(settings=attempt.settings, start=attempt.first_phase, here=attempt.dirty)
    return retry_command("last", record.attempt(attempt.parent), request)


def _repeat(attempt: Attempt) -> str | None:
    """The command that repeats the hook that failed, else the last one that ran."""
    from buildscope.session.command import repeat_command

    failed = attempt.failed_phase
    runs = [attempt.phase(failed)] if failed is not None else list(reversed(attempt.phases))
    return next(filter(None, (repeat_command(attempt, run) for run in runs)), None)


_WRITERS: dict[str, Callable[[SessionRecord, Attempt], str]] = {
    ".md": _markdown,
    ".json": _json,
    ".sh": _script,
    ".patch": _patch,
}

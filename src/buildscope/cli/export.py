"""``buildscope export``: a session as a file for others, its kind told by the file's name."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from buildscope.errors import UsageError
from buildscope.journal.reader import read_session
from buildscope.journal.redact import MASK, Redactor
from buildscope.model.settings import Request
from buildscope.session.find import find_session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from buildscope.model.run import Attempt, SessionRecord

_LATER = (".html", ".svg")


@click.command()
@click.argument("session")
@click.option("--to", "file", required=True, metavar="FILE", help="A .md .json .sh or .patch file.")
@click.option("--attempt", type=int, metavar="N", help="Which attempt; the last.")
def export(session: str, file: str, attempt: int | None) -> int:
    """Write a report of a recorded session.

    A .md file tells of one attempt, to be pasted into an issue; .json is the whole session as
    `run --json` prints it; .sh the command lines that make its attempts again; .patch the
    files that were edited. What is there already is replaced.
    """
    to = Path(file)
    write = _WRITERS.get(to.suffix.lower())
    if write is None:
        raise _no_writer(to)
    record = read_session(find_session(session, os.environ))
    text = write(record, chosen_attempt(record, attempt))
    try:
        to.write_bytes(Redactor(os.environ).data(text.encode(errors="surrogateescape")))
    except OSError as error:
        raise UsageError(f"--to {file} cannot be written: {error.strerror}") from error
    click.echo(f"buildscope: wrote {file}", err=True)
    return 0


def chosen_attempt(record: SessionRecord, number: int | None) -> Attempt:
    """The attempt called ``number``, or the last; raises ``UsageError`` where there is none."""
    for attempt in reversed(record.attempts):
        if number is None or attempt.id == number:
            return attempt
    known = ", ".join(str(attempt.id) for attempt in record.attempts) or "none"
    raise UsageError(
        f"session {record.id} has no attempt{'' if number is None else f' {number}'}",
        hint=f"attempts: {known}",
    )


def _no_writer(to: Path) -> UsageError:
    known = ", ".join(_WRITERS)
    if to.suffix.lower() in _LATER:
        return UsageError(f"--to {to}: {to.suffix} is not there yet", hint=f"there is {known}")
    return UsageError(
        f"--to {to} does not say what to write", hint=f"let its name end in one of: {known}"
    )


def _json(record: SessionRecord, _attempt: Attempt) -> str:
    from buildscope.reports.document import document

    return document(record).decode() + "\n"


def _markdown(record: SessionRecord, attempt: Attempt) -> str:
    from buildscope.cli.ending import twin
    from buildscope.reports.markdown import markdown
    from buildscope.session.words import command_line

    home = str(Path.home())
    text = markdown(
        record,
        attempt,
        twin=partial(twin, record),
        command=command_line(record.target, attempt.settings),
        patch=_edits(attempt),
    )
    return text.replace(f"{home}/", "~/") if len(home) > 1 else text


def _patch(_record: SessionRecord, attempt: Attempt) -> str:
    text = _edits(attempt)
    if not text:
        raise UsageError(f"attempt {attempt.id} has no edited file, so there is no patch")
    return text


def _script(record: SessionRecord, attempt: Attempt) -> str:
    return "\n".join(_script_lines(record, attempt)) + "\n"


def _script_lines(record: SessionRecord, attempt: Attempt) -> Iterator[str]:
    from buildscope.session.words import command_line, retry_command

    target = record.target
    if target.path is not None:
        target = msgspec.structs.replace(target, text=target.path)
    yield "#!/bin/sh"
    yield f"# buildscope {record.buildscope}, session {record.id}: its attempts on {target.text}"
    for one in record.attempts:
        yield ""
        where = f" in {one.failed_phase}" if one.failed_phase else ""
        yield f"# attempt {one.id}, {_comment(one.label)}: {one.outcome}{where}"
        if MASK in msgspec.json.encode(one.settings).decode():
            yield f"# a secret was taken out of the record: put it where {MASK} stands"
        if one.parent is None:
            yield command_line(target, one.settings)
        else:
            request = Request(settings=one.settings, start=one.first_phase, here=one.dirty)
            yield retry_command("last", record.attempt(one.parent), request)
    repeat = _repeat(attempt)
    if repeat is not None:
        yield f"\n# the hook of attempt {attempt.id} by hand, where its tree and environment still are"
        yield f"# {_comment(repeat)}"


def _comment(text: str) -> str:
    return " ".join(text.split())


def _edits(attempt: Attempt) -> str:
    from buildscope.session.edits import patch_text

    return patch_text(attempt) if attempt.settings.edits else ""


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

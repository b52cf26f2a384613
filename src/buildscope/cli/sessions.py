"""``buildscope sessions``: the recorded ones, listed and shown."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

import click

from buildscope.errors import UsageError
from buildscope.journal.reader import read_session
from buildscope.session.find import find_session, list_sessions

if TYPE_CHECKING:
    from buildscope.model.run import SessionRecord


@click.group(invoke_without_command=True)
@click.pass_context
def sessions(ctx: click.Context) -> int:
    """List, show and prune recorded sessions."""
    return int(ctx.invoke(list_)) if ctx.invoked_subcommand is None else 0


@sessions.command("list")
def list_() -> int:
    """The recorded sessions, the newest first."""
    for directory in list_sessions(os.environ):
        click.echo(_line(read_session(directory)))
    return 0


@sessions.command()
@click.argument("session")
@click.option("--json", "as_json", is_flag=True, help="The JSON document of the session.")
@click.option("--compare", nargs=2, type=int, metavar="A B", help="Two attempts, side by side.")
def show(session: str, *, as_json: bool, compare: tuple[int, int] | None) -> int:
    """How a session ended, or how two of its attempts differ."""
    record = read_session(find_session(session, os.environ))
    if compare is not None:
        from buildscope.session.comparing import compared

        for line in compared(record, *compare):
            click.echo(line.text)
    elif as_json:
        from buildscope.reports.document import document

        sys.stdout.write(document(record).decode() + "\n")
    elif record.last is None:
        raise UsageError(f"session {record.id} has no attempt")
    else:
        from buildscope.cli.ending import print_ending

        print_ending(record, fault=record.fault)
    return 0


@sessions.command()
def prune() -> int:
    """Not yet: remove old sessions."""
    raise UsageError(
        "`buildscope sessions prune` is not there yet",
        hint="sessions are plain directories, and may be deleted",
    )


def _line(record: SessionRecord) -> str:
    last = record.last
    outcome = last.outcome if last is not None else "empty"
    where = f" in {last.failed_phase}" if last is not None and last.failed_phase else ""
    at = time.strftime("%Y-%m-%d %H:%M", time.localtime(record.started))
    count = len(record.attempts)
    attempts = "1 attempt" if count == 1 else f"{count} attempts"
    return f"{record.id}  {at}  {outcome}{where} · {attempts}"

"""``buildscope sessions``: the recorded ones, listed and shown."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

import click

from buildscope.errors import UsageError

if TYPE_CHECKING:
    from buildscope.session.listed import Listed


@click.group(invoke_without_command=True)
@click.pass_context
def sessions(ctx: click.Context) -> int:
    """List and show recorded sessions."""
    return int(ctx.invoke(list_)) if ctx.invoked_subcommand is None else 0


@sessions.command("list")
def list_() -> int:
    """The recorded sessions, the newest first."""
    from buildscope.session.listed import list_sessions

    for listed in list_sessions(os.environ):
        click.echo(_line(listed))
    return 0


@sessions.command()
@click.argument("session")
@click.option("--json", "as_json", is_flag=True, help="The JSON document of the session.")
@click.option("--compare", nargs=2, type=int, metavar="A B", help="How attempt B differs from A.")
def show(session: str, *, as_json: bool, compare: tuple[int, int] | None) -> int:
    """How a session ended, or how two of its attempts differ.

    SESSION is its id, a unique beginning of it, a path, or `last`.
    """
    from buildscope.journal.reader import read_session
    from buildscope.session.find import find_session

    if as_json and compare is not None:
        raise UsageError("--json and --compare exclude each other", hint="give one of them")
    record = read_session(find_session(session, os.environ))
    if compare is not None:
        from buildscope.reports.compare import comparison_lines
        from buildscope.session.comparing import compared

        for line in comparison_lines(compared(record, *compare)):
            click.echo(line)
    elif as_json:
        from buildscope.reports.document import document

        sys.stdout.write(document(record).decode() + "\n")
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


def _line(listed: Listed) -> str:
    at = time.strftime("%Y-%m-%d %H:%M", time.localtime(listed.changed))
    count = "1 attempt" if listed.attempts == 1 else f"{listed.attempts} attempts"
    return f"{listed.id}  {at}  {listed.words} · {count}  {listed.target}"

"""``buildscope sessions``: the recorded ones, listed and shown."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

import click

from buildscope.errors import UsageError
from buildscope.model.names import PHASES

if TYPE_CHECKING:
    from buildscope.model.names import Phase
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
@click.option("--did", is_flag=True, help="What the hooks of an attempt did, on a time line.")
@click.option("--attempt", type=int, metavar="N", help="With --did: which; else the last one.")
@click.option("--phase", type=click.Choice(PHASES), help="With --did: of this phase alone.")
def show(
    session: str,
    *,
    as_json: bool,
    compare: tuple[int, int] | None,
    did: bool,
    attempt: int | None,
    phase: Phase | None,
) -> int:
    """How a session ended, how two of its attempts differ, or what its hooks did.

    SESSION is its id, a unique beginning of it, a path, or `last`.
    """
    from buildscope.journal.reader import read_session
    from buildscope.session.find import find_session

    if sum((as_json, compare is not None, did)) > 1:
        raise UsageError("--json, --compare and --did exclude each other", hint="give one of them")
    if not did and (attempt is not None or phase is not None):
        raise UsageError("--attempt and --phase belong to --did")
    record = read_session(find_session(session, os.environ))
    if compare is not None:
        from buildscope.reports.compare import comparison_lines
        from buildscope.session.comparing import compared

        for line in comparison_lines(compared(record, *compare)):
            click.echo(line)
    elif did:
        from buildscope.session.did_command import did_lines
        from buildscope.session.find import find_attempt

        for line in did_lines(find_attempt(record, attempt), phase):
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

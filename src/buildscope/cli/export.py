"""``buildscope export``: a session as a file for others."""

from __future__ import annotations

import os
from pathlib import Path

import click


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
    from buildscope.journal.reader import read_session
    from buildscope.session.export import export_to
    from buildscope.session.find import find_attempt, find_session

    record = read_session(find_session(session, os.environ))
    export_to(Path(file), record, find_attempt(record, attempt))
    click.echo(f"buildscope: wrote {file}", err=True)
    return 0

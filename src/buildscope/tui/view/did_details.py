"""A command of the Did tab, unfolded: arguments, directory, variables, who started it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from buildscope.reports import did
from buildscope.session.did_command import command_notes
from buildscope.tui.view.rows import Row, cut, row
from buildscope.tui.view.syntax import highlight

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from buildscope.model.did import Call, Command
    from buildscope.tui.view.rows import Piece

_INDENT = 13
_LABEL = 8
_LONGEST = 2000
"""Characters of one argument or variable that are shown; copying has all of it."""


def command_details(command: Command, width: int) -> tuple[Row, ...]:
    """What stands beneath a command that is unfolded."""
    return tuple(_details(command, max(width - _INDENT - _LABEL, 20)))


def _details(command: Command, width: int) -> Iterator[Row]:
    start = command.start
    program = start.program or (start.argv[0] if start.argv else "")
    yield _fact("program", (program, "strong"))
    for at, line in enumerate(argument_lines(start.argv[1:], width)):
        yield _fact("" if at else "with", line)
    yield _fact("in", start.cwd)
    for at, (name, value) in enumerate(sorted(start.environ.items())):
        shown = f"{name} is not set" if value is None else f"{name}={value[:_LONGEST]}"
        yield _fact("" if at else "env", shown)
    yield from _call("by", start.by)
    yield from _call("led by", start.led_by)
    style = "failed" if command.failed else ""
    yield _fact("ended", (did.ended(command) + did.duration(command), style))
    for note in command_notes(command):
        yield _fact("note", (note, "warned"))


def _call(label: str, call: Call | None) -> Iterator[Row]:
    if call is None:
        return
    key, where = f"place:{call.file}:{call.line}", (call.file, call.line)
    name = (did.place(call), "name")
    yield _fact(label, name, (f" {call.function}", "dim"), key=key, where=where)
    if call.source:
        yield _fact("", *highlight((call.source,), call.file)[0], key=key, where=where)


def argument_lines(arguments: Sequence[str], width: int) -> Iterator[str]:
    """Options with what follows them, a line each; short ones side by side."""
    line = ""
    for group in _groups(arguments):
        if line and len(line) + 1 + len(group) > width:
            yield line
            line = ""
        line = f"{line} {group}" if line else group
    if line:
        yield line


def _groups(arguments: Sequence[str]) -> Iterator[str]:
    group: list[str] = []
    for argument in arguments:
        if argument.startswith("-") and group:
            yield " ".join(group)
            group = []
        group.append(shlex.quote(cut(argument, _LONGEST)))
    if group:
        yield " ".join(group)


def _fact(
    label: str,
    *pieces: str | Piece,
    key: str | None = None,
    where: tuple[str, int] | None = None,
) -> Row:
    head = (f"{'':{_INDENT}}{label:<{_LABEL}}", "dim")
    return row(head, *pieces, key=key, where=where)

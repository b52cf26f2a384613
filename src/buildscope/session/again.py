"""Runs a command of a hook again, by itself, where a person looks on."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

from buildscope.process.foreground import run_foreground
from buildscope.reports.did import duration, ended
from buildscope.reports.sanitize import strip_escapes
from buildscope.session.did_command import command_line, command_notes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from buildscope.model.did import Command
    from buildscope.model.run import Attempt


def run_again(
    attempt: Attempt, command: Command, environ: Mapping[str, str], wait: Callable[[], None]
) -> int:
    """Show the command, run it, say how it ended now and then, and ``wait``; its exit code.

    Its output goes where ours goes. Raises ``OSError`` where there is no ``sh``.
    """
    _say("buildscope: a command of the hook, run again by itself")
    _say(f"  in    {command.start.cwd}")
    _say(f"  $     {shlex.join(command.start.argv)}")
    _say(f"  then  {ended(command)}{duration(command)}")
    for note in command_notes(command):
        _say(f"  note  {note}")
    _say("")
    code = run_foreground(["sh", "-c", command_line(attempt, command)], env=environ)
    how = f"exit {code}" if code >= 0 else f"killed by signal {-code}"
    _say(f"\nbuildscope: {how}, then it was: {ended(command)}. enter goes back")
    wait()
    return code


def _say(text: str) -> None:
    sys.stderr.write(f"{strip_escapes(text, keep_sgr=False)}\n")
    sys.stderr.flush()

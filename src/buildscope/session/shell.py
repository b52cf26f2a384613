"""The user's own shell in the state of a phase."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import PurePath
from typing import TYPE_CHECKING

from buildscope.model.base import Record
from buildscope.process.foreground import run_foreground
from buildscope.reports.sanitize import strip_escapes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from buildscope.session.states import Entered

REPEAT = "BUILDSCOPE_REPEAT"
"""The variable that holds the command that repeats the hook: it is long."""
_NO_FILES = "your start-up files are not read: they would put other programs first"


class Shell(Record, frozen=True):
    """A shell's command, the variables for its prompt, and what is to be said of it."""

    command: tuple[str, ...]
    variables: dict[str, str] = {}
    words: tuple[str, ...] = ()


def banner(entered: Entered, words: tuple[str, ...] = ()) -> str:
    """What is said before the shell begins."""
    lines = [
        f"buildscope: {entered.title}",
        f"  in      {entered.directory}",
        f"  python  {entered.python}",
        *(f"  note    {word}" for word in (*entered.words, *words)),
    ]
    if entered.repeat is not None:
        lines.append(f'  repeat  sh -c "${REPEAT}"')
    shown = (strip_escapes(line, keep_sgr=False) for line in lines)
    return "\n".join([*shown, "  exit (or ctrl-d) goes back", ""])


def chosen_shell(environ: Mapping[str, str], title: str) -> Shell:
    """The shell that ``SHELL`` names (``COMSPEC`` on Windows), else ``sh``, told to show ``title``."""
    if os.name == "nt":
        return Shell((environ.get("COMSPEC") or "cmd.exe",))
    command, words = _named(environ)
    name = PurePath(command[0]).name
    if name == "bash":
        prompt = {"PS1": rf"({title}) \w \$ "}
        return Shell((*command, "--norc", "--noprofile"), prompt, (*words, _NO_FILES))
    if name == "zsh":
        return Shell((*command, "-f"), {"PS1": f"({title}) %~ %# "}, (*words, _NO_FILES))
    if name == "fish":
        prompting = f"function fish_prompt; echo -n '({title}) '(prompt_pwd)' > '; end"
        return Shell((*command, "--no-config", "-C", prompting), {}, (*words, _NO_FILES))
    return Shell(command, {"PS1": f"({title}) $ "}, words)


def run_shell(entered: Entered, environ: Mapping[str, str]) -> int:
    """Run the shell to its end; its exit code, negative for a signal."""
    shell = chosen_shell(environ, entered.title)
    sys.stderr.write(banner(entered, shell.words))
    sys.stderr.flush()
    env = {**entered.environ, **shell.variables}
    if entered.repeat is not None:
        env[REPEAT] = entered.repeat
    return run_foreground(shell.command, cwd=entered.directory, env=env)


def _named(environ: Mapping[str, str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    named = environ.get("SHELL", "").strip()
    if not named:
        return ("sh",), ()
    try:
        command = shlex.split(named)
    except ValueError:
        command = [named]
    if shutil.which(command[0], path=environ.get("PATH")) is None:
        return ("sh",), (f"SHELL names {command[0]}, which is not there: this is sh",)
    return tuple(command), ()

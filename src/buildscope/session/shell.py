"""The user's own shell in the state of a phase."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from buildscope.session.states import Entered


def banner(entered: Entered) -> str:
    """What is said before the shell begins."""
    lines = [
        f"buildscope: {entered.title}",
        f"  in      {entered.directory}",
        f"  python  {entered.python}",
        *(f"  note    {word}" for word in entered.words),
    ]
    if entered.repeat is not None:
        lines.append(f"  repeat  {entered.repeat}")
    return "\n".join([*lines, "  exit (or ctrl-d) goes back", ""])


def shell_command(environ: Mapping[str, str]) -> list[str]:
    """The shell that ``SHELL`` names (``COMSPEC`` on Windows), else ``sh``."""
    named = environ.get("COMSPEC") if os.name == "nt" else environ.get("SHELL")
    return shlex.split(named) if named and os.name != "nt" else [named or "sh"]


def run_shell(entered: Entered, environ: Mapping[str, str]) -> int:
    """Run the shell to its end; returns its exit code."""
    sys.stderr.write(banner(entered))
    sys.stderr.flush()
    shown = {**entered.environ, "PS1": f"({entered.title}) \\w $ "}
    command = shell_command(environ)
    if command[0].endswith("bash"):
        # A start-up file of the user's would put other programs before the environment's.
        command = [*command, "--norc", "--noprofile"]
    return subprocess.run(command, cwd=entered.directory, env=shown, check=False).returncode

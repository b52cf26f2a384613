"""Copying: the terminal's own escape sequence, a system's program, and a file, always."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_TIMEOUT = 2.0
_PROGRAMS: tuple[tuple[str | None, tuple[str, ...]], ...] = (
    ("WAYLAND_DISPLAY", ("wl-copy",)),
    ("DISPLAY", ("xclip", "-selection", "clipboard")),
    ("DISPLAY", ("xsel", "--clipboard", "--input")),
    (None, ("pbcopy",)),
    (None, ("clip.exe",)),
)
"""The variable without which a program cannot work, and its command."""


def clipboard_command(environ: Mapping[str, str]) -> Sequence[str] | None:
    """Find the command that takes text on stdin to the clipboard, if this machine has one."""
    for variable, command in _PROGRAMS:
        if (variable is None or environ.get(variable)) and shutil.which(command[0]):
            return command
    return None


def keep(text: str, file: Path, environ: Mapping[str, str]) -> str:
    """Write ``text`` to ``file`` and give it to the clipboard's program; says what was done.

    May take up to two seconds: call it in a thread.
    """
    file.write_text(text + "\n", encoding="utf-8")
    command = clipboard_command(environ)
    if command is not None and _give(command, text):
        return f"with {command[0]}; it is in {file.name} of the session too"
    return f"through the terminal; it is in {file.name} of the session too"


def _give(command: Sequence[str], text: str) -> bool:
    try:
        done = subprocess.run(
            command,
            input=text.encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_TIMEOUT,
            start_new_session=True,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0

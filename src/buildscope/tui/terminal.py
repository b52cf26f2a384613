"""Lends the real terminal to another program: a shell, an editor, a pager."""

from __future__ import annotations

import shlex
import shutil
from typing import TYPE_CHECKING, TypeVar

from textual.app import SuspendNotSupported

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from textual.app import App

T = TypeVar("T")


def lend(app: App[None], program: Callable[[], T]) -> T | OSError | None:
    """Run ``program`` while the app is suspended; ``None`` where there is no real terminal.

    An ``OSError`` is returned: raised within the block it would leave the input dead.
    """
    try:
        with app.suspend():
            return _caught(program)
    except SuspendNotSupported:
        return None


def _caught(program: Callable[[], T]) -> T | OSError:
    try:
        return program()
    except OSError as error:
        return error


def editor_command(environ: Mapping[str, str], file: Path, line: int) -> list[str]:
    """The command that opens ``file`` at ``line`` in the user's editor."""
    named = environ.get("VISUAL") or environ.get("EDITOR") or _first_of("nano", "vim", "vi")
    command = shlex.split(named)
    name = command[0].rpartition("/")[2]
    if name in {"code", "codium", "cursor", "code-insiders"}:
        return [*command, "--wait", "--goto", f"{file}:{line}"]
    if name in {"subl", "zed", "hx", "helix"}:
        wait = ["--wait"] if name in {"subl", "zed"} else []
        return [*command, *wait, f"{file}:{line}"]
    if name in {"vi", "vim", "nvim", "nano", "emacs", "emacsclient", "micro", "kak", "joe", "mg"}:
        return [*command, f"+{line}", str(file)]
    return [*command, str(file)]


def pager_command(environ: Mapping[str, str], file: Path) -> list[str]:
    """The command that shows ``file``, colours kept, in the user's pager."""
    named = environ.get("PAGER") or _first_of("less", "more")
    command = shlex.split(named)
    if command[0].rpartition("/")[2] == "less" and len(command) == 1:
        command.append("-R")
    return [*command, str(file)]


def _first_of(*names: str) -> str:
    return next((name for name in names if shutil.which(name)), names[-1])

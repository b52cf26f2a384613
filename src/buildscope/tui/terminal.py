"""Lends the real terminal to another program: a shell, an editor, a pager."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from contextlib import suppress
from pathlib import PurePath
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from textual.app import App

_AT_COLON = {
    "code": ("--wait", "--goto"),
    "code-insiders": ("--wait", "--goto"),
    "codium": ("--wait", "--goto"),
    "cursor": ("--wait", "--goto"),
    "subl": ("--wait",),
    "zed": ("--wait",),
    "hx": (),
    "helix": (),
}
"""Editors that take ``FILE:LINE``, after these options."""
_AT_PLUS = {
    "gvim": ("-f",),
    "mvim": ("-f",),
    "gedit": ("--wait",),
    **dict.fromkeys(("vi", "vim", "nvim", "view", "nano", "pico", "emacs", "emacsclient"), ()),
    **dict.fromkeys(("micro", "kak", "joe", "jed", "mg", "ne", "zile", "vis"), ()),
}
"""Editors that take ``+LINE FILE``, after these options."""


class Terminal:
    """The terminal that the app runs on, and what the user wants to run on it.

    Tests have their own ``lend``.
    """

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self.environ = os.environ if environ is None else environ

    def lend(self, app: App[None], program: Callable[[], int]) -> int | OSError | None:
        """Run ``program`` while ``app`` is suspended; ``None`` where there is no real terminal.

        An ``OSError`` is returned, what else it raises is raised.
        """
        # Nothing may be raised within the block: the input would be dead afterwards.
        try:
            with app.suspend():
                ended = _caught(program)
        except SuspendNotSupported:
            return None
        if isinstance(ended, BaseException) and not isinstance(ended, OSError):
            raise ended
        return ended

    def wait(self) -> None:
        """Return when enter is pressed; an interrupt does as well."""
        with suppress(KeyboardInterrupt):
            sys.stdin.readline()

    def editor(self, file: Path, line: int) -> list[str]:
        """The command that opens ``file`` at ``line`` in the user's editor."""
        named = _split(self.environ.get("VISUAL")) or _split(self.environ.get("EDITOR"))
        command = named or [_first_of("nano", "vim", "vi")]
        name = PurePath(command[0]).name.partition(".")[0]
        if name in _AT_COLON:
            return [*command, *_missing(_AT_COLON[name], command), f"{file}:{line}"]
        if name in _AT_PLUS:
            return [*command, *_missing(_AT_PLUS[name], command), f"+{line}", str(file)]
        return [*command, str(file)]

    def pager(self, file: Path) -> list[str]:
        """The command that shows ``file``, colours kept, in the user's pager."""
        command = _split(self.environ.get("PAGER"))
        if not command or PurePath(command[0]).name == "cat":
            command = [_first_of("less", "more")]
        if PurePath(command[0]).name == "less" and len(command) == 1:
            command.append("-R")
        return [*command, str(file)]


def _caught(program: Callable[[], int]) -> int | BaseException:
    try:
        return program()
    except BaseException as error:
        return error


def _split(named: str | None) -> list[str]:
    try:
        return shlex.split(named or "")
    except ValueError:
        return [named or ""]


def _missing(options: tuple[str, ...], command: list[str]) -> list[str]:
    return [option for option in options if option not in command]


def _first_of(*names: str) -> str:
    return next((name for name in names if shutil.which(name)), names[-1])

"""What the debugger and home have in common: themes, symbols, keys, a polite end."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING

from buildscope.tui.look import Look
from buildscope.tui.shims import CrashKeepingApp, Result
from buildscope.tui.theme import TERMINAL_COLOURS, TRUE_COLOUR, theme_for, variables_like
from buildscope.tui.view.marks import has_unicode

if TYPE_CHECKING:
    from collections.abc import Mapping


class BaseApp(CrashKeepingApp[Result]):
    """Looks as ``look`` says, in what the terminal can show."""

    TITLE = "buildscope"
    CSS_PATH = "buildscope.tcss"
    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self,
        environ: Mapping[str, str] | None = None,
        encoding: str | None = None,
        look: Look | None = None,
    ) -> None:
        # Textual chooses how it takes colours away before it knows our theme.
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        environ = os.environ if environ is None else environ
        if not has_unicode(environ, encoding or sys.stdout.encoding or ""):
            self.add_class("-ascii")
        self.register_theme(TRUE_COLOUR)
        self.register_theme(TERMINAL_COLOURS)
        self.look = look = look or Look()
        self.theme = look.theme or theme_for(self.colour_system(), no_color=self.no_color)
        self.set_keymap(look.keymap)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Let themes that know nothing of us have our variables too."""
        return variables_like(self.current_theme)

    def on_mount(self) -> None:
        """End with the terminal restored when it is closed, or at a polite kill."""
        loop = asyncio.get_running_loop()
        for name in ("SIGTERM", "SIGHUP"):
            if hasattr(signal, name) and sys.platform != "win32":
                loop.add_signal_handler(getattr(signal, name), self.exit)

"""The application: themes, the main screen, and what happens at its end."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from typing import TYPE_CHECKING

from buildscope.session.exits import BY_OUTCOME, FAULT, INTERRUPTED, USAGE
from buildscope.tui.look import Look
from buildscope.tui.screens.main import MainScreen
from buildscope.tui.shims import CrashKeepingApp
from buildscope.tui.terminal import Terminal
from buildscope.tui.theme import TERMINAL_COLOURS, TRUE_COLOUR, theme_for, variables_like
from buildscope.tui.view.marks import has_unicode
from buildscope.tui.watch import Watcher

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from buildscope.session.runner import Runner


class BuildscopeApp(CrashKeepingApp):
    """Reads one session's journal; ``runner`` is the only thing it acts through."""

    TITLE = "buildscope"
    CSS_PATH = "buildscope.tcss"
    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self,
        runner: Runner,
        *,
        environ: Mapping[str, str] | None = None,
        encoding: str | None = None,
        now: Callable[[], float] = time.time,
        look: Look | None = None,
        terminal: Terminal | None = None,
    ) -> None:
        # Textual chooses how it takes colours away before it knows our theme.
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        self.runner = runner
        self.watcher = Watcher(runner, now)
        self.main = MainScreen(self.watcher, terminal or Terminal(environ))
        environ = os.environ if environ is None else environ
        if not has_unicode(environ, encoding or sys.stdout.encoding or ""):
            self.add_class("-ascii")
        self.register_theme(TRUE_COLOUR)
        self.register_theme(TERMINAL_COLOURS)
        look = look or Look()
        self.theme = look.theme or theme_for(self.colour_system(), no_color=self.no_color)
        self.set_keymap(look.keymap)

    def get_default_screen(self) -> MainScreen:
        """Return the one screen that is always there."""
        return self.main

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Let themes that know nothing of us have our variables too."""
        return variables_like(self.current_theme)

    def on_mount(self) -> None:
        """End with the terminal restored when it is closed, or at a polite kill."""
        loop = asyncio.get_running_loop()
        for name in ("SIGTERM", "SIGHUP"):
            if hasattr(signal, name) and sys.platform != "win32":
                loop.add_signal_handler(getattr(signal, name), self.exit)

    def on_unmount(self) -> None:
        """Close the files."""
        self.watcher.close()

    async def action_quit(self) -> None:
        """Textual's own ctrl+q goes the same way as q."""
        self.main.action_quit()

    def exit_code(self) -> int:
        """Return the exit code of the last attempt (the design's section 6)."""
        self.watcher.poll()
        record = self.watcher.record
        newest = record.last if record is not None else None
        if self.crash is not None or self.runner.fault is not None or self.return_code:
            return FAULT
        if newest is None:
            return USAGE if self.runner.refusal is not None else INTERRUPTED
        return BY_OUTCOME[newest.outcome]

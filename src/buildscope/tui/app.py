"""The application: the main screen, and what happens at its end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from buildscope.session.exits import BUILT, BY_OUTCOME, FAILED, FAULT, INTERRUPTED, USAGE
from buildscope.tui.base import BaseApp
from buildscope.tui.screens.main import MainScreen
from buildscope.tui.terminal import Terminal
from buildscope.tui.view.followed import current_search
from buildscope.tui.watch import Watcher

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from buildscope.session.runner import Runner
    from buildscope.tui.look import Look


class BuildscopeApp(BaseApp[None]):
    """Reads one session's journal; ``runner`` is the only thing it acts through."""

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
        super().__init__(environ, encoding, look)
        self.runner = runner
        self.watcher = Watcher(runner, now)
        self.main = MainScreen(self.watcher, terminal or Terminal(environ))

    def get_default_screen(self) -> MainScreen:
        """Return the one screen that is always there."""
        return self.main

    def on_unmount(self) -> None:
        """Close the files."""
        self.watcher.close()

    async def action_quit(self) -> None:
        """Textual's own ctrl+q goes the same way as q."""
        self.main.action_quit()

    def exit_code(self) -> int:
        """Return the exit code of the last attempt, or of a search (the design's section 6)."""
        self.watcher.poll()
        record = self.watcher.record
        newest = record.last if record is not None else None
        search = current_search(record)
        if self.crash is not None or self.runner.fault is not None or self.return_code:
            return FAULT
        if newest is None:
            return USAGE if self.runner.refusal is not None else INTERRUPTED
        if search is not None and search.ended not in {None, "as published"}:
            return BUILT if search.ended == "proven" else FAILED
        return BY_OUTCOME[newest.outcome]

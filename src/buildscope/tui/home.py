"""Home: what a bare ``buildscope`` opens, to name a target or to go on with a session."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual import on
from textual.widgets import Input

from buildscope.errors import UsageError
from buildscope.session.here import project_here
from buildscope.session.listed import list_sessions
from buildscope.sources.targets import parse_target
from buildscope.tui.base import BaseApp
from buildscope.tui.screens.home import HomeScreen
from buildscope.tui.view.home import home_rows
from buildscope.tui.widgets.rows import Activated

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from buildscope.tui.look import Look

RECENT = 12


class HomeApp(BaseApp[str]):
    """Returns ``target:`` and what was typed, or ``session:`` and an id; ``None``: quit."""

    def __init__(
        self,
        *,
        environ: Mapping[str, str],
        cwd: Path,
        look: Look,
        encoding: str | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(environ, encoding, look)
        self._cwd = cwd
        here, recent = project_here(cwd), list_sessions(environ, RECENT)
        self.home = HomeScreen(lambda width: home_rows(here, recent, now(), width), cwd)

    def get_default_screen(self) -> HomeScreen:
        """Return the one screen that is always there."""
        return self.home

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        try:
            parse_target(event.value, cwd=self._cwd)
        except UsageError as error:
            self.home.refuse(error)
        else:
            self.exit(f"target:{event.value.strip()}")

    @on(Activated)
    def _activated(self, event: Activated) -> None:
        self.exit(event.key)

    def action_leave(self) -> None:
        """Quit, with nothing chosen."""
        self.exit()

    def action_tell(self) -> None:
        """The keys of the debugger, before it is needed."""
        from buildscope.tui.screens.help import HelpScreen

        self.push_screen(HelpScreen())

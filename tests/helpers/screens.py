"""The debugger on a fake session, headless, for tests that press keys and read the screen."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from buildscope.model.settings import Settings
from buildscope.session.runner import Runner
from buildscope.tui.app import BuildscopeApp
from tests.helpers.fake_session import FakeSession
from tests.helpers.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from textual.pilot import Pilot

    from buildscope.tui.terminal import Terminal

NARROW, NORMAL, WIDE = (80, 24), (120, 36), (200, 50)
LIVE_SECONDS = 161.0
TERMINAL = {"TERM": "xterm-256color"}


def make_app(
    session: FakeSession,
    *,
    running: bool = False,
    encoding: str = "utf-8",
    terminal: Terminal | None = None,
) -> BuildscopeApp:
    """The app on a session; ``running``: its attempt has not ended."""
    runner = Runner(session)
    runner.start(Settings())
    wait_until(session.called.is_set)
    if not running:
        session.finish()
        runner.join(30)
    app = BuildscopeApp(
        runner,
        environ=TERMINAL,
        encoding=encoding,
        now=lambda: session.now + LIVE_SECONDS,
        terminal=terminal,
    )
    app.theme = "buildscope"
    return app


class Screen:
    """What a test does with the app: press, wait, read."""

    def __init__(self, session: FakeSession, app: BuildscopeApp, pilot: Pilot[None]) -> None:
        self.session = session
        self.app = app
        self.pilot = pilot

    async def press(self, *keys: str) -> None:
        """Press keys, and wait for all that they cause."""
        for key in keys:
            await self.pilot.press(key)
            await self.settled()

    async def typed(self, text: str) -> None:
        """Type into a prompt."""
        await self.pilot.press(*(_NAMES.get(character, character) for character in text))
        await self.settled()

    async def settled(self) -> None:
        """Let the screen take in the newest events and finish its workers."""
        self.app.main.tick()
        await self.app.workers.wait_for_complete()
        await self.pilot.pause()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until the screen is as told; fails after many redraws."""
        for _ in range(500):
            if condition():
                return
            await self.settled()
        raise AssertionError("the screen did not become what was waited for:\n" + self.text)

    @property
    def lines(self) -> list[str]:
        """The whole screen, line by line, as it is painted."""
        width, height = self.app.size
        strips = self.app.screen._compositor.render_strips()
        assert len(strips) == height
        return [strip.text.ljust(width) for strip in strips]

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.lines)

    @property
    def focused(self) -> str | None:
        """The id of the widget that has the focus."""
        return self.app.focused.id if self.app.focused is not None else None

    @property
    def phase(self) -> str | None:
        """The phase that is shown."""
        run = self.app.main.scene.run
        return run.name if run is not None else None

    @property
    def footer(self) -> str:
        return self.lines[-1].strip()


_NAMES = {"+": "plus", " ": "space", "<": "less_than_sign", "=": "equals_sign", "/": "slash"}


@asynccontextmanager
async def opened(
    directory: Path,
    script: Callable[[FakeSession], object] = lambda _session: None,
    size: tuple[int, int] = NORMAL,
    *,
    running: bool = False,
    terminal: Terminal | None = None,
) -> AsyncIterator[Screen]:
    """The debugger on what ``script`` wrote; closed with nothing left running."""
    session = FakeSession(directory)
    script(session)
    app = make_app(session, running=running, terminal=terminal)
    try:
        async with app.run_test(size=size) as pilot:
            screen = Screen(session, app, pilot)
            await screen.settled()
            await screen.settled()
            yield screen
    finally:
        session.finish()
        app.runner.join(30)
        session.close()

"""Verbs that offer a choice first: versions to pin, settings, attempts to compare."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from buildscope.errors import UsageError
from buildscope.tui.screens.taking import Taking

if TYPE_CHECKING:
    from buildscope.model.run import Attempt
    from buildscope.model.settings import Request


class Choosing(Taking):
    """What is chosen ends on the retry line."""

    # Pin

    def action_pin(self) -> None:
        """Offer the versions of the distribution under the cursor of Environment."""
        attempt, name = self.scene.attempt, self._distribution()
        if attempt is None:
            self.say("nothing was attempted yet, so there is nothing to pin")
        elif self.scene.tab != "environment":
            self.action_tab("environment")
            self.say("choose a distribution with j and k, then p pins it")
        elif name is None:
            self.say("no distribution on this row; choose one with j and k")
        else:
            self.pin(attempt, name)

    def pin(self, attempt: Attempt, name: str) -> None:
        """Offer the versions of ``name``."""
        from buildscope.tui.screens.pin import PinScreen
        from buildscope.tui.view.pin import pinned

        python = attempt.interpreter.version if attempt.interpreter is not None else "3"
        ask = partial(self.runner.session.choices.releases, name, attempt.settings, python)
        take = partial(self._on_the_line, attempt)
        self.app.push_screen(PinScreen(pinned(attempt, name), ask, take))

    async def activate(self, key: str) -> None:
        """Pin a distribution that was clicked, or enter was pressed on."""
        if key.startswith("pin:") and self.scene.attempt is not None:
            self.pin(self.scene.attempt, key.removeprefix("pin:"))
        else:
            await super().activate(key)

    def _distribution(self) -> str | None:
        pane = self.environment
        key = pane.key_at(pane.cursor) if pane.rows else None
        return key.removeprefix("pin:") if key is not None and key.startswith("pin:") else None

    def _on_the_line(self, attempt: Attempt, words: str) -> None:
        if self.scene.attempt is not attempt:
            self.place = self.place.chosen_attempt(attempt.id)
            self.redraw()
        self.run_worker(self.open_retry(words))

    # Compare

    def action_compare(self) -> None:
        """Compare the attempt that is shown with its parent, else with the one before it."""
        from buildscope.session.comparing import comparable

        record, attempt = self.scene.record, self.scene.attempt
        if record is None or attempt is None:
            self.say("nothing was attempted yet, so there is nothing to compare")
            return
        pair = comparable(record, attempt)
        if isinstance(pair, str):
            self.say(pair)
        else:
            self.compare(*pair)

    def compare(self, first: int, second: int) -> None:
        """Show how two attempts differ."""
        from buildscope.tui.screens.compare import CompareScreen

        record = self.scene.record
        known = [one.id for one in record.attempts] if record is not None else []
        if record is None or first not in known or second not in known:
            raise UsageError(f"attempts are: {', '.join(map(str, known)) or 'none'}")
        self.app.push_screen(CompareScreen(record, first, second))

    # Settings

    def action_settings(self) -> None:
        """Open the form of all settings of the attempt to come."""
        attempt = self.scene.attempt
        if attempt is None:
            self.say("nothing was attempted yet, so there are no settings to change")
            return
        from buildscope.tui.screens.settings import SettingsScreen

        session = self.runner.session
        take = partial(self._with_request, attempt)
        self.app.push_screen(SettingsScreen(session, attempt, self._session_id(), take))

    def _session_id(self) -> str:
        return self.scene.record.id if self.scene.record is not None else "last"

    def _with_request(self, attempt: Attempt, request: Request) -> str | None:
        """Begin the retry, or return why it cannot begin now."""
        if self.runner.running:
            return f"{self.what_runs()} is running: stop it first (esc, then x)"
        self.begin_retry(attempt, request)
        self.redraw()
        return None

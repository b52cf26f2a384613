"""Verbs that act: retry with a change, stop, quit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from buildscope.errors import BuildscopeError
from buildscope.model.delta import with_delta
from buildscope.session.words import words
from buildscope.tui.keys import BY_ID
from buildscope.tui.screens.stepping import Stepping
from buildscope.tui.view.parts import label_of
from buildscope.tui.view.verdict import digits

if TYPE_CHECKING:
    from buildscope.model.failure import Remedy
    from buildscope.model.settings import Settings


class Acting(Stepping):
    """Nothing large begins before enter is pressed on a line that says what it will do."""

    async def action_retry(self) -> None:
        """Open the retry line, empty."""
        await self.open_retry("")

    async def action_add(self) -> None:
        """Open the retry line, to add a build requirement."""
        await self.open_retry("+")

    async def action_isolation(self) -> None:
        """Open the retry line, to turn isolation off, or on where it is off."""
        attempt = self.scene.attempt
        off = attempt is None or attempt.settings.isolation
        await self.open_retry("isolation off" if off else "isolation on")

    async def action_remedy(self, digit: int) -> None:
        """Open the retry line, filled with a remedy."""
        attempt = self.scene.attempt
        remedies = digits(attempt)
        if attempt is not None and digit <= len(remedies):
            remedy = remedies[digit - 1]
            try:
                line = self._line_of(attempt.settings, remedy)
            except BuildscopeError as error:
                self.say(error.message, "failed")
            else:
                await self.open_retry(line)
        elif remedies:
            self.say(f"there is no remedy {digit}: this failure has {len(remedies)}")
        else:
            self.say(f"{digit} takes a remedy, and there is none to take; r retries with a change")

    def _line_of(self, settings: Settings, remedy: Remedy) -> str:
        """The words of a remedy; new texts of files are kept first, so that ``edit`` finds them."""
        cured = with_delta(settings, remedy.settings)
        if remedy.files:
            keep = self.runner.session.keep_text
            kept = {path: keep(path, text) for path, text in remedy.files.items()}
            cured = replace(cured, edits={**cured.edits, **kept})
        return words(settings, cured) or label_of(remedy)

    async def action_search(self) -> None:
        """Open the line to search the pane with."""
        await self.open_prompt("search", "")

    async def activate(self, key: str) -> None:
        """Take a remedy that was clicked, or do a verb that the verdict offers."""
        if key.startswith("verb-"):
            await self.run_action(BY_ID[key.removeprefix("verb-")].action)
        elif key.startswith("remedy-"):
            await self.action_remedy(int(key.partition("-")[2]))
        else:
            await super().activate(key)

    async def open_retry(self, value: str) -> None:
        """Open the retry line with ``value`` in it, or say why not now."""
        if self.runner.running:
            self.say(f"{self.what_runs()} is running: x stops it, then r retries")
        elif self.scene.attempt is None:
            self.say("nothing was attempted yet, so there is nothing to retry")
        else:
            await self.open_prompt("retry", value)

    # Stop and quit

    def action_stop(self) -> None:
        """Stop what runs, at the second press."""
        if not self.runner.running:
            self.say("nothing is running; x stops what runs")
        elif self.runner.stopping:
            self.say("it is being stopped: what it started is given time to end, then killed")
        elif self.armed == "stop":
            self.runner.stop("stopped by you")
            self.hush()
        else:
            self.say(f"x again stops {self.what_runs()}", "warned")
            self.armed = "stop"

    def action_interrupt(self) -> None:
        """Copy what is selected, else stop what runs: both is what ctrl+c is pressed for."""
        if self.get_selected_text():
            self.action_copy()
        elif self.runner.running:
            self.action_stop()
        else:
            self.say("nothing is running; q quits")

    def action_quit(self) -> None:
        """Quit; while something runs, at the second press."""
        if self.runner.running and self.armed != "quit":
            self.say(f"{self.what_runs()} is running: q again stops it and quits", "warned")
            self.armed = "quit"
            return
        self.runner.stop("interrupted")
        self.app.exit()

"""Verbs that act: retry with a change, stop, quit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.widgets import Input

from buildscope.tui.screens.looking import Looking
from buildscope.tui.view import footer
from buildscope.tui.view.place import Place
from buildscope.tui.view.retry import Preview, completed, preview
from buildscope.tui.view.rows import row
from buildscope.tui.view.state import running_phase
from buildscope.tui.view.verdict import digits
from buildscope.tui.widgets.prompt import RETRY, SEARCH, Prompt, PromptLine

if TYPE_CHECKING:
    from textual.widget import Widget

    from buildscope.model.run import Attempt
    from buildscope.session.runner import Runner


class Acting(Looking):
    """The prompt at the bottom, and what enter on it starts."""

    prompt: Prompt | None = None
    retried: Attempt | None = None
    """What the open retry line would change."""
    focused_before: Widget | None = None

    @property
    def runner(self) -> Runner:
        """What runs attempts."""
        return self.watcher.runner

    # The retry line

    async def action_retry(self) -> None:
        """Open the retry line, empty."""
        await self._open_retry("")

    async def action_add(self) -> None:
        """Open the retry line, to add a build requirement."""
        await self._open_retry("+")

    async def action_isolation(self) -> None:
        """Open the retry line, to turn isolation off, or on where it is off."""
        attempt = self.scene.attempt
        off = attempt is None or attempt.settings.isolation
        await self._open_retry("isolation off" if off else "isolation on")

    async def action_python(self) -> None:
        """Open the retry line, to take another interpreter."""
        await self._open_retry("python ")

    async def action_remedy(self, digit: int) -> None:
        """Open the retry line, filled with a remedy."""
        remedies = digits(self.scene.attempt)
        if digit <= len(remedies):
            await self._open_retry(remedies[digit - 1].label)
        elif remedies:
            self.say(f"there is no remedy {digit}: this failure has {len(remedies)}")
        else:
            self.say(f"{digit} takes a remedy, and there is none to take; r retries with a change")

    async def _open_retry(self, value: str) -> None:
        refusal = self._why_not_retry()
        if refusal:
            self.say(refusal)
            return
        self.retried = self.scene.attempt
        await self._open_prompt(RETRY, value, self._history(RETRY))

    def _why_not_retry(self) -> str:
        attempt = self.scene.attempt
        if self.runner.running:
            return f"{self._what_runs()} is running: x stops it, then r retries"
        if attempt is None:
            return "nothing was attempted yet, so there is nothing to retry"
        return ""

    def _what_runs(self) -> str:
        record = self.watcher.record
        newest = record.last if record is not None else None
        run = running_phase(newest) if newest is not None else None
        return run.name if run is not None else "an attempt"

    async def action_search(self) -> None:
        """Open the line to search the pane with."""
        self.focused_before = self.searched_pane()
        await self._open_prompt(SEARCH, "", self._history(SEARCH))

    def _history(self, kind: str) -> list[str]:
        """List what was typed, after the labels of attempts that came from elsewhere."""
        typed = self.typed.setdefault(kind, [])
        record = self.scene.record
        if kind == RETRY and record is not None:
            labels = [one.label for one in record.attempts if one.parent is not None]
            return [label for label in labels if label not in typed] + typed
        return typed

    typed: dict[str, list[str]]

    async def _open_prompt(self, kind: str, value: str, history: list[str]) -> None:
        if self.prompt is not None:
            self.set_focus(self.prompt.line)
            return
        self.hush()
        if kind == RETRY:
            self.focused_before = self.focused
        self.prompt = Prompt(kind, value, history)
        self.prompt.set_class(kind == SEARCH, "-search")
        await self.mount(self.prompt, before=self.views["footer"])
        self.set_focus(self.prompt.line)
        self._tell_prompt()

    def _close_prompt(self) -> None:
        prompt, self.prompt = self.prompt, None
        if prompt is not None:
            prompt.remove()
        target = self.focused_before
        if target is not None and target.is_attached:
            target.focus()
        self.fill_footer()

    def fill_footer(self) -> None:
        """Show the prompt's own keys while it is open."""
        if self.prompt is None or self.message is not None:
            super().fill_footer()
            return
        verbs = footer.RETRY_LINE if self.prompt.kind == RETRY else footer.SEARCH_LINE
        self.views["footer"].fill_line(lambda width: footer.line(verbs, width))

    def _tell_prompt(self) -> None:
        """Say around the line what it would do as it stands."""
        prompt = self.prompt
        if prompt is None:
            return
        self.fill_footer()
        head = row((" Search", "strong"), ("  a regular expression, or plain words", "dim"))
        below = row()
        if prompt.kind == RETRY:
            shown = self._preview(prompt)
            head, below = shown.above, shown.below
        prompt.above.fill(lambda width, _height: (row(("─" * width, "warned")), head))
        prompt.below.show((below,))

    def _preview(self, prompt: Prompt) -> Preview:
        record, parent = self.scene.record, self.retried
        assert record is not None
        assert parent is not None
        return preview(record, parent, prompt.line.value, self.app.size.width)

    @on(Input.Changed)
    def _prompt_changed(self) -> None:
        self._tell_prompt()

    @on(PromptLine.Asked)
    def _prompt_asked(self, event: PromptLine.Asked) -> None:
        prompt = self.prompt
        if prompt is None:
            return
        if event.what == "close":
            self._close_prompt()
        elif prompt.kind == RETRY:
            labels = [remedy.label for remedy in digits(self.retried)]
            line = completed(prompt.line.value, labels)
            if line is not None:
                prompt.line.put(line)

    @on(Input.Submitted)
    def _prompt_submitted(self, event: Input.Submitted) -> None:
        prompt = self.prompt
        if prompt is None:
            return
        if prompt.kind == RETRY:
            self._submit_retry(prompt, event.value)
            return
        self._close_prompt()
        if event.value:
            self._remember(SEARCH, event.value)
            self.find(event.value)

    def _submit_retry(self, prompt: Prompt, line: str) -> None:
        shown = self._preview(prompt)
        if shown.settings is None or self.retried is None:
            return
        if self.runner.running:
            self.say(f"{self._what_runs()} is running: x stops it first")
            return
        self._remember(RETRY, line)
        self._close_prompt()
        self.place = Place()
        self.runner.retry(self.retried.id, shown.settings)
        self.redraw()

    def _remember(self, kind: str, line: str) -> None:
        typed = self.typed.setdefault(kind, [])
        if line.strip() and line not in typed[-1:]:
            typed.append(line)

    async def activate(self, key: str) -> None:
        """Take a remedy that was clicked."""
        if key.startswith("remedy-"):
            await self.action_remedy(int(key.partition("-")[2]))
        else:
            await super().activate(key)

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
            self.say(f"x again stops {self._what_runs()}", "warned")
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
            self.say(f"{self._what_runs()} is running: q again stops it and quits", "warned")
            self.armed = "quit"
            return
        self.runner.stop("interrupted")
        self.app.exit()

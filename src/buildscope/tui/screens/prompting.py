"""The prompt at the bottom: opening and closing it, and what it says while one types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on, work

from buildscope.errors import UsageError
from buildscope.tui.screens.previewing import LEFT_TO_THE_REST, VERB_ROWS, Previewing
from buildscope.tui.view import footer
from buildscope.tui.view.place import Place
from buildscope.tui.view.rows import row
from buildscope.tui.view.state import running_phase
from buildscope.tui.view.verdict import digits
from buildscope.tui.widgets.asked import Asked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.widget import Widget

    from buildscope.model.run import Attempt
    from buildscope.model.settings import Request
    from buildscope.tui.view.retry import Preview
    from buildscope.tui.view.rows import Row
    from buildscope.tui.watch import Watcher
    from buildscope.tui.widgets.asked import Kind
    from buildscope.tui.widgets.prompt import Prompt


class Prompting(Previewing):
    """At most one prompt is open, for a retry or for a search."""

    def __init__(self, watcher: Watcher) -> None:
        super().__init__(watcher)
        self.prompt: Prompt | None = None
        self._typed: dict[Kind, list[str]] = {"retry": [], "search": [], "verb": []}
        self._focused_before: Widget | None = None
        self.pythons: tuple[str, ...] = ()

    @property
    def typing(self) -> bool:
        """Whether keys go to the prompt."""
        return self.prompt is not None and self.focused is self.prompt.line

    @work(thread=True, group="warm")
    def warm(self) -> None:
        """Load in a thread, after the first paint, what the first keys will need."""
        from buildscope.tui.view import retry, syntax
        from buildscope.tui.widgets import prompt

        syntax.warm()
        found = self.runner.session.choices.interpreters()
        self.pythons = tuple(dict.fromkeys(_minor(one.version) for one in found))
        assert retry
        assert prompt

    async def open_prompt(self, kind: Kind, value: str) -> None:
        """Open the prompt with ``value`` in it; one that is open gets the focus back."""
        from buildscope.tui.widgets.prompt import Prompt

        if self.prompt is not None:
            self.set_focus(self.prompt.line)
            return
        self.hush()
        self.retried = self.scene.attempt
        self._focused_before = self.searched_pane() if kind == "search" else self.focused
        self.prompt = Prompt(kind, value, self._history(kind))
        self.prompt.add_class(f"-{kind}")
        await self.mount(self.prompt, before=self.views["footer"])
        self.set_focus(self.prompt.line)
        self.tell()

    def close_prompt(self) -> None:
        """Take the prompt away; the focus goes back to where it was."""
        prompt, self.prompt = self.prompt, None
        if prompt is not None:
            prompt.remove()
        target = self._focused_before
        if target is not None and target.is_attached:
            self.set_focus(target)
        self.fill_footer()

    def fill_footer(self) -> None:
        """Show the prompt's own keys while it is open."""
        if self.prompt is None or self.message is not None:
            super().fill_footer()
            return
        verbs = footer.SEARCH_LINE if self.prompt.kind == "search" else footer.RETRY_LINE
        self.views["footer"].fill_line(lambda width: footer.line(verbs, width))

    def what_runs(self) -> str:
        """Name the phase that runs, for messages."""
        record = self.watcher.record
        newest = record.last if record is not None else None
        run = running_phase(newest) if newest is not None else None
        return run.name if run is not None else "an attempt"

    def _history(self, kind: Kind) -> list[str]:
        """What was typed, after the labels of attempts that came from elsewhere."""
        typed, record = self._typed[kind], self.scene.record
        if kind != "retry" or record is None:
            return typed
        labels = [one.label for one in record.attempts if one.parent is not None]
        return [label for label in labels if label not in typed] + typed

    def tell(self) -> None:
        """Say around the line what it would do as it stands."""
        prompt = self.prompt
        if prompt is None:
            return
        self.fill_footer()
        if prompt.kind == "verb":
            self._tell_verbs(prompt)
            return
        above: tuple[Row, ...] = (
            row((" Search", "strong"), ("  a regular expression, or plain words", "dim")),
        )
        below = row()
        if prompt.kind == "retry":
            shown = self._preview(prompt.line.value)
            told = (*self.isolation_rows(shown.request), *self.edit_rows(shown.request))
            above, below = (shown.above, *told), shown.below
        prompt.tell(above, below)

    def _tell_verbs(self, prompt: Prompt) -> None:
        from buildscope.tui.view.palette import palette_rows, told_row

        line, (width, height) = prompt.line.value, self.app.size
        room = max(1, min(VERB_ROWS, height - LEFT_TO_THE_REST))
        rows = palette_rows(line, self.verb_values(), width, room)
        prompt.tell((row((" Verbs", "strong")), *rows), told_row(line, width))

    def _preview(self, line: str) -> Preview:
        from buildscope.tui.view.retry import preview

        record, parent = self.scene.record, self.retried
        if record is None or parent is None:
            raise LookupError("a retry line without an attempt to retry")
        drafts = self.runner.session.drafts
        return preview(record, parent, line, self.app.size.width, drafts)

    @on(Asked)
    def _asked(self, event: Asked) -> None:
        prompt = self.prompt
        if prompt is None:
            return
        if event.what == "changed":
            self.tell()
        elif event.what == "close":
            self.close_prompt()
        elif event.what == "complete":
            self._complete(prompt)
        elif prompt.kind == "retry":
            self._retry(event.value)
        elif prompt.kind == "verb":
            self._verb(event.value)
        else:
            self._search(event.value)

    def begin_retry(self, parent: Attempt, request: Request) -> None:
        """Make another attempt, and follow it."""
        self.place = Place()
        self.runner.retry(parent.id, request)

    def _values(self) -> dict[str, Sequence[str]]:
        """What may stand after words of the retry line."""
        return {"python": self.pythons, "edit": tuple(sorted(self.runner.session.drafts))}

    def verb_values(self) -> Mapping[str, Sequence[str]]:
        """What may stand after a verb of the palette."""
        raise NotImplementedError

    def _complete(self, prompt: Prompt) -> None:
        from buildscope.tui.view.names import known_names
        from buildscope.tui.view.palette import complete_verb
        from buildscope.tui.view.retry import completed

        line, typed = None, prompt.line.value
        if prompt.kind == "retry":
            labels = [remedy.label for remedy in digits(self.retried)]
            line = completed(typed, labels, known_names(self.retried), self._values())
        elif prompt.kind == "verb":
            line = complete_verb(typed, self.verb_values())
        if line is not None:
            prompt.line.put(line)

    def _verb(self, line: str) -> None:
        """Do what was typed; a line that no verb is made of stays, with what is wrong told."""
        from buildscope.tui.view.verbs import parse_verb

        if line.strip():
            try:
                parse_verb(line)
            except UsageError:
                return
            self._remember("verb", line)
            self.run_worker(self.run_verb(line))
        self.close_prompt()

    async def run_verb(self, line: str) -> None:
        """Do what was typed on the palette's line; it was parsed before."""
        raise NotImplementedError

    def _search(self, line: str) -> None:
        self.close_prompt()
        if line:
            self._remember("search", line)
            self.find(line)

    def _retry(self, line: str) -> None:
        request = self._preview(line).request
        if request is None or self.retried is None:
            return
        if self.runner.running:
            self.say(f"{self.what_runs()} is running: x stops it first")
            return
        self._remember("retry", line)
        self.close_prompt()
        self.begin_retry(self.retried, request)
        self.redraw()

    def _remember(self, kind: Kind, line: str) -> None:
        typed = self._typed[kind]
        if line.strip() and line not in typed[-1:]:
            typed.append(line)


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])

"""A screen of rows to read that can be searched."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding

from buildscope.tui.screens.reading import ReadingScreen
from buildscope.tui.view.footer import SEARCH_LINE, line
from buildscope.tui.view.output import compile_search
from buildscope.tui.view.rows import row
from buildscope.tui.widgets.asked import Asked

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.binding import BindingType

    from buildscope.tui.view.rows import Row
    from buildscope.tui.widgets.prompt import Prompt


class SearchedScreen(ReadingScreen):
    """``/`` opens a line at the bottom; ``n`` and ``N`` go from match to match."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "search", id="reading-search"),
        Binding("n", "match(1)", "next match", id="reading-next"),
        Binding("N", "match(-1)", "match before", id="reading-previous"),
    ]

    def __init__(self, title: str, rows: Callable[[int], tuple[Row, ...]]) -> None:
        super().__init__(title, rows)
        self.prompt: Prompt | None = None
        self.searched: list[str] = []

    async def action_search(self) -> None:
        """Ask what to search for."""
        from buildscope.tui.widgets.prompt import Prompt

        prompt = self.prompt = Prompt("search", "", self.searched)
        prompt.set_class(True, "-search")
        await self.mount(prompt, before=self.foot)
        head = row((" Search", "strong"), ("  a regular expression, or plain words", "dim"))
        prompt.above.fill(lambda width, _height: (row(("─" * width, "warned")), head))
        self.set_focus(prompt.line)
        self.foot.fill_line(lambda width: line(SEARCH_LINE, width))

    def action_match(self, step: int) -> None:
        """Go to the next (1) or previous (-1) match; with 0 the first from here."""
        if self.rows.pattern is None:
            self.say("nothing is searched for; / begins a search")
            return
        at = self.rows.go_to_match(step)
        if at is None:
            self.say("no line matches")
        else:
            self.say(f"{at} of {len(self.rows.matches)} lines that match; n next, N before")

    @on(Asked)
    def _asked(self, event: Asked) -> None:
        prompt = self.prompt
        if prompt is None or event.what not in {"close", "submit"}:
            return
        self.prompt = None
        prompt.remove()
        self.set_focus(self.rows)
        self.fill_lines()
        if event.what == "submit" and event.value:
            self.searched.append(event.value)
            pattern, _ = compile_search(event.value)
            self.rows.search(pattern, self.rows.find(pattern))
            self.action_match(0)

"""A line to type in, with rows above and beneath it that tell what it would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from buildscope.tui.widgets.rows import RowsView

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

RETRY, SEARCH = "retry", "search"


class PromptLine(Input):
    """The line itself: history with up and down, completion with tab, escape closes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "older", "history", show=False, id="prompt-older"),
        Binding("down", "newer", "history", show=False, id="prompt-newer"),
        Binding("tab", "complete", "complete", show=False, id="prompt-complete"),
        Binding("escape", "close", "close", show=False, id="prompt-close"),
    ]

    class Asked(Message):
        """``what`` is ``close`` or ``complete``."""

        def __init__(self, what: str) -> None:
            super().__init__()
            self.what = what

    def __init__(self, value: str, history: list[str]) -> None:
        super().__init__(value, select_on_focus=False, compact=True)
        self.cursor_blink = False
        self._history = [*history, value]
        self._at = len(history)

    def action_older(self) -> None:
        """The line before in the history."""
        self._recall(-1)

    def action_newer(self) -> None:
        """The line after in the history."""
        self._recall(1)

    def action_complete(self) -> None:
        """Complete the last word."""
        self.post_message(self.Asked("complete"))

    def action_close(self) -> None:
        """Give up."""
        self.post_message(self.Asked("close"))

    def put(self, value: str) -> None:
        """Replace the line; the cursor goes to its end."""
        self.value = value
        self.cursor_position = len(value)

    def _recall(self, step: int) -> None:
        at = self._at + step
        if 0 <= at < len(self._history):
            self._at = at
            self.put(self._history[at])


class Prompt(Vertical):
    """The line and its rows; ``kind`` tells what it is for."""

    def __init__(self, kind: str, value: str, history: list[str]) -> None:
        super().__init__(id="prompt")
        self.kind = kind
        self.above = RowsView("above")
        self.below = RowsView("below")
        self.line = PromptLine(value, history)

    def compose(self) -> ComposeResult:
        """The rows around the line."""
        yield self.above
        yield self.line
        yield self.below

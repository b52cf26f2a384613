"""A line to type in, with rows above and beneath it that tell what it would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Input

from buildscope.tui.view.rows import row
from buildscope.tui.widgets.asked import Asked
from buildscope.tui.widgets.rows import RowsView

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from buildscope.tui.view.rows import Row
    from buildscope.tui.widgets.asked import Kind


class PromptLine(Input):
    """The line itself: history with up and down, completion with tab, escape closes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "recall(-1)", "history", show=False, id="prompt-older"),
        Binding("down", "recall(1)", "history", show=False, id="prompt-newer"),
        Binding("tab", "ask('complete')", "complete", show=False, id="prompt-complete"),
        Binding("escape", "ask('close')", "close", show=False, id="prompt-close"),
    ]

    def __init__(self, value: str, history: list[str]) -> None:
        super().__init__(value, select_on_focus=False, compact=True)
        self.cursor_blink = False
        self._history = [*history, value]
        self._at = len(history)

    def action_recall(self, step: int) -> None:
        """Put an older (-1) or newer (1) line of the history in place of this one."""
        at = self._at + step
        if 0 <= at < len(self._history):
            self._at = at
            self.put(self._history[at])

    def remember(self, line: str) -> None:
        """Take a line that was submitted into the history."""
        self._history[-1:] = [line, ""]
        self._at = len(self._history) - 1

    def action_ask(self, what: str) -> None:
        """Tell the screen of a key that it must answer."""
        self.post_message(Asked("close" if what == "close" else "complete", self.value))

    def put(self, value: str) -> None:
        """Replace the line; the cursor goes to its end."""
        self.value = value
        self.cursor_position = len(value)


class Prompt(Vertical):
    """The line and its rows; ``kind`` tells what it is for."""

    def __init__(self, kind: Kind, value: str, history: list[str]) -> None:
        super().__init__()
        self.kind = kind
        self.above = RowsView("above")
        self.below = RowsView("below")
        self.line = PromptLine(value, history)

    def compose(self) -> ComposeResult:
        """The rows around the line."""
        yield self.above
        yield self.line
        yield self.below

    def tell(self, above: tuple[Row, ...], below: Row) -> None:
        """Show what stands around the line."""
        self.above.styles.height = 1 + len(above)
        self.above.fill(lambda width, _height: (row(("─" * width, "warned")), *above))
        self.below.show((below,))

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(Asked("changed", event.value))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(Asked("submit", event.value))

"""The keys, made from the table that the bindings are made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding

from buildscope.tui.view.footer import line
from buildscope.tui.view.help import help_rows
from buildscope.tui.view.rows import row, spread
from buildscope.tui.widgets.paint import PaintedScreen
from buildscope.tui.widgets.pane import RowsPane
from buildscope.tui.widgets.rows import RowsView

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

_MOVES = (
    ("down", "j,down"),
    ("up", "k,up"),
    ("top", "g,home"),
    ("end", "G,end"),
    ("page_down", "pagedown,space"),
    ("page_up", "pageup"),
)


class HelpScreen(PaintedScreen):
    """All keys, by what they are for."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q", "close", "close", id="help-close"),
        *(Binding(keys, f"move('{where}')", where, id=f"help-{where}") for where, keys in _MOVES),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.keys = RowsPane(id="keys")
        self.head = RowsView("title")
        self.foot = RowsView("footer")

    def compose(self) -> ComposeResult:
        """Title, keys, footer."""
        yield self.head
        yield self.keys
        yield self.foot

    def on_mount(self) -> None:
        """Lay the keys out for the width."""
        self.head.fill_line(
            lambda width: row(*spread(((" Keys", "strong"),), (("buildscope ", "dim"),), width))
        )
        verbs = (("j k", "scroll"), ("esc", "back"), ("q", "back"))
        self.foot.fill_line(lambda width: line(verbs, width))
        self.keys.focus()
        self.on_resize()

    def on_resize(self) -> None:
        """Two columns where there is room."""
        self.keys.show(help_rows(self.app.size.width - 3))

    def action_move(self, where: str) -> None:
        """Move through the keys."""
        self.keys.move(where)

    def action_close(self) -> None:
        """Back to the main screen."""
        self.dismiss()

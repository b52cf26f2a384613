"""A screen of rows to read, or to choose one from: title, rows, footer."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding

from buildscope.tui.view.footer import line
from buildscope.tui.view.rows import cut, row, spread
from buildscope.tui.widgets.paint import PaintedScreen
from buildscope.tui.widgets.pane import RowsPane
from buildscope.tui.widgets.rows import Activated, RowsView

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from buildscope.tui.view.rows import Row

_MOVES = (
    ("down", "j,down"),
    ("up", "k,up"),
    ("top", "g,home"),
    ("end", "G,end"),
    ("page_down", "pagedown,space"),
    ("page_up", "pageup"),
    ("left", "h,left"),
    ("right", "l,right"),
)


class ReadingScreen(PaintedScreen):
    """Shows what ``rows`` makes for a width; ``esc`` and ``q`` go back."""

    verbs: tuple[tuple[str, str], ...] = (("j k", "scroll"), ("esc", "back"), ("q", "back"))

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q", "close", "close", id="reading-close"),
        *(
            Binding(keys, f"move('{where}')", where, id=f"reading-{where}")
            for where, keys in _MOVES
        ),
        Binding("y", "copy", "copy", id="reading-copy"),
        Binding("enter", "take('enter')", "take", id="reading-take"),
    ]

    def __init__(self, title: str, rows: Callable[[int], tuple[Row, ...]]) -> None:
        super().__init__()
        self.heading = title
        self.make = rows
        self.rows = RowsPane(id="keys")
        self.head = RowsView("title")
        self.foot = RowsView("footer")

    def compose(self) -> ComposeResult:
        """Title, rows, footer."""
        yield self.head
        yield self.rows
        yield self.foot

    def on_mount(self) -> None:
        """Lay the rows out for the width."""
        self.fill_lines()
        self.rows.focus()
        self.refill()

    def fill_lines(self) -> None:
        """Title and verbs, over what was said there."""
        self.head.fill_line(
            lambda width: row(
                *spread(
                    ((f" {cut(self.heading, width - 14)}", "strong"),),
                    (("buildscope ", "dim"),),
                    width,
                )
            )
        )
        self.foot.fill_line(lambda width: line(self.verbs, width))

    def on_resize(self) -> None:
        """The rows depend on the width."""
        self.refill()

    def refill(self) -> None:
        """Make the rows again."""
        self.rows.show(self.make(self.app.size.width - 3))

    def say(self, text: str) -> None:
        """Put a sentence in the place of the verbs."""
        self.foot.fill_line(lambda width: row((cut(f" {text}", width), "warned")))

    def action_move(self, where: str) -> None:
        """Move through the rows."""
        self.rows.move(where)

    def action_copy(self) -> None:
        """Copy what is selected, else all."""
        text = self.get_selected_text() or "\n".join(one.plain.rstrip() for one in self.rows.rows)
        self.app.copy_to_clipboard(text)
        self.say("copied")

    def action_close(self) -> None:
        """Back to where one came from."""
        self.dismiss()

    def action_take(self, key: str) -> None:
        """Nothing here is to be taken."""


class ChoosingScreen(ReadingScreen):
    """Enter takes the row under the cursor: ``chosen`` is called with its key and the key pressed."""

    verbs: tuple[tuple[str, str], ...] = (("enter", "take"), ("j k", "move"), ("esc", "back"))

    def __init__(
        self,
        title: str,
        rows: Callable[[int], tuple[Row, ...]],
        chosen: Callable[[str, str], None],
    ) -> None:
        super().__init__(title, rows)
        self.chosen = chosen

    def on_mount(self) -> None:
        """The cursor begins on the first row that can be taken."""
        super().on_mount()
        self.call_after_refresh(self.to_first)

    def to_first(self) -> None:
        """Put the cursor on the first row that can be taken."""
        first = next((at for at, one in enumerate(self.rows.rows) if one.key), None)
        if first is not None and self.current is None:
            self.rows.go_to(first)

    @property
    def current(self) -> str | None:
        """The key of the row under the cursor."""
        return self.rows.key_at(self.rows.cursor) if self.rows.rows else None

    def action_move(self, where: str) -> None:
        """Move; up and down pass over rows that cannot be taken, while there are others."""
        super().action_move(where)
        step = {"down": 1, "up": -1}.get(where)
        if step is not None and self.current is None:
            rows = self.rows.rows
            way = range(self.rows.cursor, len(rows) if step > 0 else -1, step)
            found = next((at for at in way if rows[at].key), None)
            self.rows.move("end" if step > 0 else "top") if found is None else self.rows.go_to(
                found
            )

    @on(Activated)
    def _clicked(self, event: Activated) -> None:
        self.action_take("enter")
        event.stop()

    def action_take(self, key: str) -> None:
        """Take the row under the cursor."""
        current = self.current
        if current is None:
            self.say("there is nothing to take on this row")
            return
        self.dismiss()
        self.chosen(current, key)

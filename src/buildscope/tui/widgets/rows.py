"""Rows that do not scroll: title, verdict, footer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from buildscope.tui.widgets.paint import Painter, extract, segments_of, with_offsets

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.selection import Selection

    from buildscope.tui.view.rows import Row


class Activated(Message):
    """A row that does something was clicked, or enter was pressed on it."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key


class RowsView(Painter):
    """Shows the rows that a function makes for its size."""

    def __init__(self, id: str, *, classes: str = "") -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self.rows: tuple[Row, ...] = ()
        self._make: Callable[[int, int], tuple[Row, ...]] | None = None
        self._made_for = Size(0, 0)

    def fill(self, make: Callable[[int, int], tuple[Row, ...]]) -> None:
        """Show what ``make`` returns for a width and height, now and after each resize."""
        self._make = make
        if self.size:
            self._made_for = self.size
            self.show(make(self.size.width, self.size.height))

    def show(self, rows: tuple[Row, ...]) -> None:
        """Show ``rows``, whatever the size."""
        if rows != self.rows:
            self.rows = rows
            self.refresh()

    def fill_line(self, make: Callable[[int], Row]) -> None:
        """As ``fill``, with the one row that ``make`` returns for a width."""
        self.fill(lambda width, _height: (make(width),))

    def render_line(self, y: int) -> Strip:
        """Textual's line API."""
        if self._make is not None and self._made_for != self.size:
            self.fill(self._make)
        base = self.rich_style
        if y >= len(self.rows):
            return Strip.blank(self.size.width, base)
        text = self.text_of(self.rows[y].pieces)
        self.select(text, y)
        painted = with_offsets(segments_of(text, base, self.app.console), 0, y)
        return Strip(painted, text.cell_len).adjust_cell_length(self.size.width, base)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected part of the rows."""
        return extract([row.plain.rstrip() for row in self.rows], 0, selection), "\n"

    def on_click(self, event: events.Click) -> None:
        """A click does what the row's key says."""
        if event.y < len(self.rows) and not self.screen.selections:
            key = self.rows[event.y].key
            if key is not None:
                self.post_message(Activated(key))

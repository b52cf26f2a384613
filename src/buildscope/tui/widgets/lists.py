"""Lists in which the cursor is the choice: phases, attempts. And the tab bar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from buildscope.tui.widgets.pane import RowsPane
from buildscope.tui.widgets.rows import Activated, RowsView

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events

    from buildscope.tui.view.rows import Row


class ChoiceList(RowsPane):
    """A list whose rows depend on its width.

    ``chosen`` is called with the key of a row that the cursor was moved to; at once, so that a
    verb typed right after that acts on what is chosen.
    """

    keeps_cursor = True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.chosen: Callable[[str], None] = lambda _key: None
        self._make: Callable[[int], tuple[Row, ...]] | None = None

    def fill(self, make: Callable[[int], tuple[Row, ...]], chosen: str | None) -> None:
        """Show what ``make`` returns for a width, with the cursor on the row ``chosen``."""
        self._make = make
        self.on_resize()
        at = next((at for at, row in enumerate(self.rows) if row.key == chosen), self.cursor)
        if at != self.cursor:
            self.cursor = at
            self.show_cursor()
            self.refresh()

    def on_resize(self) -> None:
        """The rows depend on the width."""
        width = self.scrollable_content_region.width
        if self._make is not None and width > 0:
            self.show(self._make(width))

    def cursor_moved(self) -> None:
        """Moving is choosing."""
        key = self.key_at(self.cursor)
        if key is not None:
            self.chosen(key)


class TabBar(RowsView):
    """The tabs' names; a click shows one."""

    def on_click(self, event: events.Click) -> None:
        """Which name the click was on, by its column."""
        start = 0
        for text, _ in self.rows[0].pieces if self.rows else ():
            if start <= event.x < start + len(text) and text.strip().isalpha():
                self.post_message(Activated(f"tab:{text.strip().lower()}"))
            start += len(text)

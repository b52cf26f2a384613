"""A scrolling pane of lines with a cursor; search, selection and copying work in all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.segment import Segment
from rich.text import Text
from textual.cache import LRUCache
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from buildscope.tui.widgets.paint import (
    Painter,
    extract,
    segments_of,
    selected_lines,
    with_offsets,
)
from buildscope.tui.widgets.rows import Activated

if TYPE_CHECKING:
    import re

    from rich.style import Style
    from textual import events
    from textual.selection import Selection

    from buildscope.tui.view.rows import Row

_LEFT_STEP = 8


class Pane(Painter, ScrollView, can_focus=True, inherit_bindings=False):
    """Base of all scrolling panes: subclasses say how many lines there are and what each is."""

    gutter_width = 0
    keeps_cursor = False
    """Whether the cursor is a choice, shown without the focus too."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.cursor = 0
        self.pattern: re.Pattern[str] | None = None
        self.matches: list[int] = []
        self._strips: LRUCache[tuple[int, Style, int, int], Strip] = LRUCache(1024)

    @property
    def line_count(self) -> int:
        """How many lines there are."""
        raise NotImplementedError

    def line_text(self, number: int) -> Text:
        """Line ``number`` (from 0), without its gutter."""
        raise NotImplementedError

    def margin(self, number: int) -> Text:  # noqa: ARG002 - for subclasses
        """What stands before line ``number``, ``gutter_width`` cells that do not scroll."""
        return Text(" " * self.gutter_width)

    def key_at(self, number: int) -> str | None:  # noqa: ARG002 - for subclasses
        """What enter does on line ``number``; ``None``: nothing of its own."""
        return None

    def copied(self, number: int) -> str:
        """What copying line ``number`` copies."""
        return self.line_text(number).plain

    def resized_content(self, width: int) -> None:
        """Tell the scroll bars; call it when lines came or went."""
        size = Size(width, self.line_count)
        if size != self.virtual_size:
            self.virtual_size = size

    def forget(self) -> None:
        """Drop what was painted; call it when lines changed."""
        self._strips.clear()
        self.refresh()

    # Moving

    def move(self, where: str) -> bool:
        """Move the cursor or scroll; whether that was possible."""
        if where in {"left", "right"}:
            return self._sideways(where)
        page = max(1, self.size.height - 1)
        steps = {"down": 1, "up": -1, "page_down": page, "page_up": -page}
        if where in steps:
            return self.go_to(self.cursor + steps[where])
        return self.go_to(0 if where == "top" else self.line_count - 1)

    def go_to(self, number: int) -> bool:
        """Put the cursor on line ``number``, or the nearest there is, and show it."""
        number = max(0, min(number, self.line_count - 1))
        moved = number != self.cursor
        self.cursor = number
        self.show_cursor()
        self.refresh()
        if moved:
            self.cursor_moved()
        return moved

    def cursor_moved(self) -> None:
        """For subclasses in which the cursor is a choice."""

    def show_cursor(self) -> None:
        """Scroll as little as needed to have the cursor in view."""
        top, height = self.scroll_offset.y, self.size.height
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, immediate=True)
        elif self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False, immediate=True)

    def show_in_middle(self, number: int) -> None:
        """Scroll so that line ``number`` has lines around it."""
        top = max(0, number - self.size.height // 2)
        self.scroll_to(y=top, animate=False, immediate=True)

    def _sideways(self, where: str) -> bool:
        at = self.scroll_offset.x
        step = _LEFT_STEP if where == "right" else -_LEFT_STEP
        target = max(0, min(at + step, round(self.max_scroll_x)))
        self.scroll_to(x=target, animate=False, immediate=True)
        return target != at

    # Painting

    def render_line(self, y: int) -> Strip:
        """Textual's line API: only what is in view is ever painted."""
        left, top = self.scroll_offset
        number, base = top + y, self.rich_style
        if number >= self.line_count:
            return Strip.blank(self.size.width, base)
        if number == self.cursor and (self.has_focus or self.keeps_cursor):
            base += self.style_of("cursor" if self.has_focus else "selected")
        room = self.scrollable_content_region.width
        if self.text_selection is not None or not self.may_keep(number):
            return self._paint(number, base, left, room)
        key = (number, base, left, room)
        strip = self._strips.get(key)
        if strip is None:
            strip = self._strips[key] = self._paint(number, base, left, room)
        return strip

    def _paint(self, number: int, base: Style, left: int, room: int) -> Strip:
        """Gutter, what is in view of the line, an ellipsis where there is more.

        One strip a line: making strips is most of what a full screen costs.
        """
        text = self.line_text(number)
        if self.pattern is not None:
            self._mark_matches(text)
        self.select(text, number)
        width = max(0, room - self.gutter_width)
        body = segments_of(text, base, self.app.console)
        cells = text.cell_len
        more = cells - left > width
        if left or more:
            body = list(Strip(body, cells).crop(left, left + width - more))
        painted = with_offsets(body, left, number)
        if more:
            painted += segments_of(self.text_of([("…", "dim")]), base, self.app.console)
        elif cells - left < width:
            painted.append(Segment(" " * (width - max(0, cells - left)), base))
        if self.gutter_width:
            margin = self.margin(number)
            painted = segments_of(margin, base, self.app.console) + painted
        return Strip(painted, room)

    def _mark_matches(self, text: Text) -> None:
        assert self.pattern is not None
        style = self.style_of("match")
        for found in self.pattern.finditer(text.plain):
            if found.end() > found.start():
                text.stylize(style, found.start(), found.end())

    def may_keep(self, number: int) -> bool:  # noqa: ARG002 - for subclasses
        """Whether line ``number`` will not change any more."""
        return True

    def notify_style_update(self) -> None:
        """Textual tells that colours changed."""
        super().notify_style_update()
        self._strips.clear()

    # Selecting and copying

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text; only selected lines are read."""
        numbers = selected_lines(selection, self.line_count)
        lines = [self.line_text(number).plain for number in numbers]
        return extract(lines, numbers.start, selection), "\n"

    def selection_updated(self, selection: Selection | None) -> None:  # noqa: ARG002 - Textual's
        """Textual tells that the selection changed."""
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor there, and does what that row does."""
        number = event.y + self.scroll_offset.y
        if self.screen.selections or number >= self.line_count:
            return
        self.go_to(number)
        key = self.key_at(number)
        if key is not None:
            self.post_message(Activated(key))

    # Searching

    def search(self, pattern: re.Pattern[str], matches: list[int]) -> None:
        """Show ``matches``, the numbers of the lines in which ``pattern`` is found."""
        self.pattern, self.matches = pattern, matches
        self.forget()

    def clear_search(self) -> bool:
        """Forget a search; whether there was one."""
        had = self.pattern is not None
        self.pattern, self.matches = None, []
        self.forget()
        return had

    def go_to_match(self, step: int) -> int | None:
        """Go to the next (1) or previous (-1) match, around the end; its position, from 1.

        With 0, a match on the cursor's own line is the next one.
        """
        if not self.matches:
            return None
        if step >= 0:
            first = self.cursor + step
            later = (at for at, line in enumerate(self.matches) if line >= first)
            at = next(later, 0)
        else:
            earlier = [at for at, line in enumerate(self.matches) if line < self.cursor]
            at = earlier[-1] if earlier else len(self.matches) - 1
        self.go_to(self.matches[at])
        return at + 1


class RowsPane(Pane):
    """A pane over rows that a view made."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rows: tuple[Row, ...] = ()

    def show(self, rows: tuple[Row, ...], widest: int | None = None) -> None:
        """Show other rows, ``widest`` cells at most; the cursor stays on its line."""
        if rows == self.rows:
            return
        self.rows = rows
        self.cursor = min(self.cursor, max(0, len(rows) - 1))
        self.matches = self.find(self.pattern) if self.pattern is not None else []
        self.resized_content(widest or max((row.width for row in rows), default=0))
        self.forget()

    def find(self, pattern: re.Pattern[str]) -> list[int]:
        """Numbers of the rows in which ``pattern`` is found."""
        return [at for at, row in enumerate(self.rows) if pattern.search(row.plain)]

    def find_where(self, file: str, line: int) -> int | None:
        """The row that stands for a line of a source file; the marked one if there is one."""
        found = [at for at, row in enumerate(self.rows) if row.where == (file, line)]
        return found[-1] if found else None

    @property
    def line_count(self) -> int:
        """How many rows there are."""
        return len(self.rows)

    def line_text(self, number: int) -> Text:
        """One row, styled."""
        return self.text_of(self.rows[number].pieces)

    def copied(self, number: int) -> str:
        """What the row says; all rows of its block where it has the key of one (``block:…``)."""
        said = self.rows[number].copy if number < len(self.rows) else None
        if said is not None:
            return said
        key = self.key_at(number) or ""
        rows = [row for row in self.rows if row.key == key] if key.startswith("block:") else []
        return "\n".join(row.plain for row in rows) or super().copied(number)

    def key_at(self, number: int) -> str | None:
        """The row's own key."""
        return self.rows[number].key if number < len(self.rows) else None

"""The output of a phase, read from its files line by line as it comes into view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from buildscope.tui.view.output import line_text, loudness
from buildscope.tui.widgets.pane import Pane

if TYPE_CHECKING:
    from rich.text import Text

    from buildscope.journal.lines import SpoolReader

_SHORTEST_GUTTER = 8
_USUAL_BYTES = 2048
_POURING = 2
"""Screens of new lines since the last look, above which every other look is left out."""


class OutputPane(Pane):
    """Follows while the cursor is on the last line; nothing is read that is not in view."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.reader: SpoolReader | None = None
        self.evidence: int | None = None
        self.following = True
        self._count = 0
        self._growing = False
        self._widest = 0
        self._placeholder = ""
        self._left_out = False

    @property
    def line_count(self) -> int:
        """Lines known, or one that says why there are none."""
        return self._count or 1

    @property
    def known_lines(self) -> int:
        """Lines of output known so far."""
        return self._count

    def attach(self, reader: SpoolReader | None, placeholder: str, *, growing: bool) -> None:
        """Show another phase's output, or what has come since; ``growing``: more may come."""
        if reader is not self.reader:
            self._restart(reader)
        count = reader.refresh() if reader is not None and (growing or self._growing) else None
        changed = (placeholder, growing) != (self._placeholder, self._growing)
        self._placeholder, self._growing = placeholder, growing
        if changed:
            self.forget()
        if reader is not None:
            self._grow(len(reader) if count is None else count)

    def _too_fast(self, count: int) -> bool:
        """Whether lines pour in faster than anybody reads, and this look may be left out."""
        pouring = self._growing and count - self._count > _POURING * self.size.height
        self._left_out = pouring and self._count > 0 and not self._left_out
        return self._left_out

    def _restart(self, reader: SpoolReader | None) -> None:
        self.reader, self.evidence = reader, None
        self._count = self._widest = self.cursor = 0
        self.following = True
        self.pattern, self.matches = None, []
        if reader is not None:
            reader.refresh()
        self.scroll_to(0, 0, animate=False, immediate=True)
        self.resized_content(0)
        self.forget()

    def _grow(self, count: int) -> None:
        if count == self._count:
            if self._growing and self.in_view(count - 1):
                self.refresh()
            return
        if self._too_fast(count):
            return
        self._count = count
        self.gutter_width = max(_SHORTEST_GUTTER, len(str(count)) + 4)
        self.resized_content(self._widest + self.gutter_width)
        if self.following:
            self.cursor = count - 1
            self._to_end()
            self.call_after_refresh(self._to_end)
        self.refresh()

    def _to_end(self) -> None:
        # Forced: before the layout has made room for a scroll bar, Textual takes no scrolling.
        if self.following:
            self.scroll_to(y=self._count, animate=False, force=True, immediate=True)

    def in_view(self, number: int) -> bool:
        """Whether line ``number`` is on the screen."""
        return self.scroll_offset.y <= number < self.scroll_offset.y + self.size.height

    def go_to(self, number: int) -> bool:
        """As in every pane; on the last line the pane follows again."""
        moved = super().go_to(number)
        self.following = self.cursor >= self._count - 1
        return moved

    def on_mouse_scroll_up(self) -> None:
        """Looking back ends following."""
        self.following = False

    def on_resize(self) -> None:
        """Stay at the end while following."""
        if self.following:
            self.call_after_refresh(self._to_end)

    def go_to_evidence(self, number: int) -> None:
        """Mark line ``number`` as the cause's, and show it in the middle."""
        self.evidence = number
        self.go_to(number)
        self.forget()
        self.call_after_refresh(self._to_middle, number)

    def _to_middle(self, number: int) -> None:
        middle = max(0, number - self.size.height // 2)
        self.scroll_to(y=middle, animate=False, immediate=True)

    def line_text(self, number: int) -> Text:
        """The line as text, kept colours and all."""
        if self.reader is None or self._count == 0:
            return self.text_of([(self._placeholder, "dim")])
        text = line_text(self._read(number))
        loud = loudness(text.plain[:400]) if not text.spans else ""
        if loud:
            text.stylize_before(self.style_of(loud))
        if number == self.evidence:
            text.stylize(self.style_of("strong"))
        if text.cell_len > self._widest:
            self._widest = text.cell_len
            self.call_later(self.resized_content, self._widest + self.gutter_width)
        return text

    def _read(self, number: int) -> str:
        assert self.reader is not None
        raw = self.reader.raw(number, _USUAL_BYTES)
        if len(raw) == _USUAL_BYTES:
            raw = self.reader.raw(number)
        return raw.decode("utf-8", errors="replace")

    def margin(self, number: int) -> Text:
        """The stream's mark, the line's number, an arrow at the cause's line."""
        if self.reader is None or self._count == 0:
            return super().margin(number)
        width = self.gutter_width - 4
        mark = "▎" if self.reader.stream(number) == "stderr" else " "
        arrow = "❱" if number == self.evidence else " "
        style = "strong" if number == self.evidence else "dim"
        return self.text_of(
            [(f"{mark} ", "failed"), (f"{number + 1:>{width}}", style), (f"{arrow} ", "failed")]
        )

    def may_keep(self, number: int) -> bool:
        """The last line of a process that runs may not have ended."""
        return not self._growing or number < self._count - 1

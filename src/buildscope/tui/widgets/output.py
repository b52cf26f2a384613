"""The output of a phase, read from its files line by line as it comes into view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from buildscope.diagnosis.messages import Scan
from buildscope.tui.view.output import line_text, mark_of
from buildscope.tui.widgets.pane import Pane

if TYPE_CHECKING:
    from rich.text import Text

    from buildscope.journal.lines import SpoolReader
    from buildscope.tui.view.rows import Piece

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
        self.scan = Scan()
        self.told: int | None = None
        self._marked: tuple[int, Piece | None] = (-1, None)
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
        self.reader, self.evidence, self.told = reader, None, None
        self.scan = Scan()
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
        self.forget()
        self.go_to_told(number)

    def go_to_told(self, number: int) -> None:
        """Show line ``number`` in the middle; from there the next error is the one below."""
        self.told = number
        self.go_to(number)
        self.call_after_refresh(self.show_in_middle, number)

    def next_from(self) -> int:
        """The line from which the next error is sought: the first one while following."""
        if self.cursor == self.told:
            return self.cursor + 1
        return 0 if self.following else self.cursor

    def around(self, number: int, lines: int) -> tuple[list[str], list[str]]:
        """Up to ``lines`` lines before and after line ``number``, without their colours."""
        before = range(max(0, number - lines), number)
        after = range(number + 1, min(number + lines + 1, self._count))
        return [self.copied(at) for at in before], [self.copied(at) for at in after]

    def line_text(self, number: int) -> Text:
        """The line as text, kept colours and all."""
        if self.reader is None or self._count == 0:
            return self.text_of([(self._placeholder, "dim")])
        text = line_text(self._read(number))
        mark = mark_of(text.plain)
        self._marked = (number, mark)
        if mark is not None and not text.spans:
            text.stylize_before(self.style_of(mark[1]))
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
        """The stream's mark, the line's number, what marks the cause's line, an error, a warning."""
        if self.reader is None or self._count == 0:
            return super().margin(number)
        width = self.gutter_width - 4
        stream = "▎" if self.reader.stream(number) == "stderr" else " "
        style = "strong" if number == self.evidence else "dim"
        if number != self._marked[0]:
            self.line_text(number)
        mark, loud = self._marked[1] or (" ", "")
        if number == self.evidence:
            mark, loud = "❱", "failed"
        return self.text_of(
            [(f"{stream} ", "failed"), (f"{number + 1:>{width}}", style), (f"{mark} ", loud)]
        )

    def may_keep(self, number: int) -> bool:
        """The last line of a process that runs may not have ended."""
        return not self._growing or number < self._count - 1

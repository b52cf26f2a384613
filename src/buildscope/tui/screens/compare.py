"""Two attempts side by side; left and right change what is compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work

from buildscope.session.comparing import compared
from buildscope.tui.screens.reading import ReadingScreen
from buildscope.tui.view.rows import Row, row

if TYPE_CHECKING:
    from buildscope.model.run import SessionRecord
    from buildscope.reports.compare import Kind, Line

_STYLES: dict[Kind, str] = {
    "head": "strong",
    "removed": "failed",
    "added": "passed",
    "note": "dim",
    "same": "",
}


class CompareScreen(ReadingScreen):
    """How attempt ``second`` differs from ``first``."""

    verbs = (("h l", "other attempt"), ("j k", "scroll"), ("y", "copy"), ("esc", "back"))

    def __init__(self, record: SessionRecord, first: int, second: int) -> None:
        super().__init__(f"#{first} → #{second}", self._rows)
        self.record = record
        self.first = first
        self.second = second
        self._lines: tuple[Line, ...] | None = None

    def on_mount(self) -> None:
        """Compare in a thread: outputs may be long."""
        super().on_mount()
        self._compare()

    def action_move(self, where: str) -> None:
        """Left and right: an older or newer attempt to compare with."""
        if where not in {"left", "right"}:
            super().action_move(where)
            return
        others = [one.id for one in self.record.attempts if one.id != self.second]
        at = others.index(self.first) + (1 if where == "right" else -1)
        if 0 <= at < len(others):
            self.first, self._lines = others[at], None
            self.heading = f"#{self.first} → #{self.second}"
            self.head.refresh()
            self._compare()

    @work(thread=True, exclusive=True, group="compare")
    def _compare(self) -> None:
        self._lines = compared(self.record, self.first, self.second)
        self.app.call_from_thread(self.refill)

    def _rows(self, _width: int) -> tuple[Row, ...]:
        told = self.record.attempt(self.second).label
        twin = f"buildscope sessions show {self.record.id} --compare {self.first} {self.second}"
        head = (
            row((f"#{self.first}", "strong"), " → ", (f"#{self.second} {told}", "strong")),
            row((f"= {twin}", "dim")),
            row(),
        )
        if self._lines is None:
            return (*head, row(("comparing …", "dim")))
        return (*head, *(row((one.text, _STYLES[one.kind])) for one in self._lines))

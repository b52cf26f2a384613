"""Two attempts side by side; left and right change what is compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work

from buildscope.session.comparing import compare_command, compared
from buildscope.tui.screens.searched import SearchedScreen
from buildscope.tui.view.compare import comparison_rows
from buildscope.tui.view.rows import Row, broken, row

if TYPE_CHECKING:
    from buildscope.model.run import SessionRecord
    from buildscope.reports.compare import Comparison


class CompareScreen(SearchedScreen):
    """How attempt ``second`` differs from ``first``."""

    verbs = (
        ("h l", "other attempt"),
        ("j k", "scroll"),
        ("/", "search"),
        ("y", "copy"),
        ("esc", "back"),
    )

    def __init__(self, record: SessionRecord, first: int, second: int) -> None:
        super().__init__("", self._rows)
        self.record = record
        self.first = first
        self.second = second
        self._comparison: Comparison | None = None
        self._entitle()

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
        if not 0 <= at < len(others):
            end = "last" if where == "right" else "first"
            self.say(f"#{self.first} is the {end} attempt to compare #{self.second} with")
            return
        self.first, self._comparison = others[at], None
        self._entitle()
        self.fill_lines()
        self.refill()
        self._compare()

    def _entitle(self) -> None:
        self.heading = f"#{self.second} compared with #{self.first}"

    @work(thread=True, exclusive=True, group="compare")
    def _compare(self) -> None:
        first = self.first
        found = compared(self.record, first, self.second)
        self.app.call_from_thread(self._show, first, found)

    def _show(self, first: int, found: Comparison) -> None:
        if first == self.first:  # else another one was asked for meanwhile
            self._comparison = found
            self.refill()

    def _rows(self, width: int) -> tuple[Row, ...]:
        if self._comparison is None:
            return (row(("comparing …", "dim")),)
        twin = compare_command(self.record, self.first, self.second)
        last = (row((line, "dim")) for line in broken(twin, width))
        return (*comparison_rows(self._comparison, width), row(), *last)

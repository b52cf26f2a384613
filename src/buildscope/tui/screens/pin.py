"""Versions of one distribution, to pin or to bound a build dependency."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding

from buildscope.errors import BuildscopeError, Cancelled
from buildscope.process.stop import Stop
from buildscope.tui.screens.reading import ChoosingScreen
from buildscope.tui.view.pin import release_rows, row_of
from buildscope.tui.view.rows import cut, row

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.binding import BindingType

    from buildscope.session.choices import Release
    from buildscope.tui.view.pin import Pinned
    from buildscope.tui.view.rows import Row

WORDS = {"enter": "{name}=={version}", "less_than_sign": "{name}<{version}"}


class PinScreen(ChoosingScreen):
    """``take`` is called with the words of the retry line; ``u`` takes a pin away."""

    verbs = (("enter", "pin"), ("<", "older than this"), ("u", "unpin"), ("esc", "back"))

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("less_than_sign", "take('less_than_sign')", "below", id="pin-below"),
        Binding("u", "unpin", "unpin", id="pin-unpin"),
    ]

    def __init__(
        self,
        pinned: Pinned,
        ask: Callable[[Stop], tuple[Release, ...]],
        take: Callable[[str], None],
    ) -> None:
        super().__init__(f"Versions of {pinned.name}", self._rows, self._taken)
        self.pinned = pinned
        self._ask = ask
        self._take = take
        self._stop = Stop()
        self._releases: tuple[Release, ...] | None = None
        self._error: str | None = None

    def on_mount(self) -> None:
        """Ask the index in a thread."""
        super().on_mount()
        self._look()

    def on_unmount(self) -> None:
        """An index that does not answer is not waited for."""
        self._stop.request("closed")

    def action_unpin(self) -> None:
        """Take away what constrains it."""
        if not self.pinned.constrained:
            self.say(f"{self.pinned.name} is not pinned")
            return
        self.dismiss()
        self._take(f"-{self.pinned.name}")

    @work(thread=True, exclusive=True, group="releases")
    def _look(self) -> None:
        try:
            self._releases = self._ask(self._stop)
        except Cancelled:
            return
        except BuildscopeError as error:
            self._error = ". ".join(filter(None, (error.message, error.hint)))
        self.app.call_from_thread(self._found)

    def _found(self) -> None:
        if not self.is_attached:
            return
        self.refill()
        if self._releases is not None:
            self.rows.go_to(HEAD + row_of(self._releases, self.pinned.installed))

    def _rows(self, width: int) -> tuple[Row, ...]:
        rows = release_rows(self._releases, self.pinned.installed, self._error)
        return (row((cut(self.pinned.words, width), "dim")), row(), *rows)

    def _taken(self, version: str, key: str) -> None:
        self._take(WORDS[key].format(name=self.pinned.name, version=version))


HEAD = 2
"""Rows above the first version."""

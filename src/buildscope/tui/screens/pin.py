"""Versions of one distribution, to pin or to bound a build dependency."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding

from buildscope.errors import BuildscopeError
from buildscope.tui.screens.reading import ChoosingScreen
from buildscope.tui.view.pin import release_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.binding import BindingType

    from buildscope.session.choices import Release
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
        name: str,
        installed: str | None,
        ask: Callable[[], tuple[Release, ...]],
        take: Callable[[str], None],
    ) -> None:
        super().__init__(f"Versions of {name}", self._rows, self._taken)
        self.distribution = name
        self._installed = installed
        self._ask = ask
        self._take = take
        self._releases: tuple[Release, ...] | None = None
        self._error: str | None = None

    def on_mount(self) -> None:
        """Ask the index in a thread."""
        super().on_mount()
        self._look()

    def action_unpin(self) -> None:
        """Take away what constrains it."""
        self.dismiss()
        self._take(f"-{self.distribution}")

    @work(thread=True, exclusive=True, group="releases")
    def _look(self) -> None:
        try:
            self._releases = self._ask()
        except BuildscopeError as error:
            self._error = error.message
        self.app.call_from_thread(self._found)

    def _found(self) -> None:
        self.refill()
        self.to_first()

    def _rows(self, _width: int) -> tuple[Row, ...]:
        return release_rows(self._releases, self._installed, self._error)

    def _taken(self, version: str, key: str) -> None:
        self._take(WORDS[key].format(name=self.distribution, version=version))

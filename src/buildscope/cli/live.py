"""Lines that are printed as things end, above a live one that is taken away at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.live import Live
from rich.text import Text

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import Console
    from typing_extensions import Self

_ASCII = {"✓": "+", "✗": "X", "▸": ">"}


class LiveLines:
    """A context manager, because a live line must be taken away; none without a terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._ascii = not console.encoding.lower().startswith("utf")
        self._live = Live(console=console, transient=True, auto_refresh=False)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._console.is_terminal:
            self._live.update(Text(), refresh=True)
            self._live.stop()

    def _mark(self, mark: tuple[str, str]) -> tuple[str, str]:
        """A mark and its style, in ASCII where the terminal has nothing else."""
        return (_ASCII.get(mark[0], mark[0]), mark[1]) if self._ascii else mark

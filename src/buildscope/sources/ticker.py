"""Progress, rarely enough for a view: at most about eight reports a second."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from buildscope.model.run import Progress

if TYPE_CHECKING:
    from collections.abc import Callable

INTERVAL = 0.125


class Ticker:
    """Passes progress on; what stands in ``text`` is being done.

    The first report and one at the end (``done`` equal to ``total``) always pass.
    """

    def __init__(
        self,
        on_progress: Callable[[Progress], None],
        text: str,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._on_progress = on_progress
        self._text = text
        self._clock = clock
        self._last: float | None = None

    def __call__(self, done: int | None = None, total: int | None = None) -> None:
        """Report ``done`` of ``total`` bytes, where they are known."""
        now = self._clock()
        due = self._last is None or now - self._last >= INTERVAL
        if due or (done is not None and done == total):
            self._last = now
            self._on_progress(Progress(text=self._text, done=done, total=total))

"""What a search may use up: seconds and attempts."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from buildscope.process.stop import Stop

if TYPE_CHECKING:
    from types import TracebackType

SPENT = "the search's time is used up"


class Budget:
    """``seconds`` from its making on, and ``attempts`` at most (``None``: as many as fit).

    ``user`` is the user's own wish to stop. Used as a context manager, it stops what runs when
    the time is over, or when ``user`` wants.
    """

    def __init__(self, seconds: float, attempts: int | None, user: Stop) -> None:
        self.seconds = seconds
        self.attempts = attempts
        self.started = time.monotonic()
        self.stop = Stop()
        self.user = user
        self._made = 0
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self.stop.request, (SPENT,))
        self._timer.daemon = True

    def __enter__(self) -> Budget:  # noqa: PYI034 - Self is of Python 3.11
        self._undo = self.user.subscribe(lambda: self.stop.request(self.user.reason))
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        self._undo()

    @property
    def elapsed(self) -> float:
        """Seconds since the search began."""
        return time.monotonic() - self.started

    @property
    def left(self) -> float:
        """Seconds that are left, 0 where none are."""
        return max(0.0, self.seconds - self.elapsed)

    @property
    def stopped(self) -> bool:
        """Whether the user stopped the search."""
        return self.user.requested

    @property
    def over(self) -> bool:
        """Whether nothing more may be begun."""
        return self.stop.requested or self.used_up

    @property
    def used_up(self) -> bool:
        """Whether all attempts are made."""
        return self.attempts is not None and self._made >= self.attempts

    def take(self) -> bool:
        """Take one attempt of those that may be made; whether there was one."""
        with self._lock:
            if self.over:
                return False
            self._made += 1
            return True

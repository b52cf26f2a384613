"""The wish to stop, passed from a client to whatever runs."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from buildscope.errors import Cancelled

if TYPE_CHECKING:
    from collections.abc import Callable


class Stop:
    """Set once, from any thread, by whoever wants an attempt to end."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], None]] = []
        self.reason = ""

    @property
    def requested(self) -> bool:
        """Whether a stop was requested."""
        return self._event.is_set()

    def request(self, reason: str) -> None:
        """Ask everything that watches this to end; ``reason`` is shown to the user."""
        with self._lock:
            if self._event.is_set():
                return
            self.reason = reason
            self._event.set()
            callbacks = list(self._callbacks)
        for callback in callbacks:
            callback()

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call ``callback`` when a stop is requested (at once if it was); returns its undoing."""
        with self._lock:
            pending = not self._event.is_set()
            if pending:
                self._callbacks.append(callback)
        if not pending:
            callback()

        def unsubscribe() -> None:
            with self._lock:
                if callback in self._callbacks:
                    self._callbacks.remove(callback)

        return unsubscribe

    def check(self) -> None:
        """Raise ``Cancelled`` when a stop was requested."""
        if self._event.is_set():
            raise Cancelled(self.reason or "stopped")

"""A client's hand on the hook that runs: ask where it stands, keep it alive at its exception."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from buildscope.process.held import HeldProcess
    from buildscope.process.supervised import Supervised


class Handle:
    """One for all attempts of a session; any thread may use it.

    ``hold`` says that a hook is to wait at an uncaught exception; ``held`` is the one that does.
    """

    def __init__(self, *, hold: bool = False) -> None:
        self.hold = hold
        self._lock = threading.Lock()
        self._running: Supervised | None = None
        self._held: HeldProcess | None = None

    @property
    def held(self) -> HeldProcess | None:
        """The process that waits, if one does and lives."""
        return self._held

    @property
    def pid(self) -> int | None:
        """The process id of the hook that runs."""
        running = self._running
        return running.outcome.pid or None if running is not None else None

    def ask_stack(self) -> bool:
        """Have the hook that runs report where it stands; whether one runs.

        The answer is among its reports, as soon as the interpreter can give one.
        """
        with self._lock:
            if self._running is None or not self._running.outcome.pid:
                return False
            self._running.ask_stack()
            return True

    def tell_held(self) -> None:
        """What runs has reported that it waits now."""
        with self._lock:
            if self._running is not None:
                self._running.inbox.put("held")

    def attach(self, running: Supervised | None) -> None:
        """Take note of what runs now, or that nothing does."""
        with self._lock:
            self._running = running

    def keep(self, held: HeldProcess) -> None:
        """Take over a process that waits."""
        self._held = held

    def release(self) -> None:
        """End the process that waits, if there is one."""
        held, self._held = self._held, None
        if held is not None:
            held.end()

"""Where an attempt waits between phases, and what lets it go on: a debugger's hand."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Literal

from buildscope.model.run import Pause

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildscope.model.names import Phase, When
    from buildscope.process.stop import Stop

Breakpoint = Literal["before", "after", "off"]
_POLL_SECONDS = 0.05


class Gate:
    """The user's wishes of where to pause; any thread may change them at any time.

    The engine asks ``pause_at`` at the boundaries of a phase and then waits in ``wait``.
    """

    def __init__(
        self, before: Iterable[Phase] = (), after: Iterable[Phase] = (), *, stepping: bool = False
    ) -> None:
        self._changed = threading.Condition()
        self._before = frozenset(before)
        self._after = frozenset(after)
        self._stepping = stepping
        self._until: Phase | None = None
        self._waiting: Pause | None = None

    @property
    def before(self) -> frozenset[Phase]:
        """Phases with a breakpoint before them."""
        return self._before

    @property
    def after(self) -> frozenset[Phase]:
        """Phases with a breakpoint after them."""
        return self._after

    @property
    def stepping(self) -> bool:
        """Whether every phase is paused at."""
        return self._stepping

    @property
    def waiting(self) -> Pause | None:
        """Where an attempt waits now."""
        return self._waiting

    def step(self) -> None:
        """Let it go on, to pause before the next phase."""
        self._go(stepping=True, until=None)

    def resume(self) -> None:
        """Let it go on to the next breakpoint or the end."""
        self._go(stepping=False, until=None)

    def run_until(self, phase: Phase) -> None:
        """Let it go on, to pause once after ``phase``; a breakpoint before that still pauses."""
        self._go(stepping=False, until=phase)

    def cycle(self, phase: Phase) -> Breakpoint:
        """Move the breakpoint of a phase: before it, after it, none; which it now is."""
        with self._changed:
            if phase in self._before:
                self._before -= {phase}
                self._after |= {phase}
                return "after"
            if phase in self._after:
                self._after -= {phase}
                return "off"
            self._before |= {phase}
            return "before"

    def set_breaks(self, *, before: Iterable[Phase], after: Iterable[Phase]) -> None:
        """Replace all breakpoints."""
        with self._changed:
            self._before, self._after = frozenset(before), frozenset(after)

    def pause_at(self, phase: Phase, when: When, call: str | None = None) -> Pause | None:
        """The pause that is due at this boundary, which ``wait`` then waits in, or ``None``."""
        with self._changed:
            why = self._reason(phase, when)
            self._waiting = (
                None if why is None else Pause(phase=phase, when=when, why=why, call=call)
            )
            return self._waiting

    def wait(self, stop: Stop) -> None:
        """Return when a client let the attempt go on; raises ``Cancelled`` when it was stopped."""
        try:
            with self._changed:
                while self._waiting is not None:
                    stop.check()
                    self._changed.wait(_POLL_SECONDS)
        finally:
            self._waiting = None

    def _go(self, *, stepping: bool, until: Phase | None) -> None:
        with self._changed:
            self._stepping, self._until, self._waiting = stepping, until, None
            self._changed.notify_all()

    def _reason(self, phase: Phase, when: When) -> str | None:
        if when == "before":
            if phase in self._before:
                return f"break before {phase}"
            return "step" if self._stepping else None
        if phase in self._after:
            return f"break after {phase}"
        if phase == self._until:
            self._until = None
            return f"until {phase}"
        return None

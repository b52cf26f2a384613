"""How a process ended."""

from __future__ import annotations

from buildscope.model.base import Record


class Ended(Record, frozen=True):
    """``exit_code`` or ``signal`` (its name, ``"SIGKILL"``) is set; ``seconds`` is wall time.

    ``timed_out`` and ``stopped`` say who ended it. ``left_behind`` counts processes that were
    still alive when the main one ended, and were killed. ``held``: it has not ended, it waits at
    its exception.
    """

    exit_code: int | None = None
    signal: str | None = None
    seconds: float = 0.0
    timed_out: bool = False
    stopped: bool = False
    left_behind: int = 0
    held: bool = False

    @property
    def ok(self) -> bool:
        """Whether it ended by itself with exit code 0."""
        return self.exit_code == 0 and not self.timed_out and not self.stopped

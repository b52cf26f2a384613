"""The pipe to buildscope: JSON lines, one after another, whichever thread or fork writes them."""

from __future__ import annotations

import json
import os
import stat
from _thread import allocate_lock, get_ident

TYPE_CHECKING = False  # importing `typing` costs 5 ms
if TYPE_CHECKING:
    from typing import Any, List

REPORT_FD = 3
_MOST = 16_000_000
_ATOMIC = 4096
"""POSIX promises no more: two processes that write more than that mix their lines (pipe(7))."""


class Reports:
    """Writes events to a descriptor that ``run`` handed over.

    buildscope redacts what arrives before it writes it to ``reports.jsonl``; nothing goes to
    disk from here. What was written survives ``os._exit``, signals and timeouts. Run by hand,
    without the pipe, it does nothing.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._pid = os.getpid()
        self._identity = _pipe(descriptor)
        self._lock = allocate_lock()
        self._writer = 0
        self._waiting: List[bytes] = []
        if self.connected:
            os.set_inheritable(descriptor, False)
            if hasattr(os, "register_at_fork"):
                os.register_at_fork(after_in_child=self._forked)

    @property
    def connected(self) -> bool:
        """Whether there is such a pipe."""
        return self._identity is not None

    @property
    def reachable(self) -> bool:
        """Whether the hook has left the pipe where it was."""
        return self.connected and identity(self._descriptor) == self._identity

    @property
    def ours(self) -> bool:
        """Whether this is the process that is watched: a fork would report twice."""
        return self.connected and os.getpid() == self._pid

    def write(self, event: str, **content: Any) -> None:
        """Send one event, unless the hook closed the pipe or put its own file there."""
        if self.ours:
            self._write(event, content)

    def write_from_fork(self, event: str, **content: Any) -> None:
        """As ``write``, but for what a fork of the process does by itself."""
        if self.connected:
            self._write(event, content)

    def _write(self, event: str, content: Any) -> None:
        if not self.reachable:
            return
        content["event"] = event
        line = json.dumps(content, default=str)
        most = _MOST if self.ours else _ATOMIC - 1
        if len(line) > most:
            line = json.dumps({"event": "fault", "text": event + " is too large to report"})
        self._send(line.encode("ascii") + b"\n")

    def _send(self, data: bytes) -> None:
        """One line after another; a signal's handler may come while its own thread writes one."""
        if self._writer == get_ident():
            self._waiting.append(data)
            return
        with self._lock:
            self._writer = get_ident()
            try:
                self._put(data)
                while self._waiting:
                    self._put(self._waiting.pop(0))
            finally:
                self._writer = 0

    def _put(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError:  # buildscope is gone, and so are we in a moment
            return

    def _forked(self) -> None:
        self._lock, self._writer, self._waiting = allocate_lock(), 0, []


def identity(descriptor: int) -> Any:
    """What stands behind a descriptor; ``None`` where it is closed."""
    try:
        found = os.fstat(descriptor)
    except OSError:
        return None
    return (stat.S_IFMT(found.st_mode), found.st_dev, found.st_ino)


def _pipe(descriptor: int) -> Any:
    found = identity(descriptor)
    return found if found is not None and found[0] == stat.S_IFIFO else None

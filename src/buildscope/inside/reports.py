"""The pipe to buildscope: JSON lines, one write each, from the original process only."""

from __future__ import annotations

import json
import os
import stat

TYPE_CHECKING = False  # importing `typing` costs 5 ms
if TYPE_CHECKING:
    from typing import Any

REPORT_FD = 3
_MOST = 16_000_000


class Reports:
    """Writes events to a descriptor that ``run`` handed over.

    buildscope redacts what arrives before it writes it to ``reports.jsonl``; nothing goes to
    disk from here. What was written survives ``os._exit``, signals and timeouts. Run by hand,
    without the pipe, it does nothing.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._pid = os.getpid()
        self._identity = self._identify()
        if self.connected:
            os.set_inheritable(descriptor, False)

    @property
    def connected(self) -> bool:
        """Whether there is such a pipe."""
        return self._identity is not None

    @property
    def ours(self) -> bool:
        """Whether this is the process that is watched: a fork would report twice."""
        return self.connected and os.getpid() == self._pid

    def write(self, event: str, **content: Any) -> None:
        """Send one event, unless the hook closed the pipe or put its own file there."""
        if not self.ours or self._identify() != self._identity:
            return
        content["event"] = event
        line = json.dumps(content, default=str)
        if len(line) > _MOST:
            line = json.dumps({"event": "fault", "text": event + " is too large to report"})
        self._send(line.encode("ascii") + b"\n")

    def _send(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError:  # buildscope is gone, and so are we in a moment
            return

    def _identify(self) -> Any:
        try:
            found = os.fstat(self._descriptor)
        except OSError:
            return None
        return (found.st_dev, found.st_ino) if stat.S_ISFIFO(found.st_mode) else None

"""A process that waits at its exception: asked over a socket, and ended."""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from buildscope.errors import BuildscopeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from buildscope.process.ended import Ended
    from buildscope.process.supervised import Supervised

_GRACE = 3.0
"""Seconds in which it may end by itself: its ``finally`` blocks and temporary directories."""


class HeldProcess:
    """Answers one question at a time; ``interrupt`` and ``end`` may come from another thread.

    ``on_end`` is called once, with how it ended, when it is not held any more.
    """

    def __init__(self, supervised: Supervised, started: float) -> None:
        self.on_end: Callable[[Ended], None] | None = None
        self._supervised = supervised
        self._started = started
        self._asking = threading.Lock()
        self._ending = threading.Lock()
        self._pending = b""
        self._ended: Ended | None = None

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._ended is None

    def ask(self, op: str, *, terminal: int | None = None, **request: Any) -> dict[str, Any]:
        """Ask the inspector (``inside/hold.py``) and wait for its answer.

        ``terminal`` is a descriptor to hand over. Raises ``BuildscopeError`` when the process
        is gone, with how it ended.
        """
        line = json.dumps({"op": op, **request}).encode("ascii") + b"\n"
        with self._asking:
            try:
                if terminal is None:
                    self._supervised.channel.sendall(line)
                else:
                    socket.send_fds(self._supervised.channel, [line], [terminal])
                answer = self._answer()
            except OSError:
                answer = None
        if answer is None:
            raise BuildscopeError(f"the frame is gone: its process {_words(self.end())}")
        return answer

    def interrupt(self) -> None:
        """Send it what Ctrl-C sends; ends what it evaluates, and nothing else."""
        self._supervised.interrupt()

    def end(self) -> Ended:
        """Let it go on to its end, by force after a moment; returns how it ended."""
        with self._ending:
            if self._ended is not None:
                return self._ended
            if self._asking.locked():
                self._supervised.interrupt()
            with suppress(OSError):
                self._supervised.channel.shutdown(socket.SHUT_RDWR)
            outcome = self._supervised.wait(time.monotonic() + _GRACE)
            self._supervised.close()
            self._ended = outcome.ended(self._started)
        if self.on_end is not None:
            self.on_end(self._ended)
        return self._ended

    def _answer(self) -> dict[str, Any] | None:
        while b"\n" not in self._pending:
            chunk = self._supervised.channel.recv(1 << 16)
            if not chunk:
                return None
            self._pending += chunk
        line, _, self._pending = self._pending.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer


def _words(ended: Ended) -> str:
    if ended.signal is not None:
        return f"was ended by {ended.signal}"
    return f"ended with exit code {ended.exit_code}" if ended.exit_code is not None else "ended"

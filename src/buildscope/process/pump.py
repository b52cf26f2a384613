"""Passes on what comes out of a pipe, from a thread of its own."""

from __future__ import annotations

import os
import select
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_CHUNK = 1 << 16
_PIPE_SIZE = 1 << 20
_PATIENCE = 0.4
_MOMENT = 0.001


class Pump:
    """A thread that passes on what comes out of a pipe."""

    def __init__(self, descriptor: int, sink: Callable[[bytes], None]) -> None:
        self._descriptor = descriptor
        self._sink = sink
        self._lock = threading.Lock()
        self._abandoned = False
        self._chunks = 0
        self._bytes = 0
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._pump, name="pump", daemon=True)
        self._thread.start()

    def _pump(self) -> None:
        ready = select.poll()
        ready.register(self._descriptor, select.POLLIN)
        try:
            while ready.poll():
                with self._lock:
                    chunk = os.read(self._descriptor, _CHUNK)
                    if not chunk or self._abandoned:
                        return
                    self._sink(chunk)
                    self._chunks += 1
                    self._bytes += len(chunk)
        except Exception as error:  # a full disk, say: `drain` raises it in the caller's thread
            self._error = error
        finally:
            with self._lock:
                os.close(self._descriptor)
                self._descriptor = -1

    def settle(self) -> None:
        """Wait until all that was written up to now is passed on; from then on drop the rest.

        Raises what the sink raised.
        """
        with self._lock:
            end = self._bytes + (_count_bytes(self._descriptor) if self._descriptor >= 0 else 0)
        while self._thread.is_alive() and self._bytes < end:
            self._thread.join(_MOMENT)
        with self._lock:
            self._sink = _drop
        self._raise()

    def drain(self) -> None:
        """Wait for the end of the pipe, but not for one that somebody holds open in silence.

        Raises what the sink raised.
        """
        seen = -1
        while self._thread.is_alive() and seen != self._chunks:
            seen = self._chunks
            self._thread.join(_PATIENCE)
        with self._lock:
            self._abandoned = True
        self._raise()

    def _raise(self) -> None:
        error, self._error = self._error, None
        if error is not None:
            raise error


def _drop(_: bytes) -> None:
    """Take nothing."""


def _count_bytes(descriptor: int) -> int:
    """How much of a pipe nobody has read yet."""
    import fcntl
    import termios

    count = bytearray(4)
    fcntl.ioctl(descriptor, termios.FIONREAD, count)
    return int.from_bytes(count, sys.byteorder)


def enlarge(descriptor: int) -> None:
    """Give a pipe more room where the system allows it; fewer switches for much output."""
    if sys.platform != "linux":
        return
    import fcntl

    try:
        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, _PIPE_SIZE)
    except OSError:  # the user's share of pipe memory is used up
        return

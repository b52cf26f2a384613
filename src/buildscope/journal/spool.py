"""Raw output of a phase: one file a stream, and an index over both.

The index ``lines`` has a record of three little-endian 64-bit words for each chunk that
arrived, in order of arrival: where it starts in its stream's file (bit 63 set: stderr, bit
62: in the middle of a line), how many lines both streams have begun after it, and its time
(milliseconds since the start) above its length in bytes (the lower 32 bits). Counting lines
in a chunk is a scan for newlines; where each one starts is found when it is read. All files
only ever grow, so a reader may follow a writer.
"""

from __future__ import annotations

import os
import struct
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from buildscope.journal.redact import Redactor
    from buildscope.model.names import Stream

STREAMS: tuple[Stream, Stream] = ("stdout", "stderr")
INDEX = "lines"
RECORD = struct.Struct("<QQQ")
STDERR_BIT = 1 << 63
INSIDE_BIT = 1 << 62
LENGTH_BITS = 32
_LARGEST_CHUNK = 1 << 20


class Spool:
    """Writer for both streams of one phase; ``write`` may be called from several threads."""

    def __init__(self, directory: Path, redactor: Redactor) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.directory = directory
        self.counts = {"stdout": 0, "stderr": 0}
        self._start = time.monotonic()
        self._lock = threading.Lock()
        self._files = {name: _open(directory / name) for name in STREAMS}
        self._index = _open(directory / INDEX)
        self._offsets = dict.fromkeys(STREAMS, 0)
        self._inside = dict.fromkeys(STREAMS, False)
        self._redacted = {name: redactor.stream() for name in STREAMS}
        self._lines = 0

    def write(self, stream: Stream, chunk: bytes) -> None:
        """Append what a process wrote."""
        with self._lock:
            for start in range(0, len(chunk), _LARGEST_CHUNK):
                part = chunk[start : start + _LARGEST_CHUNK]
                self._append(stream, self._redacted[stream].feed(part))

    def close(self) -> None:
        """Write what was held back, and close; a second call does nothing."""
        with self._lock:
            if self._index < 0:
                return
            for stream in STREAMS:
                self._append(stream, self._redacted[stream].finish())
                os.close(self._files[stream])
            os.close(self._index)
            self._index = -1

    def _append(self, stream: Stream, data: bytes) -> None:
        if not data:
            return
        _write_all(self._files[stream], data)
        inside = self._inside[stream]
        begun = data.count(b"\n") + (not inside) - data.endswith(b"\n")
        self._lines += begun
        self.counts[stream] += begun
        elapsed = int((time.monotonic() - self._start) * 1000)
        where = self._offsets[stream] | (STDERR_BIT if stream == "stderr" else 0)
        record = RECORD.pack(
            where | (INSIDE_BIT if inside else 0), self._lines, elapsed << LENGTH_BITS | len(data)
        )
        _write_all(self._index, record)
        self._offsets[stream] += len(data)
        self._inside[stream] = not data.endswith(b"\n")


def _open(path: Path) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
    return os.open(path, flags, 0o600)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]

"""Raw output of a phase: one file a stream, and an index of lines over both.

The index is an array of little-endian 64-bit words, one a line in the order of arrival: the
highest bit tells the stream (set: stderr), the others the offset at which the line starts in
that stream's file. ``times`` holds pairs (number of lines known before, milliseconds since
the start), one a chunk. Both only ever grow, so a reader may follow a writer.
"""

from __future__ import annotations

import mmap
import os
import re
import struct
import sys
import threading
import time
from array import array
from bisect import bisect_right
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.journal.redact import Redactor
    from buildscope.model.names import Stream

STDERR_BIT = 1 << 63
_OFFSET = STDERR_BIT - 1
_STREAMS: tuple[Stream, Stream] = ("stdout", "stderr")
_NEWLINE = re.compile(rb"\n")
LONGEST_LINE = 65_536


class Spool:
    """Writer for both streams of one phase; ``write`` may be called from several threads."""

    def __init__(self, directory: Path, redactor: Redactor) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.directory = directory
        self.counts = {"stdout": 0, "stderr": 0}
        self.last_output = time.monotonic()
        self._start = time.monotonic()
        self._lock = threading.Lock()
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        self._files = {name: os.open(directory / name, flags, 0o600) for name in _STREAMS}
        self._index = os.open(directory / "lines", flags, 0o600)
        self._times = os.open(directory / "times", flags, 0o600)
        self._offsets = dict.fromkeys(_STREAMS, 0)
        self._at_line_start = dict.fromkeys(_STREAMS, True)
        self._redacted = {name: redactor.stream() for name in _STREAMS}
        self._lines = 0

    def write(self, stream: Stream, chunk: bytes) -> None:
        """Append what a process wrote."""
        with self._lock:
            self._append(stream, self._redacted[stream].feed(chunk))
            self.last_output = time.monotonic()

    def close(self) -> None:
        """Write what was held back, and close; a second call does nothing."""
        with self._lock:
            if self._index < 0:
                return
            for stream in _STREAMS:
                self._append(stream, self._redacted[stream].finish())
                os.close(self._files[stream])
            os.close(self._index)
            os.close(self._times)
            self._index = -1

    def _append(self, stream: Stream, data: bytes) -> None:
        if not data:
            return
        _write_all(self._files[stream], data)
        base = self._offsets[stream] | (STDERR_BIT if stream == "stderr" else 0)
        starts = [base] if self._at_line_start[stream] else []
        starts += [base + found.end() for found in _NEWLINE.finditer(data)]
        self._at_line_start[stream] = data.endswith(b"\n")
        if self._at_line_start[stream]:
            starts.pop()
        self._offsets[stream] += len(data)
        if starts:
            elapsed = int((time.monotonic() - self._start) * 1000)
            _write_all(self._times, struct.pack("<QQ", self._lines, elapsed))
            _write_all(self._index, _little_endian(array("Q", starts)))
            self._lines += len(starts)
            self.counts[stream] += len(starts)


class SpoolReader:
    """Reads a spool by line number (from 0, both streams in order of arrival).

    A missing file reads as empty, and a file that still grows may be followed with
    ``refresh``. Memory is 8 bytes a line.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._index = array("Q")
        self._files: dict[Stream, int] = {}
        self.refresh()

    def refresh(self) -> int:
        """Read what the index has gained; the number of lines known now."""
        path = self.directory / "lines"
        known = len(self._index) * 8
        try:
            with path.open("rb") as index:
                index.seek(known)
                raw = index.read()
        except FileNotFoundError:
            return 0
        gained = array("Q")
        gained.frombytes(raw[: len(raw) // 8 * 8])
        self._index.extend(_native(gained))
        return len(self._index)

    def __len__(self) -> int:
        return len(self._index)

    def stream(self, number: int) -> Stream:
        """The stream that line ``number`` came from."""
        return "stderr" if self._index[number] & STDERR_BIT else "stdout"

    def raw(self, number: int, limit: int = LONGEST_LINE) -> bytes:
        """Line ``number`` without its newline, cut at ``limit`` bytes."""
        word = self._index[number]
        stream: Stream = "stderr" if word & STDERR_BIT else "stdout"
        data = os.pread(self._descriptor(stream), limit, word & _OFFSET)
        end = data.find(b"\n")
        return data if end < 0 else data[:end]

    def text(self, number: int, limit: int = LONGEST_LINE) -> str:
        """Line ``number`` decoded as UTF-8, what is not UTF-8 replaced."""
        return self.raw(number, limit).decode("utf-8", errors="replace")

    def lines(self, start: int = 0, stop: int | None = None) -> Iterator[tuple[Stream, str]]:
        """Stream and text of the lines from ``start`` to ``stop``."""
        for number in range(start, len(self) if stop is None else min(stop, len(self))):
            yield self.stream(number), self.text(number)

    def tail(self, count: int) -> list[tuple[Stream, str]]:
        """The last ``count`` lines."""
        return list(self.lines(max(0, len(self) - count)))

    def stream_line(self, number: int) -> int:
        """The number, from 1, that line ``number`` has within its own stream."""
        bit = self._index[number] & STDERR_BIT
        return sum(1 for word in self._index[: number + 1] if word & STDERR_BIT == bit)

    def number_of(self, stream: Stream, line: int) -> int | None:
        """The number of line ``line`` (from 1) of one stream, in both streams together."""
        bit = STDERR_BIT if stream == "stderr" else 0
        seen = 0
        for number, word in enumerate(self._index):
            seen += word & STDERR_BIT == bit
            if seen == line:
                return number
        return None

    def stream_text(self, stream: Stream) -> str:
        """The whole of one stream as text."""
        try:
            return (self.directory / stream).read_text("utf-8", errors="replace")
        except FileNotFoundError:
            return ""

    def search(self, pattern: re.Pattern[bytes]) -> list[int]:
        """Numbers of all lines in which ``pattern`` is found, in order."""
        found: set[int] = set()
        for stream in _STREAMS:
            found |= self._search_stream(stream, pattern)
        return sorted(found)

    def seconds(self, number: int) -> float:
        """When line ``number`` arrived, in seconds since the phase's output was opened."""
        raw = (self.directory / "times").read_bytes()
        pairs = list(struct.iter_unpack("<QQ", raw[: len(raw) // 16 * 16]))
        at = bisect_right([lines for lines, _ in pairs], number) - 1
        return float(pairs[at][1]) / 1000 if at >= 0 else 0.0

    def close(self) -> None:
        """Close the files; the reader opens them again when it is used again."""
        for descriptor in self._files.values():
            os.close(descriptor)
        self._files.clear()

    def _search_stream(self, stream: Stream, pattern: re.Pattern[bytes]) -> set[int]:
        bit = STDERR_BIT if stream == "stderr" else 0
        numbers = [at for at, word in enumerate(self._index) if word & STDERR_BIT == bit]
        starts = [self._index[at] & _OFFSET for at in numbers]
        if not starts:
            return set()
        with mmap.mmap(self._descriptor(stream), 0, access=mmap.ACCESS_READ) as content:
            hits = {bisect_right(starts, m.start()) - 1 for m in pattern.finditer(content)}
        return {numbers[hit] for hit in hits if hit >= 0}

    def _descriptor(self, stream: Stream) -> int:
        if stream not in self._files:
            flags = os.O_RDONLY | getattr(os, "O_BINARY", 0)
            self._files[stream] = os.open(self.directory / stream, flags)
        return self._files[stream]


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _little_endian(words: array[int]) -> bytes:
    return _native(words).tobytes()


def _native(words: array[int]) -> array[int]:
    if sys.byteorder == "big":
        words.byteswap()
    return words

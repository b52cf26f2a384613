"""Reads a spool by line number, while it grows or afterwards."""

from __future__ import annotations

import mmap
import os
import sys
from array import array
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, NamedTuple

from buildscope.journal.spool import INDEX, INSIDE_BIT, LENGTH_BITS, RECORD, STDERR_BIT, STREAMS

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator
    from pathlib import Path

    from buildscope.model.names import Stream

LONGEST_LINE = 65_536
_PART = 1 << 20
_OFFSET = INSIDE_BIT - 1
_LENGTH = (1 << LENGTH_BITS) - 1


class Part(NamedTuple):
    """Bytes of one stream that arrived one after another.

    ``number`` is that of the first line that begins in it; ``inside`` says that its first
    bytes belong to a line before that. ``following`` is where the next part begins.
    """

    stream: Stream
    number: int
    inside: bool
    data: bytes
    following: int


class SpoolReader:
    """Lines of both streams, numbered from 0 in the order in which they began to arrive.

    A missing file reads as empty, and one that still grows may be followed with ``refresh``.
    Memory is 24 bytes a chunk of output.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._where = array("Q")
        self._lines_after = array("Q")
        self._sizes = array("Q")
        self._files: dict[Stream, int] = {}
        self._known: tuple[int, list[int]] = (-1, [])
        self.refresh()

    def refresh(self) -> int:
        """Read what the index has gained; the number of lines known now."""
        try:
            with (self.directory / INDEX).open("rb") as index:
                index.seek(len(self._where) * RECORD.size)
                raw = index.read()
        except FileNotFoundError:
            return 0
        words = array("Q")
        words.frombytes(raw[: len(raw) // RECORD.size * RECORD.size])
        if sys.byteorder == "big":
            words.byteswap()
        self._where.extend(words[0::3])
        self._lines_after.extend(words[1::3])
        self._sizes.extend(words[2::3])
        return len(self)

    def __len__(self) -> int:
        return self._lines_after[-1] if self._lines_after else 0

    def stream(self, number: int) -> Stream:
        """The stream that line ``number`` came from."""
        return self._stream(self._chunk(number))

    def raw(self, number: int, limit: int = LONGEST_LINE) -> bytes:
        """Line ``number`` without its newline, cut at ``limit`` bytes."""
        chunk = self._chunk(number)
        offset = self._starts(chunk)[number - self._first(chunk)]
        data = os.pread(self._descriptor(self._stream(chunk)), limit, offset)
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
        chunk = self._chunk(number)
        stream = self._stream(chunk)
        before = sum(self._begun(each) for each in range(chunk) if self._stream(each) == stream)
        return before + number - self._first(chunk) + 1

    def number_of(self, stream: Stream, line: int) -> int | None:
        """The number of line ``line`` (from 1) of one stream, in both streams together."""
        seen = 0
        for chunk in range(len(self._where)):
            if self._stream(chunk) != stream:
                continue
            begun = self._begun(chunk)
            if seen < line <= seen + begun:
                return self._first(chunk) + line - seen - 1
            seen += begun
        return None

    def stream_text(self, stream: Stream) -> str:
        """The whole of one stream as text."""
        try:
            return (self.directory / stream).read_text("utf-8", errors="replace")
        except FileNotFoundError:
            return ""

    def again(self) -> SpoolReader:
        """Another reader of the same output, for another thread."""
        return SpoolReader(self.directory)

    def parts(self, begin: int = 0) -> Iterator[Part]:
        """All of the output from part ``begin`` on, about a megabyte at most at a time."""
        chunk = begin
        while chunk < len(self._where):
            first, stream, size = chunk, self._stream(chunk), 0
            while chunk < len(self._where) and self._stream(chunk) == stream and size < _PART:
                size += self._sizes[chunk] & _LENGTH
                chunk += 1
            word = self._where[first]
            data = os.pread(self._descriptor(stream), size, word & _OFFSET)
            yield Part(stream, self._first(first), bool(word & INSIDE_BIT), data, chunk)

    def search(self, pattern: re.Pattern[bytes]) -> list[int]:
        """Numbers of all lines in which ``pattern`` is found, in order."""
        found: set[int] = set()
        for stream in STREAMS:
            found |= self._search_stream(stream, pattern)
        return sorted(found)

    def seconds(self, number: int) -> float:
        """When line ``number`` began to arrive, in seconds since the output was opened."""
        return (self._sizes[self._chunk(number)] >> LENGTH_BITS) / 1000

    def close(self) -> None:
        """Close the files; the reader opens them again when it is used again."""
        for descriptor in self._files.values():
            os.close(descriptor)
        self._files.clear()

    def _search_stream(self, stream: Stream, pattern: re.Pattern[bytes]) -> set[int]:
        chunks = [at for at in range(len(self._where)) if self._stream(at) == stream]
        offsets = [self._where[at] & _OFFSET for at in chunks]
        if not chunks:
            return set()
        found: set[int] = set()
        with mmap.mmap(self._descriptor(stream), 0, access=mmap.ACCESS_READ) as content:
            for match in pattern.finditer(content):
                at = bisect_right(offsets, match.start()) - 1
                number = self._line_at(chunks, at, match.start())
                if number is not None:
                    found.add(number)
        return found

    def _line_at(self, chunks: list[int], at: int, offset: int) -> int | None:
        """The line of a stream that has the byte at ``offset``, begun in chunk ``at`` or before."""
        while at >= 0:
            chunk = chunks[at]
            begun = bisect_right(self._starts(chunk), offset)
            if begun:
                return self._first(chunk) + begun - 1
            at -= 1
        return None

    def _chunk(self, number: int) -> int:
        """The chunk in which line ``number`` begins."""
        if not 0 <= number < len(self):
            raise IndexError(number)
        return bisect_left(self._lines_after, number + 1)

    def _first(self, chunk: int) -> int:
        return self._lines_after[chunk - 1] if chunk else 0

    def _begun(self, chunk: int) -> int:
        return self._lines_after[chunk] - self._first(chunk)

    def _stream(self, chunk: int) -> Stream:
        return "stderr" if self._where[chunk] & STDERR_BIT else "stdout"

    def _starts(self, chunk: int) -> list[int]:
        """Offsets at which the lines of a chunk begin; those of the last one asked are kept."""
        if self._known[0] != chunk:
            word, length = self._where[chunk], self._sizes[chunk] & _LENGTH
            offset = word & _OFFSET
            data = os.pread(self._descriptor(self._stream(chunk)), length, offset)
            starts = [] if word & INSIDE_BIT else [offset]
            at = data.find(b"\n")
            while 0 <= at < length - 1:
                starts.append(offset + at + 1)
                at = data.find(b"\n", at + 1)
            self._known = (chunk, starts)
        return self._known[1]

    def _descriptor(self, stream: Stream) -> int:
        if stream not in self._files:
            flags = os.O_RDONLY | getattr(os, "O_BINARY", 0)
            self._files[stream] = os.open(self.directory / stream, flags)
        return self._files[stream]

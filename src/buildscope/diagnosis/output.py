"""A phase's raw output as the rules read it: whole, both streams, in linear time.

Rules look at ``suspects``: every line of either stream that contains a word in which tools
complain. They are collected in one pass, so that a rule may use as many patterns as it
needs, also where a hook wrote hundreds of megabytes.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from buildscope.model.names import Stream

STREAMS: Final[tuple[Stream, Stream]] = ("stderr", "stdout")
COMPLAINTS: Final = (
    b"rror",
    b"RROR",
    b"ot found",
    b"OT FOUND",
    b"OT find",
    b"be found",
    b"ot exist",
    b"'t exist",
    b"ot set",
    b"ot recognized",
    b"nknown",
    b"o such",
    b"annot",
    b"an not",
    b"an't ",
    b"ould not",
    b"nable to",
    b"issing",
    b"equire",
    b"ailed",
    b"nvalid",
    b"upported",
    b"o matching",
    b"undefined ref",
    b"returned non-zero",
    b"xception",
    b"ecause",
    b"lease ",
    b"exit status",
    b"been removed",
    b"o longer",
    b"uggest",
    b"exit code",
    b"ot known",
    b"ot resolve",
    b"ailure",
    b"refused",
    b"unreachable",
    b"timed out",
    b"ERR!",
    b"dial tcp",
    b"eed to ",
    b"ust be ",
    b"multiple definition",
)
MOST_SUSPECTS: Final = 20_000
LONGEST: Final = 4_096
_CHUNK: Final = 4 << 20
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_FILE_LINE = re.compile(rb'[\s|+]*File "[^"\n]*", line \d+')
_LOOK_BACK: Final = 12
_INDENTS: Final = {b" ", b"\t", b"|", b"\x1b"}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of output: ``number`` counts from 1 within its stream, ``offset`` in bytes."""

    stream: Stream
    number: int
    text: str
    offset: int


class Output:
    """Both streams of one phase; a file that is not there reads as empty."""

    def __init__(self, paths: Mapping[Stream, Path]) -> None:
        self._paths = paths

    @cached_property
    def suspects(self) -> tuple[Line, ...]:
        """Lines that complain, stderr's first, each in order.

        Source quoted by a traceback is left out: a program that fails often quotes what it
        would have said. At most 20,000 a stream: the first and the last half of them.
        """
        return tuple(line for stream in STREAMS for line in self._suspects(stream))

    def lines(self, stream: Stream) -> Iterator[Line]:
        """Every line of one stream, read as it is asked for."""
        for number, (offset, raw) in enumerate(self._raw_lines(stream), 1):
            yield Line(stream, number, clean(raw), offset)

    def after(self, line: Line, count: int) -> list[str]:
        """The texts of up to ``count`` lines that follow ``line`` in its stream."""
        raw = self._read(line.stream, line.offset, LONGEST * 2)
        return [clean(part) for part in raw.split(b"\n")[1 : count + 1]]

    def before(self, line: Line, count: int) -> list[str]:
        """The texts of up to ``count`` lines before ``line``, the nearest last."""
        start = max(0, line.offset - LONGEST * 2)
        raw = self._read(line.stream, start, line.offset - start)
        return [clean(part) for part in raw.split(b"\n")[:-1][-count:]]

    def tail(self, stream: Stream, count: int) -> list[Line]:
        """The last ``count`` lines of one stream that are not blank."""
        size = newlines = 0
        for _, block in self._blocks(stream):
            size += len(block)
            newlines += block.count(b"\n")
        start = max(0, size - LONGEST * (count + 1))
        end = self._read(stream, start, size - start)
        number, offset = newlines - end.count(b"\n"), start
        found = []
        for raw in end.split(b"\n"):
            number += 1
            if raw.strip():
                found.append(Line(stream, number, clean(raw[:LONGEST]), offset))
            offset += len(raw) + 1
        return found[-count:]

    def _suspects(self, stream: Stream) -> Iterator[Line]:
        found = self._complaining(stream)
        first = list(islice(found, MOST_SUSPECTS // 2))
        last = deque(found, MOST_SUSPECTS // 2)
        for number, offset, raw in (*first, *last):
            yield Line(stream, number, clean(raw), offset)

    def _complaining(self, stream: Stream) -> Iterator[tuple[int, int, bytes]]:
        number = 1
        for base, block in self._blocks(stream):
            counted = 0
            for start in _line_starts(block):
                number += block.count(b"\n", counted, start)
                counted = start
                end = block.find(b"\n", start)
                raw = block[start : end if end >= 0 else len(block)][:LONGEST]
                if not _is_quoted(block, start, raw):
                    yield number, base + start, raw
            number += block.count(b"\n", counted)

    def _blocks(self, stream: Stream) -> Iterator[tuple[int, bytes]]:
        """Parts of a few megabytes that end at a line's end, with their offsets."""
        path = self._paths.get(stream)
        if path is None or not path.is_file():
            return
        offset, rest = 0, b""
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                rest += chunk
                cut = rest.rfind(b"\n") + 1 or (len(rest) if len(rest) > _CHUNK else 0)
                if cut:
                    yield offset, rest[:cut]
                offset, rest = offset + cut, rest[cut:]
        if rest:
            yield offset, rest

    def _raw_lines(self, stream: Stream) -> Iterator[tuple[int, bytes]]:
        for base, block in self._blocks(stream):
            at = 0
            while at < len(block):
                end = block.find(b"\n", at)
                end = len(block) if end < 0 else end
                yield base + at, block[at : min(end, at + LONGEST)]
                at = end + 1

    def _read(self, stream: Stream, offset: int, size: int) -> bytes:
        path = self._paths.get(stream)
        if path is None or not path.is_file():
            return b""
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(size)


def clean(raw: bytes) -> str:
    """A line as a person sees it: no escape sequences, only what follows a carriage return."""
    text = _ESCAPE.sub("", raw.decode("utf-8", errors="replace"))
    return text.rstrip().rpartition("\r")[2]


def _line_starts(block: bytes) -> list[int]:
    starts: set[int] = set()
    for word in COMPLAINTS:
        at = block.find(word)
        while at >= 0:
            starts.add(block.rfind(b"\n", 0, at) + 1)
            end = block.find(b"\n", at)
            at = block.find(word, end) if end >= 0 else -1
    return sorted(starts)


def _is_quoted(block: bytes, start: int, raw: bytes) -> bool:
    """Whether a line is source text below a ``File "…", line …`` of a traceback."""
    if raw[:1] not in _INDENTS:
        return False
    indent = _indent(raw)
    at = start
    for _ in range(_LOOK_BACK if indent else 0):
        previous = block.rfind(b"\n", 0, max(at - 1, 0)) + 1
        if at in {0, previous}:
            return False
        line = block[previous : at - 1][:LONGEST]
        if line.strip() and _indent(line) < indent:
            return _FILE_LINE.match(_without_colour(line)) is not None
        at = previous
    return False


def _indent(raw: bytes) -> int:
    plain = _without_colour(raw[:200])
    return len(plain) - len(plain.lstrip(b" \t|"))


def _without_colour(raw: bytes) -> bytes:
    return re.sub(rb"\x1b\[[0-9;]*m", b"", raw) if b"\x1b" in raw else raw

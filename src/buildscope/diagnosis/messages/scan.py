"""All errors and warnings of an output, found as it grows, in time linear in its bytes."""

from __future__ import annotations

import re
import threading
from array import array
from bisect import insort
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from buildscope.diagnosis.messages.message import LONGEST
from buildscope.diagnosis.messages.reading import read_severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from buildscope.journal.lines import Part
    from buildscope.model.names import Stream

Marked: TypeAlias = Literal["error", "warning"]

_CANDIDATE = re.compile(
    rb"\n(?:[ \t]*(?:\xc3\x97|\xf0\x9f\x92\xa5|\*\*\*|-- Conf|npm |thread '|Package |No package |\[[EFW])"
    rb"|[\w.|+ ]{1,200}(?=[\r\n])"
    rb"|/[^\n:]{0,400}:|[^\n:/][^\n:]{0,200}:)"
)
"""Lines that begin as messages do: with one of some words, or with anything and a colon.
The newline in front makes the search about as fast as one for newlines."""
_ESCAPE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_OVERWRITTEN = re.compile(rb"\n[^\n]*\r(?=[^\r\n])")


class Output(Protocol):
    """What can be scanned: a ``SpoolReader``, or another reader with such parts."""

    def parts(self, begin: int = 0) -> Iterator[Part]:
        """What was written from position ``begin`` on, each part with the position after it."""


@dataclass(slots=True)
class _Begun:
    """A line that has not ended: its number, and what there is of it, bounded."""

    number: int
    raw: bytes


class Scan:
    """Numbers of the lines that are errors or warnings, as ``read_message`` reads them.

    Nothing is kept but eight bytes for each such line. ``take`` may be called again whenever
    more was written, and from any thread.
    """

    def __init__(self) -> None:
        self._found: dict[Marked, array[int]] = {"error": array("Q"), "warning": array("Q")}
        self._begun: dict[Stream, _Begun] = {}
        self._next = 0
        self._lock = threading.Lock()

    def take(self, output: Output) -> None:
        """Read what has come since the last time; ``output`` is a reader of the same output."""
        with self._lock:
            for part in output.parts(self._next):
                self._part(part)
                self._next = part.following

    def lines(self, severity: Marked) -> Sequence[int]:
        """The numbers of all such lines, ascending; the last line counts though it has not ended."""
        with self._lock:
            numbers = self._found[severity][:]
            for begun in self._begun.values():
                if _severity(_plain_line(begun.raw)) == severity:
                    insort(numbers, begun.number)
            return numbers

    def _part(self, part: Part) -> None:
        body = part.data
        if part.inside:
            head, ended, body = part.data.partition(b"\n")
            self._go_on(part.stream, head)
            if not ended:
                return
            self._end(part.stream)
        ended_at = body.rfind(b"\n") + 1
        whole, rest = body[:ended_at], body[ended_at : ended_at + LONGEST]
        if rest:
            self._begun[part.stream] = _Begun(part.number + whole.count(b"\n"), rest)
        if whole:
            self._lines(part.number, _plain(b"\n" + whole))

    def _go_on(self, stream: Stream, more: bytes) -> None:
        begun = self._begun.get(stream)
        if begun is not None:
            begun.raw = (begun.raw + more)[:LONGEST]

    def _end(self, stream: Stream) -> None:
        begun = self._begun.pop(stream, None)
        severity = _severity(_plain_line(begun.raw)) if begun is not None else None
        if begun is not None and severity is not None:
            self._add(begun.number, severity)

    def _lines(self, first: int, plain: bytes) -> None:
        """Look through whole lines, each after a newline; ``first`` is the number of the first."""
        number, counted = first, 0
        for found in _CANDIDATE.finditer(plain):
            start = found.start() + 1
            end = plain.find(b"\n", start, start + LONGEST)
            raw = plain[start : end if end >= 0 else start + LONGEST]
            severity = _severity(raw)
            if severity is not None:
                number += plain.count(b"\n", counted, start - 1)
                counted = start - 1
                self._add(number, severity)

    def _add(self, number: int, severity: Marked) -> None:
        numbers = self._found[severity]
        if numbers and number < numbers[-1]:  # a line of the other stream has ended before it
            insort(numbers, number)
        else:
            numbers.append(number)


def _severity(plain: bytes) -> Marked | None:
    severity = read_severity(plain.decode("utf-8", errors="replace"))
    return None if severity == "note" else severity


def _plain_line(raw: bytes) -> bytes:
    return _plain(b"\n" + raw)[1:]


def _plain(raw: bytes) -> bytes:
    """Lines, each after a newline, as a person sees them; as many as before."""
    if b"\x1b" in raw:
        raw = _ESCAPE.sub(b"", raw)
    if b"\r" in raw:
        raw = _OVERWRITTEN.sub(b"\n", raw)
    return raw

"""What the output of hooks that passed gives away: ignored options, skipped extensions."""

from __future__ import annotations

import re
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import msgspec

from buildscope.model.base import Record
from buildscope.model.failure import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.model.names import Phase, Stream
    from buildscope.model.run import Attempt

# setuptools asks for setup_requires in get_requires, where what they define is still unknown
_PHASES: tuple[Phase, ...] = ("prepare_metadata", "build_wheel")
# a phase may be judged before its own end is recorded
_RAN = frozenset({"running", "passed", "carried"})
_STREAMS: tuple[Stream, ...] = ("stderr", "stdout")
_LONGEST_LINE = 65_536
_BLOCK = 1 << 20

_OPTION = re.compile(r"Unknown distribution option: ['\"]?([\w.-]+)")
# they steer `setup.py test` alone, which no build runs, and recent setuptools dropped them
_HARMLESS_OPTIONS = frozenset({"test_suite", "tests_require", "test_loader"})

_BUILT = r"(?:build|built|building|compil\w+)"
_PART = r"(?:extensions?|speed-?ups?|accelerat\w+)"
_NOT = r"(?:could\ not|couldn't|cannot|can't|failed\ to|unable\ to|error)"
_SKIPPED = re.compile(
    rf"""
      building\ extension\ ["'][^"']+["']\ failed
    | \b{_PART}\b .{{0,80}} \b(?:could\ not|couldn't|cannot|can't)\ be\ {_BUILT}
    | \b{_NOT}\ {_BUILT}\b .{{0,80}} \b{_PART}\b
    | \b(?:could\ not|couldn't)\ install\b .{{0,40}} \b{_PART}\b
    | \bskipping\b (?!.*up-to-date) .{{0,60}} \bextensions?\b
    | \bfalling\ back\ (?:to|on)\ (?:a\ |the\ )?pure[-\ ]python
    | \b(?:plain|pure)[-\ ]python\ build\ succeeded
    | \bspeed-?ups?\ (?:are|is)\ (?:not\ enabled|disabled)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_NAMED = re.compile(r"extension (?:module )?[\"']([\w.]+)[\"']|([A-Za-z_]\w*\.\w[\w.]*) extension")


class Search(NamedTuple):
    """What lines are looked for, in three steps, so that very long output is read fast.

    ``triggers`` have a literal beginning; ``hints`` are in lower case, and a line without
    any of them is ruled out.
    """

    triggers: tuple[bytes, ...]
    hints: tuple[bytes, ...]
    pattern: re.Pattern[str]


_OPTIONS = Search((rb"Unknown distribution option",), (b"option",), _OPTION)
_EXTENSIONS = Search(
    (rb"xtension", rb"peed-?ups?\b", rb"ure[- ][Pp]ython", rb"lain-[Pp]ython build"),
    (
        b"fail",
        b"not",
        b"n't",
        b"unable",
        b"error",
        b"skipping",
        b"falling",
        b"succeeded",
        b"disabled",
    ),
    _SKIPPED,
)


class Seen(Record, frozen=True):
    """A line of output and what it is about: an option; an extension, where it is named."""

    what: str
    evidence: Evidence


def unknown_options(attempt: Attempt) -> tuple[Seen, ...]:
    """The options of ``setup()`` that setuptools did not know, each where it first said so."""
    seen: dict[str, Seen] = {}
    for evidence in _evidence(attempt, _OPTIONS):
        match = _OPTION.search(evidence.text or "")
        if match is not None and match[1] not in _HARMLESS_OPTIONS:
            said = (evidence.text or "")[match.start() :]
            short = msgspec.structs.replace(evidence, text=said)
            seen.setdefault(match[1], Seen(what=match[1], evidence=short))
    return tuple(seen.values())


def skipped_extensions(attempt: Attempt) -> tuple[Seen, ...]:
    """The lines that say that an extension was left out of a build that went on.

    They are distutils' own (``building extension "x" failed``, for ``optional=True``) and
    the common ones of projects that catch the failure and go on without their extension.
    """
    seen = []
    for evidence in _evidence(attempt, _EXTENSIONS):
        match = _NAMED.search(evidence.text or "")
        seen.append(Seen(what=(match[1] or match[2]) if match else "", evidence=evidence))
    return tuple(seen)


def _evidence(attempt: Attempt, search: Search) -> Iterator[Evidence]:
    for phase in _PHASES:
        run = attempt.phase(phase)
        if run.status in _RAN:
            for stream in _STREAMS:
                path = run.stderr if stream == "stderr" else run.stdout
                for line, text in _matching(path, search):
                    yield Evidence(phase=phase, stream=stream, line=line, text=text)


def _matching(path: str | None, search: Search) -> Iterator[tuple[int, str]]:
    """Number (from 1) and text of the lines of a file that match."""
    if path is None or not Path(path).is_file():
        return
    with Path(path).open("rb") as file:
        before = 0
        for block in _blocks(file):
            counted = 0
            for start in _line_starts(block, search.triggers):
                text = _matched(block, start, search)
                if text is not None:
                    before += block.count(b"\n", counted, start)
                    counted = start
                    yield before + 1, text
            before += block.count(b"\n", counted)


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    """The file in pieces of whole lines, however long it is; a longer line is cut."""
    rest = b""
    while chunk := file.read(_BLOCK):
        block = rest + chunk
        cut = block.rfind(b"\n") + 1 or len(block)
        rest = block[cut:]
        yield block[:cut]
    yield rest


def _matched(block: bytes, start: int, search: Search) -> str | None:
    """The line that begins at ``start``, if it is one that is looked for."""
    end = block.find(b"\n", start, start + _LONGEST_LINE)
    raw = block[start : start + _LONGEST_LINE if end < 0 else end]
    lowered = raw.lower()
    if not any(hint in lowered for hint in search.hints):
        return None
    text = raw.decode(errors="replace").strip()
    return text if search.pattern.search(text) else None


def _line_starts(block: bytes, triggers: tuple[bytes, ...]) -> list[int]:
    hits = chain.from_iterable(re.finditer(trigger, block) for trigger in triggers)
    return sorted({block.rfind(b"\n", 0, hit.start()) + 1 for hit in hits})

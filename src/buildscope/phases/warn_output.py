"""What the output of hooks that passed gives away: ignored options, skipped extensions."""

from __future__ import annotations

import mmap
import re
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from buildscope.model.base import Record
from buildscope.model.failure import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.model.names import Phase, Stream
    from buildscope.model.run import Attempt

# setuptools asks for setup_requires in get_requires, where what they define is still unknown
_PHASES: tuple[Phase, ...] = ("prepare_metadata", "build_wheel")
_STREAMS: tuple[Stream, ...] = ("stderr", "stdout")
_LONGEST_LINE = 65_536
_MOST_LINES = 10_000
_CHUNK = 1 << 20

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
    | \bskipping\b (?!.*up-to-date) .{{0,60}} \bextensions?\b
    | \bfalling\ back\ (?:to|on)\ (?:a\ |the\ )?pure[-\ ]python
    | \b(?:plain|pure)[-\ ]python\ build\ succeeded
    | \bspeed-?ups?\ (?:are|is)\ (?:not\ enabled|disabled)
    """,
    re.IGNORECASE | re.VERBOSE,
)
# each has a literal beginning, which is found fast in very long output
_TRIGGERS = (rb"xtension", rb"peed-?ups?\b", rb"ure[- ][Pp]ython", rb"lain-[Pp]ython build")
_NAMED = re.compile(r"extension (?:module )?[\"']([\w.]+)[\"']|([A-Za-z_]\w*\.\w[\w.]*) extension")


class Seen(Record, frozen=True):
    """A line of output and what it is about: an option; an extension, where it is named."""

    what: str
    evidence: Evidence


def unknown_options(attempt: Attempt) -> tuple[Seen, ...]:
    """The options of ``setup()`` that setuptools did not know, each where it first said so."""
    seen: dict[str, Seen] = {}
    for evidence in _evidence(attempt, (rb"Unknown distribution option",), _OPTION):
        match = _OPTION.search(evidence.text or "")
        if match is not None and match[1] not in _HARMLESS_OPTIONS:
            seen.setdefault(match[1], Seen(what=match[1], evidence=evidence))
    return tuple(seen.values())


def skipped_extensions(attempt: Attempt) -> tuple[Seen, ...]:
    """The lines that say that an extension was left out of a build that went on.

    They are distutils' own (``building extension "x" failed``, for ``optional=True``) and
    the common ones of projects that catch the failure and go on without their extension.
    """
    seen = []
    for evidence in _evidence(attempt, _TRIGGERS, _SKIPPED):
        match = _NAMED.search(evidence.text or "")
        seen.append(Seen(what=(match[1] or match[2]) if match else "", evidence=evidence))
    return tuple(seen)


def _evidence(
    attempt: Attempt, triggers: tuple[bytes, ...], pattern: re.Pattern[str]
) -> Iterator[Evidence]:
    for phase in _PHASES:
        run = attempt.phase(phase)
        if run.status in {"passed", "carried"}:
            for stream in _STREAMS:
                path = run.stderr if stream == "stderr" else run.stdout
                for line, text in _matching(path, triggers, pattern):
                    yield Evidence(phase=phase, stream=stream, line=line, text=text)


def _matching(
    path: str | None, triggers: tuple[bytes, ...], pattern: re.Pattern[str]
) -> Iterator[tuple[int, str]]:
    """Number (from 1) and text of the lines of a file that have a trigger and the pattern."""
    if path is None or not Path(path).is_file() or not Path(path).stat().st_size:
        return
    with (
        Path(path).open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        line = 1
        counted = 0
        for start in islice(_line_starts(content, triggers), _MOST_LINES):
            raw = content[start : start + _LONGEST_LINE].partition(b"\n")[0]
            text = raw.decode(errors="replace").strip()
            if pattern.search(text):
                line += _newlines(content, counted, start)
                counted = start
                yield line, text


def _line_starts(content: mmap.mmap, triggers: tuple[bytes, ...]) -> Iterator[int]:
    starts: set[int] = set()
    for trigger in triggers:
        for found in islice(re.finditer(trigger, content), _MOST_LINES):
            at = found.start()
            starts.add(content.rfind(b"\n", max(0, at - _LONGEST_LINE), at) + 1)
    yield from sorted(starts)


def _newlines(content: mmap.mmap, start: int, stop: int) -> int:
    return sum(
        content[at : min(at + _CHUNK, stop)].count(b"\n") for at in range(start, stop, _CHUNK)
    )

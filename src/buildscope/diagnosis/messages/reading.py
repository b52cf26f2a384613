"""Reads one line of output."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from buildscope.diagnosis.messages.formats import FORMATS
from buildscope.diagnosis.messages.message import LONGEST, Message

if TYPE_CHECKING:
    from buildscope.diagnosis.messages.formats import Format
    from buildscope.diagnosis.messages.message import Severity

_NOTES: Final = frozenset({"note", "remark", "performance hint"})
_MAKEFILE = re.compile(r"\[(?P<file>[^\s:\]]+):(?P<line>\d{1,9}): ")


def read_message(line: str) -> Message | None:
    """What a line says, as a person sees it (without escape sequences); ``None``: no message.

    Linear in the line, of which at most ``LONGEST`` characters are read.
    """
    line = line[:LONGEST].rstrip()
    form = _form_of(line)
    found = form.pattern.match(line) if form is not None else None
    if form is None or found is None:
        return None
    said = found.groupdict()
    text = line[found.end() :].strip()
    place = _MAKEFILE.match(text) if form.tool == "make" and not said.get("file") else None
    if place is not None:
        said = {**said, **place.groupdict()}
    return Message(
        severity=form.severity or _severity(said["severity"]),
        tool=said.get("tool") or form.tool,
        file=said.get("file") or "",
        line=int(said.get("line") or 0),
        column=int(said.get("column") or 0),
        text=text,
    )


def read_severity(line: str) -> Severity | None:
    """The severity of what ``read_message`` reads, for less than half of the time."""
    line = line[:LONGEST].rstrip()
    form = _form_of(line)
    if form is None or form.severity is not None:
        return form.severity if form is not None else None
    found = form.pattern.match(line)
    return _severity(found["severity"]) if found is not None else None


def _any_form() -> re.Pattern[str]:
    """All forms as one pattern, whose n-th group is the n-th form: one call in place of fifty."""
    bare = (re.sub(r"\(\?P<\w+>", "(?:", form.pattern.pattern) for form in FORMATS)
    return re.compile("|".join(f"({pattern})" for pattern in bare))


_ANY = _any_form()


def _form_of(line: str) -> Format | None:
    found = _ANY.match(line)
    return FORMATS[found.lastindex - 1] if found is not None and found.lastindex else None


@lru_cache(maxsize=256)
def _severity(word: str | None) -> Severity:
    """What a tool's own word means; Cython has none for an error."""
    said = (word or "").lower()
    if "warn" in said or said == "deprecation":
        return "warning"
    return "note" if said in _NOTES else "error"

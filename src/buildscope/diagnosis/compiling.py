"""Reads a compiler's messages: which source file an error is about."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from buildscope.diagnosis.facts import FailedPhase
    from buildscope.diagnosis.output import Line

AT = r"^\s*(?P<file>(?:[A-Za-z]:)?[^\s:'\"()][^:'\"()]*)[:(](?P<line>\d+)(?:[:,]\d+)?\)?\s*:\s*"
"""Where a message of gcc, clang or Visual C++ begins: file, line, column."""

_EXPANDED = re.compile(AT + r"note: (?:in expansion of macro|expanded from macro)")
_PLACE = re.compile(AT)
_NOTES = 12


def blamed(facts: FailedPhase, line: Line) -> tuple[str, str]:
    """File and line number of an error; inside Python's headers, those of what used the macro."""
    place = _PLACE.match(line.text)
    file, number = (place["file"], place["line"]) if place else ("", "")
    if not file.endswith((".h", ".hpp")):
        return file, number
    for text in facts.output.after(line, _NOTES):
        if "error:" in text:
            break
        found = _EXPANDED.match(text)
        if found is not None:
            file, number = found["file"], found["line"]
    return file, number

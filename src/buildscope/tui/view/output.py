"""A raw line of a process as text that a terminal can be given.

Colours are kept, every other escape sequence is gone, and so are characters that move the
cursor or turn the direction of writing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.text import Text

from buildscope.reports.sanitize import strip_escapes

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST = 10_000
TAB = 8
_INERT = re.compile(
    "[\x00-\x08\x0a-\x1a\x1c-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
_LOUD = re.compile(r"(?i)\b(?:(error|fatal|traceback)|(warning|warn|deprecated))\b")
ERROR = re.compile(rb"(?i)(?<![\w-])(?:error|fatal|[A-Z]\w*(?:Error|Exception))\b")
"""What ``e`` goes to after the cause."""


def line_text(raw: str) -> Text:
    """``raw`` without its line end, as it would look on a terminal."""
    shown = raw.rstrip("\r").rpartition("\r")[2][:LONGEST]
    clean = _INERT.sub("\N{REPLACEMENT CHARACTER}", strip_escapes(shown, keep_sgr=True))
    text = Text.from_ansi(clean) if "\x1b" in clean else Text(clean)
    text.no_wrap, text.end = True, ""
    if "\t" in text.plain:
        text.expand_tabs(TAB)
    return text


def loudness(text: str) -> str:
    """The style of a line that names an error or a warning, else nothing."""
    found = _LOUD.search(text)
    if found is None:
        return ""
    return "failed" if found[1] else "warned"


def compile_search(line: str) -> tuple[re.Pattern[str], re.Pattern[bytes]]:
    """``line`` as a pattern over text and over bytes.

    All lower case ignores case; what is no regular expression is taken literally.
    """
    flags = re.IGNORECASE if line == line.lower() else 0
    wanted = _valid(line, flags)
    return re.compile(wanted, flags), re.compile(wanted.encode(), flags)


def _valid(line: str, flags: int) -> str:
    attempt: Callable[[str, int], object] = re.compile
    try:
        attempt(line, flags)
        re.compile(line.encode(), flags)
    except re.error:
        return re.escape(line)
    return line

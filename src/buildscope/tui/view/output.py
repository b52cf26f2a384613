"""A raw line of a process as text that a terminal can be given.

Colours are kept, every other escape sequence is gone, and so are characters that move the
cursor or turn the direction of writing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.text import Text

from buildscope.diagnosis.messages import read_message
from buildscope.reports.sanitize import strip_escapes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from buildscope.tui.view.rows import Piece

LONGEST = 10_000
TAB = 8
_INERT = re.compile(
    "[\x00-\x08\x0a-\x1a\x1c-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
_MARKS: Mapping[str, Piece] = {"error": ("✗", "failed"), "warning": ("!", "warned")}


def line_text(raw: str) -> Text:
    """``raw`` without its line end, as it would look on a terminal."""
    shown = raw.rstrip("\r").rpartition("\r")[2][:LONGEST]
    clean = _INERT.sub("\N{REPLACEMENT CHARACTER}", strip_escapes(shown, keep_sgr=True))
    text = Text.from_ansi(clean) if "\x1b" in clean else Text(clean)
    text.no_wrap, text.end = True, ""
    if "\t" in text.plain:
        text.expand_tabs(TAB)
    return text


def mark_of(text: str) -> Piece | None:
    """The mark of a line that is an error or a warning, and the style of both."""
    message = read_message(text)
    return _MARKS.get(message.severity) if message is not None else None


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

"""Makes the output of a build harmless: colours may stay, nothing else that acts on a terminal.

Sources: ECMA-48 (CSI, OSC, DCS, SOS, PM, APC, C0, C1); the bidirectional controls of
Unicode, which make text read other than it is, go too.
"""

from __future__ import annotations

import re
from typing import Final

TAB_WIDTH: Final = 8
_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
_COLOUR = re.compile(r"\x1b\[[0-9;:]{0,80}m")
_CONTROLS: Final = dict.fromkeys(
    [
        *(code for code in range(0x20) if chr(code) not in "\t\n\x08\x1b"),
        *range(0x7F, 0xA0),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
        0x2028,
        0x2029,
    ]
)


def strip_escapes(text: str, keep_sgr: bool = True) -> str:
    """``text`` as a terminal would show it, without what would act on the terminal.

    Escape sequences go with their payload, also unfinished ones; colours and attributes
    (SGR) stay where ``keep_sgr`` is true. Tabs become spaces, a backspace takes away the
    character before it, and of a line only what follows its last carriage return is kept.
    Newlines stay. The result has no control character but newlines and those of SGR.
    """
    if text.isprintable():
        return text
    kept = _SEQUENCE.sub(lambda found: _colour(found[0]) if keep_sgr else "", text)
    return "\n".join(_line(line) for line in kept.split("\n"))


def one_line(text: str) -> str:
    """``text`` with its line breaks and runs of spaces as single spaces."""
    return " ".join(text.split())


def plain_line(text: str) -> str:
    """``text`` on one line, without anything that acts on a terminal."""
    return one_line(strip_escapes(text, keep_sgr=False))


def _colour(sequence: str) -> str:
    return sequence if _COLOUR.fullmatch(sequence) else ""


def _line(line: str) -> str:
    line = line.rstrip("\r").rpartition("\r")[2]
    parts: list[str] = []
    column = at = 0
    for found in _COLOUR.finditer(line):
        column = _plain(line[at : found.start()], column, parts)
        parts.append(found[0])
        at = found.end()
    _plain(line[at:], column, parts)
    return "".join(parts)


def _plain(text: str, column: int, parts: list[str]) -> int:
    """Append a run without sequences to ``parts``; the column after it."""
    text = text.translate(_CONTROLS)
    if "\b" in text:
        text = _without_backspaces(text)
    if "\t" in text:
        text = (" " * (column % TAB_WIDTH) + text).expandtabs(TAB_WIDTH)[column % TAB_WIDTH :]
    parts.append(text)
    return column + len(text)


def _without_backspaces(text: str) -> str:
    shown: list[str] = []
    for character in text:
        if character != "\b":
            shown.append(character)
        elif shown:
            shown.pop()
    return "".join(shown)

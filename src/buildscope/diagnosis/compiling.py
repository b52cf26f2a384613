"""Which source file an error is about, as rules and evidence have it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildscope.diagnosis.messages import NEAR, Place, place_near, read_message

if TYPE_CHECKING:
    from pathlib import Path

    from buildscope.diagnosis.messages import Message
    from buildscope.diagnosis.output import Line, Output

_COMPILERS = frozenset({"", "cython"})
_EXPANDED = ("in expansion of macro", "expanded from macro")
_NOTES = 12
_HEADER = re.compile(
    r"(?:Cannot open include file: )?['\"<]?(?P<name>[\w./+-]+?\.?(?:h|hh|hpp|hxx|inc|h\+\+)?)['\">]?"
    r"(?:: No such file or directory| file not found)"
)


def compiler_error(line: Line) -> Message | None:
    """The compiler's error about a line of a source file that a line of output is, if it is one."""
    message = read_message(line.text)
    if message is None or message.severity != "error" or message.tool not in _COMPILERS:
        return None
    return message if message.file and message.line else None


def missing_include(text: str) -> str | None:
    """The header that an error says was not found: ``openssl/ssl.h``."""
    found = _HEADER.match(text)
    return found["name"] if found is not None else None


def within(project: Path | None, file: str) -> str:
    """A file as the project has it, where a tool named it by its whole path."""
    return file.removeprefix(f"{project}/") if project is not None else file


def blamed(output: Output, line: Line) -> Place | None:
    """The place of an error; of one inside a header, that of what used the header's macro."""
    place = place_near(line.text, output.before(line, NEAR), output.after(line, NEAR))
    if place is None or not place.file.endswith((".h", ".hpp")):
        return place
    for text in output.after(line, _NOTES):
        message = read_message(text)
        if message is None:
            continue
        if message.severity == "error":
            break
        if message.text.startswith(_EXPANDED):
            place = Place(message.file, message.line, message.column)
    return place

"""Where the keys and values of a valid TOML text stand, which no TOML parser here tells.

The text is walked once, and only what positions need is understood: the text must have
been parsed before by ``tomli``, which refuses what is not TOML.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import tomli

if TYPE_CHECKING:
    from collections.abc import Sequence

Path: TypeAlias = "tuple[str | int, ...]"

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACES = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]*")


class Position(NamedTuple):
    """A place in a text; line and column count from 1, columns in characters."""

    line: int
    column: int


class Place(NamedTuple):
    """Offsets of a key (of an element: the element itself) and of its value."""

    key: int
    value: int


def key_position(text: str, keys: Sequence[str], index: int | None = None) -> Position | None:
    """Where the key ``keys`` is written, or element ``index`` (from 0) of the array it names.

    For a table it is the header's own name, or the first dotted key that makes the table.
    ``None`` when there is no such key.
    """
    path: Path = tuple(keys) if index is None else (*keys, index)
    place = places(text).get(path)
    return None if place is None else at_offset(text, place.key)


def value_position(text: str, keys: Sequence[str]) -> Position | None:
    """Where the value of the key ``keys`` begins; ``None`` when there is no such key."""
    place = places(text).get(tuple(keys))
    return None if place is None else at_offset(text, place.value)


def at_offset(text: str, offset: int) -> Position:
    """Line and column of the character at ``offset`` (from 0)."""
    start = text.rfind("\n", 0, offset) + 1
    return Position(text.count("\n", 0, offset) + 1, offset - start + 1)


def places(text: str) -> dict[Path, Place]:
    """Every key and array element of a valid TOML text; integers index arrays (from 0)."""
    return _Walk(text).document()


class _Walk:
    """One pass over a text, ``at`` being the offset that is read next."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[Path, Place] = {}
        self.counts: dict[Path, int] = {}

    def document(self) -> dict[Path, Place]:
        table: Path = ()
        self._blank()
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._blank()
        return self.found

    def _header(self) -> Path:
        repeated = self.text.startswith("[[", self.at)
        self.at += 2 if repeated else 1
        parts = self._key()
        self.at += 2 if repeated else 1
        path = self._note_key((), parts, parts[-1][1])
        if repeated:
            element = self.counts.get(path, 0)
            self.counts[path] = element + 1
            path = (*path, element)
            self.found[path] = Place(parts[-1][1], parts[-1][1])
        return path

    def _pair(self, table: Path) -> None:
        parts = self._key()
        self.at += 1  # the equals sign
        self._skip(_SPACES)
        path = self._note_key(table, parts, self.at)
        self._value(path)

    def _value(self, path: Path) -> None:
        first = self.text[self.at]
        if first == "[":
            self._array(path)
        elif first == "{":
            self._inline_table(path)
        elif first in "\"'":
            self._skip(_STRING)
        else:
            self._skip(_SCALAR)

    def _array(self, path: Path) -> None:
        self.at += 1
        element = 0
        while self._more("]"):
            inner = (*path, element)
            self.found[inner] = Place(self.at, self.at)
            self._value(inner)
            element += 1

    def _inline_table(self, path: Path) -> None:
        self.at += 1
        while self._more("}"):
            self._pair(path)

    def _more(self, close: str) -> bool:
        """Pass separators; whether an element follows. Passes ``close`` when none does."""
        self._blank()
        if self.text[self.at] == ",":
            self.at += 1
            self._blank()
        if self.text[self.at] != close:
            return True
        self.at += 1
        return False

    def _key(self) -> list[tuple[str, int]]:
        """The parts of a dotted key, each with its offset."""
        parts = []
        while True:
            self._skip(_SPACES)
            start = self.at
            quoted = self.text[start] in "\"'"
            self._skip(_STRING if quoted else _BARE_KEY)
            written = self.text[start : self.at]
            parts.append((_unquoted(written) if quoted else written, start))
            self._skip(_SPACES)
            if self.text[self.at] != ".":
                return parts
            self.at += 1

    def _note_key(self, table: Path, parts: list[tuple[str, int]], value: int) -> Path:
        path = table
        for name, offset in parts:
            path = (*path, name)
            last = offset == parts[-1][1]
            self.found.setdefault(path, Place(offset, value if last else offset))
            if not last and path in self.counts:
                path = (*path, self.counts[path] - 1)
        return path

    def _blank(self) -> None:
        self._skip(_BLANK)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.at)
        if match is None or (match.end() == self.at and pattern is _SCALAR):
            raise ValueError(f"no TOML at offset {self.at}")
        self.at = match.end()


def _unquoted(written: str) -> str:
    (name,) = tomli.loads(f"{written} = 0")
    return name

"""A small backtracking matcher that counts what it does, for tests of how patterns scale.

It reads the parsed form of a pattern as ``re`` does, without ``re``'s short cuts: what it
does in linear time, ``re`` does too.
"""

from __future__ import annotations

import importlib
import re
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_SINGLE = {"LITERAL", "NOT_LITERAL", "ANY", "IN"}


class Work:
    """Matches one pattern at the beginning of texts; ``steps`` counts characters looked at."""

    def __init__(self, pattern: str) -> None:
        modern = sys.version_info >= (3, 11)
        parser = importlib.import_module("re._parser" if modern else "sre_parse")
        self._tree = list(parser.parse(pattern))
        self._known: dict[int, dict[str, bool]] = {}
        self.steps = 0

    def match(self, text: str) -> int | None:
        """Where the match ends."""
        return next(self._sequence(self._tree, text, 0), None)

    def _sequence(self, tokens: Any, text: str, at: int) -> Iterator[int]:
        if not tokens:
            yield at
            return
        for end in self._one(tokens[0], text, at):
            yield from self._sequence(tokens[1:], text, end)

    def _one(self, token: Any, text: str, at: int) -> Iterator[int]:
        name, value = str(token[0]), token[1]
        if name in {"MAX_REPEAT", "MIN_REPEAT"}:
            yield from self._repeat(value[0], value[1], list(value[2]), text, at)
        elif name == "SUBPATTERN":
            yield from self._sequence(list(value[-1]), text, at)
        elif name == "BRANCH":
            for branch in value[1]:
                yield from self._sequence(list(branch), text, at)
        elif name in {"ASSERT", "ASSERT_NOT"}:
            start = at if value[0] > 0 else at - 1
            found = (
                start >= 0 and next(self._sequence(list(value[1]), text, start), None) is not None
            )
            if found == (name == "ASSERT"):
                yield at
        elif name == "AT":
            if self._is_at(str(value), text, at):
                yield at
        elif self._is(token, text, at):
            yield at + 1

    def _repeat(self, least: int, most: int, inner: Any, text: str, at: int) -> Iterator[int]:
        if len(inner) > 1 or str(inner[0][0]) not in _SINGLE:
            yield from self._repeat_group(least, most, inner, text, at)
            return
        end = at
        while end - at < most and self._is(inner[0], text, end):
            end += 1
        yield from range(end, at + least - 1, -1)

    def _repeat_group(self, least: int, most: int, inner: Any, text: str, at: int) -> Iterator[int]:
        for end in self._sequence(inner, text, at) if most else ():
            if end > at:
                yield from self._repeat_group(max(least - 1, 0), most - 1, inner, text, end)
        if least == 0:
            yield at

    def _is_at(self, what: str, text: str, at: int) -> bool:
        self.steps += 1
        if what == "AT_END":
            return at == len(text)
        assert what == "AT_BOUNDARY"
        around = [re.match(r"\w", text[i : i + 1]) is not None for i in (at - 1, at) if i >= 0]
        return len(set(around)) > 1

    def _is(self, token: Any, text: str, at: int) -> bool:
        self.steps += 1
        if at >= len(text):
            return False
        name, value, character = str(token[0]), token[1], text[at]
        if name == "LITERAL":
            return bool(ord(character) == value)
        if name == "NOT_LITERAL":
            return bool(ord(character) != value)
        if name == "ANY":
            return character != "\n"
        assert name == "IN"
        return self._is_in(value, character)

    def _is_in(self, members: Any, character: str) -> bool:
        known = self._known.setdefault(id(members), {})
        if character not in known:
            negated = str(members[0][0]) == "NEGATE"
            known[character] = any(_is_member(one, character) for one in members) != negated
        return known[character]


def _is_member(member: Any, character: str) -> bool:
    name, value = str(member[0]), member[1]
    if name == "LITERAL":
        return bool(ord(character) == value)
    if name == "RANGE":
        return bool(value[0] <= ord(character) <= value[1])
    if name == "CATEGORY":
        letter = {"SPACE": r"\s", "DIGIT": r"\d", "WORD": r"\w"}[str(value).rpartition("_")[2]]
        return (re.match(letter, character) is None) == ("NOT_" in str(value))
    return False

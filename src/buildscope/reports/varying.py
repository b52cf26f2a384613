"""What differs between any two runs, and so does not make them different."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from buildscope.model.run import Attempt

LONGEST = 2000
"""Characters of a text that count."""
_VARYING = re.compile(
    r"\b0x[0-9a-f]{6,}"
    r"|/w/[a-z0-9]+/(?:\d+|views/[^\s/'\"]+)"
    r"|/attempts/\d+"
    r"|/tmp/[^\s'\":,;)\]/]+"
    r"|\btmp[a-z0-9_]{8}\b"
    r"|\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?"
    r"|\b\d\d:\d\d:\d\d(?:[.,]\d+)?"
    r"|\b\d+(?:\.\d+)?\s?(?:[nmµ]?s|seconds?|minutes?)\b"
)
"""Addresses, directories of attempts, temporary names, moments and durations."""


def same_text(a: Attempt, one: str | None, b: Attempt, other: str | None) -> bool:
    """Whether ``one``, which attempt ``a`` said, is what ``b`` says with ``other``."""
    if one is None or other is None or one == other:
        return one == other
    return usual(a, one) == usual(b, other)


def usual(attempt: Attempt, text: str) -> str:
    """The beginning of ``text`` without what is of this one attempt."""
    text = text[:LONGEST]
    for place in _places(attempt):
        text = text.replace(place, "…")
    return _VARYING.sub("…", text).rstrip()


def _places(attempt: Attempt) -> list[str]:
    """Directories of an attempt of its own, the longest first."""
    source, environment = attempt.source, attempt.environment
    found = {source.tree, source.project} if source is not None else set()
    found |= {environment.path} if environment is not None else set()
    return sorted(found, key=len, reverse=True)

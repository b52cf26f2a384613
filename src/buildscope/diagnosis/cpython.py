"""What CPython no longer has, by the minor version that had it last (``data/cpython.toml``)."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Literal, TypeAlias

import msgspec
import tomli

from buildscope.model.base import Record

Part: TypeAlias = Literal["names", "identifiers", "headers", "members"]


class _Gone(Record, frozen=True):
    """By version, the words that it was the last to have, with white space between them."""

    names: dict[str, str]
    identifiers: dict[str, str]
    headers: dict[str, str]
    members: dict[str, str]


def last_with(part: Part, word: str) -> str | None:
    """The last version that had it (``"3.9"``); ``None`` for what is still there, or never was.

    ``names`` are ``module.name``, ``members`` those of C structures: ``PyTypeObject.tp_print``.
    """
    return gone(part).get(word)


@cache
def gone(part: Part) -> dict[str, str]:
    """All that was removed, with the last version that had it."""
    table: dict[str, str] = getattr(_read(), part)
    return {word: version for version, words in table.items() for word in words.split()}


@cache
def _read() -> _Gone:
    data = resources.files("buildscope.diagnosis").joinpath("data").joinpath("cpython.toml")
    return msgspec.convert(tomli.loads(data.read_text("utf-8")), _Gone)

"""Edits ``[build-system].requires`` in the text of a ``pyproject.toml``, and nothing else of it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

import tomli

if TYPE_CHECKING:
    from collections.abc import Sequence

_TABLE: Final = re.compile(r"^[ \t]*\[[ \t]*build-system[ \t]*\][ \t\r]*(?:#.*)?$", re.MULTILINE)
_ARRAY: Final = re.compile(
    r"^[ \t]*requires[ \t]*=[ \t]*(\[.*?\])(?=[ \t\r]*(?:#.*)?$)", re.MULTILINE | re.DOTALL
)
_ITEM: Final = re.compile(r"#[^\n]*|\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'")
LEGACY: Final = "setuptools.build_meta:__legacy__"


def with_requires(text: str | None, requires: Sequence[str], *, legacy: bool) -> str | None:
    """The text with these requirements; ``text`` is ``None`` where there is no such file.

    The first of them take the place of those that are there, one by one; more are appended. With
    ``legacy`` a new table names the backend that PEP 517 falls back to. ``None`` where the
    text is written in a way that this does not know.
    """
    table = _TABLE.search(text) if text is not None else None
    if text is None or table is None:
        after = _with_table(text or "", requires, legacy=legacy)
    else:
        found = _ARRAY.search(text, table.end())
        if found is None:
            return None
        start, end = found.span(1)
        after = text[:start] + _array(found[1], requires) + text[end:]
    return after if _read(after) == list(requires) else None


def _with_table(text: str, requires: Sequence[str], *, legacy: bool) -> str:
    end = "\r\n" if "\r\n" in text else "\n"
    start = text
    if text:
        start += end if text.endswith("\n") else end * 2
    lines = ["[build-system]", f"requires = [{', '.join(map(_quoted, requires))}]"]
    if legacy:
        lines.append(f"build-backend = {_quoted(LEGACY)}")
    return start + end.join(lines) + end


def _array(array: str, requires: Sequence[str]) -> str:
    """The array with other items; comments, quotes and line breaks stay."""
    items = [found for found in _ITEM.finditer(array) if not found[0].startswith("#")]
    if not items or len(items) > len(requires):
        return f"[{', '.join(map(_quoted, requires))}]"
    parts, position = [], 0
    for item, wanted in zip(items, requires, strict=False):
        same = _value(item[0]) == wanted
        parts += [array[position : item.start()], item[0] if same else _quoted(wanted, item[0])]
        position = item.end()
    gap = _gap(array, items[-1].start())
    parts += [f",{gap}{_quoted(wanted, items[-1][0])}" for wanted in requires[len(items) :]]
    return "".join(parts) + array[position:]


def _gap(array: str, item: int) -> str:
    """What stands between two items: a line break and its indent, or a space."""
    line = array.rfind("\n", 0, item)
    if line < 0 or array[line:item].strip():
        return " "
    return array[line - 1 : item] if array[line - 1] == "\r" else array[line:item]


def _quoted(text: str, like: str = '"') -> str:
    plain = '"' in text or like.startswith("'")
    return f"'{text}'" if plain and "'" not in text else json.dumps(text, ensure_ascii=False)


def _value(literal: str) -> str:
    return str(tomli.loads(f"x = {literal}")["x"])


def _read(text: str) -> object:
    try:
        return tomli.loads(text).get("build-system", {}).get("requires")
    except tomli.TOMLDecodeError:
        return None

"""The help screen's rows."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from buildscope.tui.keys import GROUPS, KEYS, NO_KEYMAP, shown_key
from buildscope.tui.view.rows import Row, fit, row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from buildscope.tui.view.rows import Piece

_KEY = 11
_TWO_COLUMNS = 104
_LEFT = 4


def help_rows(width: int, keymap: Mapping[str, str] = NO_KEYMAP) -> tuple[Row, ...]:
    """Every key under its group, in one or two columns."""
    groups = [list(_group(name, keymap)) for name in GROUPS]
    if width < _TWO_COLUMNS:
        return tuple(row(*pieces) for group in groups for pieces in group)
    half = width // 2
    left, right = groups[:_LEFT], groups[_LEFT:]
    columns = zip_longest(_joined(left), _joined(right), fillvalue=())
    return tuple(row(*fit(one, half), *fit(other, width - half)) for one, other in columns)


def _joined(groups: list[list[tuple[Piece, ...]]]) -> list[tuple[Piece, ...]]:
    return [pieces for group in groups for pieces in group]


def _group(name: str, keymap: Mapping[str, str]) -> Iterator[tuple[Piece, ...]]:
    yield ((name, "strong"),)
    style = "accent strong"
    if any(key.id == "remedy-1" and key.group == name for key in KEYS):
        yield (("  1-9", style), (" " * (_KEY - 3), ""), ("take a remedy of the verdict", ""))
    for key in KEYS:
        if key.group == name and key.help:
            yield ((f"  {shown_key(key, keymap):<{_KEY}}", style), (key.help, ""))
    yield (("", ""),)

"""The footer: at most eight verbs ranked for the state; help and quit never drop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildscope.tui.keys import (
    BY_ID,
    MOST_VERBS,
    NEVER_DROP,
    NO_KEYMAP,
    RANKED,
    REMEDIES,
    shown_key,
)
from buildscope.tui.view.rows import Row, fit, row, spread

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from buildscope.tui.view.rows import Piece
    from buildscope.tui.view.state import State

RETRY_LINE = (("enter", "run"), ("tab", "complete"), ("↑↓", "history"), ("esc", "close"))
SEARCH_LINE = (("enter", "search"), ("↑↓", "history"), ("esc", "close"))


def footer_row(
    state: State,
    remedies: int,
    width: int,
    *,
    isolated: bool = True,
    held: bool = False,
    keymap: Mapping[str, str] = NO_KEYMAP,
) -> Row:
    """Offer the verbs of ``state`` in ``width`` cells; ``i`` offers the other isolation.

    ``held`` says that the failing frame is alive.
    """
    last = [_verb(name, remedies, keymap) for name in NEVER_DROP]
    names = [name for name in RANKED[state] if name != "frame" or held]
    ranked = [verb for name in names if (verb := _verb(name, remedies, keymap)) is not None]
    if state == "built_changed":
        ranked = [(key, label.replace("find a fix", "prove it")) for key, label in ranked]
    if not isolated:
        ranked = [(key, label.replace("isolation off", "isolation on")) for key, label in ranked]
    verbs = [*ranked[: MOST_VERBS - len(last)], *last]
    while len(verbs) > len(last) and _width(verbs) > width:
        verbs.pop(-1 - len(last))
    return line(((key, label) for key, label in filter(None, verbs)), width)


def message_row(message: Piece, width: int, keymap: Mapping[str, str] = NO_KEYMAP) -> Row:
    """Say ``message`` instead of the verbs, but for the two that never drop."""
    kept = [verb for name in NEVER_DROP if (verb := _verb(name, 0, keymap)) is not None]
    return row(*spread((message,), (*line(kept, _width([*kept])).pieces, (" ", "")), width))


def line(verbs: Iterable[tuple[str, str]], width: int) -> Row:
    """Keys and what they do, in one row."""
    pieces: list[Piece] = []
    for key, label in verbs:
        pieces += [("  " if pieces else " ", ""), (key, "accent strong"), (f" {label}", "")]
    return row(*fit(pieces, width))


def _verb(name: str, remedies: int, keymap: Mapping[str, str]) -> tuple[str, str] | None:
    if name != REMEDIES:
        return (shown_key(BY_ID[name], keymap), BY_ID[name].label)
    if not remedies:
        return None
    return ("1" if remedies == 1 else f"1-{remedies}", "take a remedy")


def _width(verbs: list[tuple[str, str] | None]) -> int:
    return sum(len(key) + len(label) + 3 for key, label in filter(None, verbs)) - 1

"""Rows of styled text: what every view makes and every widget paints.

A style is one or more names of ``STYLES``, separated by spaces; the style sheet says how each
looks, so that nothing here knows a colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from rich.cells import cell_len, chop_cells, set_cell_size

from buildscope.reports.sanitize import strip_escapes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Piece: TypeAlias = tuple[str, str]
"""Text without line breaks, and its style."""

STYLES = frozenset(
    {
        "accent",
        "carried",
        "cursor",
        "dim",
        "evidence",
        "failed",
        "key",
        "keyword",
        "match",
        "name",
        "number",
        "passed",
        "rule",
        "running",
        "selected",
        "string",
        "strong",
        "warned",
    }
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line; ``key`` names what enter or a click on it does, ``where`` is (file, line).

    ``copy`` is what copying it copies, where that is not the line as it is shown.
    """

    pieces: tuple[Piece, ...] = ()
    key: str | None = None
    where: tuple[str, int] | None = None
    copy: str | None = None

    @property
    def plain(self) -> str:
        """The text without its styles."""
        return "".join(text for text, _ in self.pieces)

    @property
    def width(self) -> int:
        """Cells it takes on a terminal."""
        return sum(cell_len(text) for text, _ in self.pieces)


def row(
    *pieces: str | Piece,
    key: str | None = None,
    where: tuple[str, int] | None = None,
    copy: str | None = None,
) -> Row:
    """A row of the pieces that hold any text; a plain string has no style.

    What a record quotes comes from a build: nothing in it reaches the terminal but text.
    """
    styled = (piece if isinstance(piece, tuple) else (piece, "") for piece in pieces)
    return Row(tuple((_inert(text), style) for text, style in styled if text), key, where, copy)


def _inert(text: str) -> str:
    if text.isprintable():
        return text
    shown = strip_escapes(text, keep_sgr=False).replace("\n", " ")
    return shown.encode(errors="replace").decode()  # surrogates: names that are not UTF-8


def fit(pieces: Iterable[Piece], width: int) -> tuple[Piece, ...]:
    """``pieces`` in exactly ``width`` cells: padded, or cut with an ellipsis."""
    taken: list[Piece] = []
    left = max(width, 0)
    for text, style in pieces:
        cells = cell_len(text)
        if cells > left:
            return (*taken, (cut(text, left), style))
        taken.append((text, style))
        left -= cells
    return (*taken, (" " * left, "")) if left else tuple(taken)


def cut(text: str, width: int) -> str:
    """``text`` in at most ``width`` cells, its end replaced by an ellipsis where it is longer."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1) + "…" if width > 0 else ""


def spread(left: Iterable[Piece], right: Iterable[Piece], width: int) -> tuple[Piece, ...]:
    """``left`` and, flush with the end of ``width`` cells, ``right``; ``left`` gives way."""
    right = tuple(right)
    taken = sum(cell_len(text) for text, _ in right)
    if taken == 0:
        return fit(left, width)
    return (*fit(left, width - taken - 1), (" ", ""), *right)


def wrap(text: str, width: int, lines: int) -> list[str]:
    """``text`` broken at spaces into at most ``lines`` lines of ``width`` cells."""
    broken: list[str] = []
    rest = text
    while rest and len(broken) < lines - 1 and cell_len(rest) > width:
        at = rest.rfind(" ", 0, len(set_cell_size(rest, width).rstrip()) + 1)
        if at <= 0:
            break
        broken.append(rest[:at])
        rest = rest[at + 1 :]
    return [*broken, cut(rest, width)]


def broken(text: str, width: int) -> Iterator[str]:
    """All of ``text`` in lines of ``width`` cells: at spaces, else slashes, else anywhere."""
    for line in text.split("\n"):
        rest, indent = line, " " * min(len(line) - len(line.lstrip()), width // 2)
        while cell_len(rest) > width:
            within = len(set_cell_size(rest, width).rstrip()) + 1
            at = rest.rfind(" ", len(indent) + 1, within)
            head = rest[:at] if at > 0 else _chopped(rest, width)
            yield head
            rest = indent + rest[len(head) :].lstrip()
        yield rest


def _chopped(word: str, width: int) -> str:
    """The beginning of a long word: up to its last slash where that is not far back."""
    head = chop_cells(word, width)[0]
    slash = head.rfind("/") + 1
    return head[:slash] if slash > len(head) // 2 else head

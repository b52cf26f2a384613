"""The prompt in a held frame: its head, and what was typed and came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildscope.session.frame_words import place
from buildscope.tui.view.rows import Row, broken, cut, row
from buildscope.tui.view.syntax import highlight

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from buildscope.session.frame import Answer, HeldFrame

VERBS = (
    ("enter", "evaluate"),
    ("tab", "complete"),
    ("shift+↑↓", "frames"),
    ("esc", "leave"),
    ("?", "help"),
    (":pdb", "pdb"),
)
BUSY = (("ctrl+c", "interrupt what is evaluated"), ("esc", "leave"))
NOTE = "`finally` blocks have run. Nothing here is recorded. esc ends the process."
_MOST_LINES = 2000
_LONGEST = 20_000
"""Lines of one answer that are shown, and characters of each: the first."""


def head_rows(held: HeldFrame, count: int, height: int) -> tuple[Row, ...]:
    """The frame and the source around its line, in ``height`` rows."""
    frame = held.frame
    title = row(
        (f" {place(held)}", "strong"),
        f"  {frame.function}  ",
        (f"{frame.owner} · frame {held.number + 1} of {count} · ", "dim"),
        (held.exception, "failed"),
    )
    lines = list(enumerate(highlight(frame.context, frame.file), frame.context_line))
    at = frame.line - frame.context_line
    first = max(0, min(at - (height - 1) // 2, len(lines) - (height - 1)))
    shown = lines[first : first + height - 1]
    rows = [title, *(_source(number, pieces, frame.line) for number, pieces in shown)]
    return tuple([*rows, *[row()] * height][:height])


def _source(number: int, pieces: tuple[tuple[str, str], ...], current: int) -> Row:
    mark = (" ❱ ", "failed") if number == current else ("   ", "")
    style = "strong" if number == current else "dim"
    return row(mark, (f"{number:>5} ", style), *pieces)


def typed_rows(code: str) -> Iterator[Row]:
    """What was typed, as Python's own prompt shows it."""
    for at, line in enumerate(code.split("\n")):
        yield row((">>> " if at == 0 else "... ", "accent"), (line, "strong"))


def answer_rows(answer: Answer, width: int) -> Iterator[Row]:
    """What was printed, the value, the traceback."""
    for text, style in ((answer.output, "dim"), (answer.value, ""), (answer.error, "failed")):
        if text:
            yield from told_rows(text.rstrip("\n").split("\n"), width, style)


def told_rows(lines: Sequence[str], width: int, style: str = "") -> Iterator[Row]:
    """Lines, broken where they are longer than ``width``; of very many the first."""
    for line in lines[:_MOST_LINES]:
        yield from (row((part, style)) for part in broken(line.expandtabs(8)[:_LONGEST], width))
        if len(line) > _LONGEST:
            yield row((f"… {len(line) - _LONGEST} more characters", "dim"))
    if len(lines) > _MOST_LINES:
        yield row((f"… {len(lines) - _MOST_LINES} more lines", "dim"))


def note_row(width: int) -> Row:
    """What is to be known of a held frame."""
    return row((cut(f" {NOTE}", width), "dim"))

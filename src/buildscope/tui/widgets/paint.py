"""Turns rows into strips: styles from the style sheet, selection, matches, ASCII."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.screen import Screen
from textual.widget import Widget

from buildscope.tui.view.marks import to_ascii
from buildscope.tui.view.rows import STYLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console
    from textual.selection import Selection

    from buildscope.tui.view.rows import Piece


class PaintedScreen(Screen[None]):
    """A screen whose widgets paint rows; every style is a component class of it.

    Of the screen and not of each widget: Textual works all of them out anew for every widget
    whenever it gains a class or the focus.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"rows--{name}" for name in STYLES}


class Painter(Widget):
    """A widget that paints lines of pieces."""

    def style_of(self, names: str) -> Style:
        """What a style's names look like here, without the widget's own colours."""
        style = Style()
        for name in names.split():
            style += self.screen.get_component_rich_style(f"rows--{name}", partial=True)
        return style

    def text_of(self, pieces: Iterable[Piece]) -> Text:
        """``pieces`` with their styles, in ASCII where the terminal needs that."""
        text = Text(no_wrap=True, end="")
        ascii_only = self.app.has_class("-ascii")
        for said, style in pieces:
            shown = to_ascii(said) if ascii_only else said
            text.append(shown, self.style_of(style) if style else None)
        return text

    def select(self, text: Text, line: int) -> None:
        """Mark what the user has selected of line ``line``."""
        selection = self.text_selection
        span = None if selection is None else selection.get_span(line)
        if span is None:
            return
        start, end = span
        style = self.screen.get_component_rich_style("screen--selection")
        text.stylize(style, start, len(text) if end == -1 else end)


def segments_of(text: Text, base: Style, console: Console) -> list[Segment]:
    """``text`` over ``base``."""
    if not text.spans:
        return [Segment(text.plain, base)] if text.plain else []
    text.style = base
    return [segment for segment in text.render(console) if segment.text]


def with_offsets(segments: Iterable[Segment], x: int, y: int) -> list[Segment]:
    """Segments that tell Textual where in line ``y`` they stand, so that they can be selected."""
    placed = []
    for text, style, _ in segments:
        offset = Style.from_meta({"offset": (x, y)})
        placed.append(Segment(text, style + offset if style else offset))
        x += len(text)
    return placed


def extract(lines: Sequence[str], first: int, selection: Selection) -> str:
    """What ``selection`` takes of ``lines``, of which the first is line ``first``."""
    taken = []
    for at, line in enumerate(lines, start=first):
        span = selection.get_span(at)
        if span is not None:
            taken.append(line[span[0] :] if span[1] == -1 else line[span[0] : span[1]])
    return "\n".join(taken)


def selected_lines(selection: Selection, count: int) -> range:
    """The numbers of the lines that ``selection`` touches, of ``count``."""
    start = 0 if selection.start is None else selection.start.y
    end = count - 1 if selection.end is None else selection.end.y
    return range(max(start, 0), min(end, count - 1) + 1)

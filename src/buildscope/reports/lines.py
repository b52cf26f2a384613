"""Lines of a report: texts that become ASCII where the terminal cannot show more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text

from buildscope.reports.sanitize import strip_escapes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import Console, ConsoleOptions

_ASCII: Final = str.maketrans(
    {
        "✗": "x",
        "✓": "+",
        "❱": ">",
        "│": "|",
        "…": ".",
        "·": "-",
        "\u2018": "'",
        "\u2019": "'",
        "—": "-",
    }
)


class Lines:
    """A few lines to print, one under the other."""

    def __init__(self, texts: Iterable[Text]) -> None:
        self.texts = tuple(texts)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """The texts, in ASCII where the console's encoding has no more."""
        for text in self.texts:
            yield _ascii(text) if options.ascii_only else text

    def __str__(self) -> str:
        """The text alone."""
        return "\n".join(text.plain for text in self.texts)


def line(text: str = "", style: str = "") -> Text:
    """One line of plain text in one style."""
    return Text(strip_escapes(text, keep_sgr=False), style=style)


def coloured(text: str) -> Text:
    """A line of a build's output: its colours kept, every other escape sequence gone."""
    return Text.from_ansi(strip_escapes(text, keep_sgr=True))


def _ascii(text: Text) -> Text:
    """The same text, character for character, so that its styles still fit."""
    shown = text.copy()
    plain = text.plain.translate(_ASCII)
    shown.plain = "".join(character if character.isascii() else "?" for character in plain)
    return shown

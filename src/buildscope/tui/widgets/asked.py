"""What the prompt tells the screen; apart from the prompt, which is imported when it is opened."""

from __future__ import annotations

from typing import Literal, TypeAlias

from textual.message import Message

What: TypeAlias = Literal["changed", "complete", "close", "submit"]
Kind: TypeAlias = Literal["retry", "search", "verb"]


class Asked(Message):
    """Somebody typed, or pressed tab, escape or enter on the line, which now is ``value``."""

    def __init__(self, what: What, value: str) -> None:
        super().__init__()
        self.what = what
        self.value = value

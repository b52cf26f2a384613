"""The keys, made from the table that the bindings are made from."""

from __future__ import annotations

from buildscope.tui.screens.searched import SearchedScreen
from buildscope.tui.view.help import help_rows


class HelpScreen(SearchedScreen):
    """All keys, by what they are for."""

    def __init__(self) -> None:
        super().__init__("Keys", help_rows)

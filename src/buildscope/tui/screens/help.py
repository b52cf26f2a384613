"""The keys, made from the table that the bindings are made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildscope.tui.keys import NO_KEYMAP
from buildscope.tui.screens.searched import SearchedScreen
from buildscope.tui.view.help import help_rows

if TYPE_CHECKING:
    from collections.abc import Mapping


class HelpScreen(SearchedScreen):
    """All keys, by what they are for."""

    def __init__(self, keymap: Mapping[str, str] = NO_KEYMAP) -> None:
        super().__init__("Keys", lambda width: help_rows(width, keymap))

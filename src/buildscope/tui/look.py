"""What a user's configuration says of the screen."""

from __future__ import annotations

from buildscope.model.base import Record


class Look(Record, frozen=True):
    """``theme`` is the name of one of Textual's or ours; ``keymap`` binding id to keys.

    ``theme_file`` is the file that names the theme.
    """

    theme: str | None = None
    theme_file: str | None = None
    keymap: dict[str, str] = {}

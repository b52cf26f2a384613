"""What depends on the version of Textual, and nothing else does."""

from __future__ import annotations

import traceback
from typing import Any, TypeVar

from textual.app import App

Result = TypeVar("Result")


class CrashKeepingApp(App[Result]):
    """An app whose own crash is kept as plain text instead of being drawn with its locals.

    Textual 8 calls ``_fatal_error`` while the exception is being handled; where a version
    does not, its own rendering is printed and ``crash`` stays ``None``.
    """

    crash: str | None = None
    """The traceback of the first exception that nothing handled."""

    def _fatal_error(self) -> None:
        if self.crash is None:
            self.crash = traceback.format_exc()
        self.panic()

    def colour_system(self) -> str | None:
        """Tell what rich found the terminal to have: ``truecolor``, ``256``, ``standard``, ``None``."""
        system: Any = self.console.color_system
        return None if system is None else str(system)

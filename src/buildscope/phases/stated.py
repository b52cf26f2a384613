"""A value with the place at which a file of the project states it."""

from __future__ import annotations

from buildscope.model.base import Record


class Stated(Record, frozen=True):
    """A value that a file (named relative to the project) states; lines count from 1."""

    value: str
    file: str
    line: int | None = None
    column: int | None = None

    @property
    def where(self) -> str:
        """The place in words: ``setup.py line 4``."""
        return self.file if self.line is None else f"{self.file} line {self.line}"

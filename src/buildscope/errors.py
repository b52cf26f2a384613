"""Every error that buildscope raises on purpose.

    BuildscopeError
    ├── UsageError                  exit code 2: the request cannot be carried out as given
    ├── Cancelled                   the user (or a client) asked to stop
    └── PhaseError                  a phase refused or failed; carries the cause id if known
        └── SourceError             phase ``source``; exit code 3

A message says what happened and where; ``hint`` says what to do about it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from buildscope.model.names import CauseId


class BuildscopeError(Exception):
    """Base of the errors that are reported as one sentence, without a traceback."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(BuildscopeError):
    """The request itself is wrong: a bad option, an interpreter that does not exist."""


class Cancelled(BuildscopeError):  # noqa: N818 - not an error of anybody's
    """A stop was requested while something ran."""


class PhaseError(BuildscopeError):
    """A phase cannot go on; ``cause`` is set where the engine itself knows why.

    Where it is ``None`` the rules of ``diagnosis`` read what the phase left. ``file``, ``line`` and ``column`` (both counted from 1) say where in the source
    tree the reason stands, when it stands in one place.
    """

    def __init__(
        self,
        message: str,
        *,
        cause: CauseId | None = None,
        hint: str | None = None,
        file: Path | str | None = None,
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.cause = cause
        self.file = None if file is None else str(file)
        self.line = line
        self.column = column


class SourceError(PhaseError):
    """The source tree could not be obtained."""

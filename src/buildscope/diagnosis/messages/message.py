"""A message of a tool, as one line of output has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Severity: TypeAlias = Literal["error", "warning", "note"]

LONGEST: Final = 4_096
"""Of a longer line only the beginning is read, in characters or bytes."""


@dataclass(frozen=True, slots=True)
class Message:
    """What one line says.

    ``tool`` is empty where the line does not tell whose it is. ``file`` is the name as the
    line has it; ``line`` and ``column`` count from 1 and are 0 where there is none. A ``note``
    is what only belongs to a message or names a place: it is no error and no warning.
    """

    severity: Severity
    tool: str
    file: str = ""
    line: int = 0
    column: int = 0
    text: str = ""

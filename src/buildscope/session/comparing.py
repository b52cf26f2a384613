"""Compares two attempts of a session, their output read from its files."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from buildscope.errors import UsageError
from buildscope.journal.lines import SpoolReader
from buildscope.reports.compare import Line, compare
from buildscope.reports.sanitize import strip_escapes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.model.names import Phase
    from buildscope.model.run import Attempt, SessionRecord


def compared(record: SessionRecord, first: int, second: int) -> tuple[Line, ...]:
    """How attempt ``second`` differs from ``first``; raises ``UsageError`` for one unknown."""
    known = {attempt.id: attempt for attempt in record.attempts}
    for number in (first, second):
        if number not in known:
            listed = ", ".join(map(str, known)) or "none"
            raise UsageError(f"there is no attempt {number}", hint=f"attempts: {listed}")
    return compare(known[first], known[second], _lines)


def _lines(attempt: Attempt, phase: Phase) -> Iterator[str]:
    index = attempt.phase(phase).index
    if index is None:
        return
    with closing(SpoolReader(Path(index).parent)) as reader:
        for number in range(reader.refresh()):
            yield strip_escapes(reader.text(number), keep_sgr=False)

"""Compares two attempts of a session, their output read from its files."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from buildscope.journal.lines import SpoolReader
from buildscope.reports.compare import Comparison, compare
from buildscope.reports.sanitize import strip_escapes
from buildscope.session.find import find_attempt
from buildscope.session.words import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.model.names import Phase, Stream
    from buildscope.model.run import Attempt, SessionRecord


def compared(record: SessionRecord, first: int, second: int) -> Comparison:
    """How attempt ``second`` differs from ``first``; raises ``UsageError`` for one unknown."""
    a, b = find_attempt(record, first), find_attempt(record, second)
    return compare(a, b, _lines, words(a.settings, b.settings))


def compare_command(record: SessionRecord, first: int, second: int) -> str:
    """The command line that says the same."""
    return f"buildscope sessions show {record.id} --compare {first} {second}"


def comparable(record: SessionRecord, attempt: Attempt) -> tuple[int, int] | str:
    """The pair that is compared when nothing is said, or why there is none.

    An attempt and its parent; the first one and the attempt made after it.
    """
    others = [one.id for one in record.attempts if one.id != attempt.id]
    if not others:
        return "= compares two attempts, and there is one; r makes another"
    if attempt.parent in others:
        return (attempt.parent, attempt.id)
    earlier = [number for number in others if number < attempt.id]
    return (earlier[-1], attempt.id) if earlier else (attempt.id, others[0])


def _lines(attempt: Attempt, phase: Phase, stream: Stream) -> Iterator[str]:
    run = attempt.phase(phase)
    if run.index is None:
        return
    with closing(SpoolReader(Path(run.index).parent)) as reader:
        for came_from, text in reader.lines():
            if came_from == stream:
                yield strip_escapes(text, keep_sgr=False)

"""Lines that may tell what a build did not find: of its exceptions and of its output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from buildscope.diagnosis.facts import Raised
from buildscope.diagnosis.messages import read_severity
from buildscope.diagnosis.rules.program_patterns import NOT_FOUND, ONLY_LOOKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.diagnosis.facts import FailedPhase
    from buildscope.diagnosis.output import Line
    from buildscope.model.failure import Evidence
    from buildscope.model.names import Confidence


@dataclass(frozen=True, slots=True)
class Said:
    """A line that may tell what is missing, where it stands, and how much it proves."""

    text: str
    at: Line | Raised
    confidence: Confidence

    def evidence(self, facts: FailedPhase) -> Evidence:
        """Where it stands; made only for what is told, since it reads the source."""
        return (
            facts.at_exception(self.at) if isinstance(self.at, Raised) else facts.at_line(self.at)
        )


def said_lines(facts: FailedPhase) -> Iterator[Said]:
    """Messages of the exceptions, then lines of output.

    A line says for certain what was missing where the exception is of the command itself that
    could not be run.
    """
    for raised in facts.chain:
        for text in raised.exception.message.splitlines()[:20]:
            yield Said(text.strip(), raised, raised.confidence)
        for text in raised.origin.context if raised.origin is not None else ():
            if not raised.exception.message and "specify a working" in text:
                yield Said(text.strip(), raised, raised.confidence)
    not_run = any(NOT_FOUND.search(raised.exception.message) for raised in facts.chain)
    confidence = facts.output_confidence("certain" if not_run else "likely")
    for line in facts.output.suspects:
        if not ONLY_LOOKS.match(line.text) and read_severity(line.text) != "warning":
            yield Said(line.text.strip(), line, confidence)

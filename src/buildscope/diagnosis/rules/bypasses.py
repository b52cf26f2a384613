"""Code that failed and that a switch of the source's own would have left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildscope.diagnosis.facts import place
from buildscope.diagnosis.remedies import cause
from buildscope.diagnosis.switches import skipping

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.diagnosis.facts import FailedPhase
    from buildscope.model.failure import Cause


def bypassed(facts: FailedPhase) -> Iterator[Cause]:
    """The project's code failed under a condition that reads a variable."""
    for raised in facts.chain:
        remedies = skipping(facts, raised)
        if remedies:
            first = raised.text.partition("\n")[0][:200].rstrip(": ")
            yield cause(
                facts,
                "unknown",
                f"{place(raised.project_frame)} fails in a part that the source has a switch for: {first}",
                facts.at_exception(raised),
                confidence="guess",
                remedies=remedies,
            )
            return


RULES = (bypassed,)

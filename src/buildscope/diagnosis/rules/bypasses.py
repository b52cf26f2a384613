"""Code that failed and that a switch of the source's own would have left out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildscope.diagnosis.facts import place
from buildscope.diagnosis.remedies import cause
from buildscope.diagnosis.switches import cuda_remedies, skipping
from buildscope.diagnosis.system import toolchain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.diagnosis.facts import FailedPhase
    from buildscope.model.failure import Cause, Remedy

_NO_CUDA = re.compile(
    r"(?:nvcc|CUDA_HOME|CUDA toolkit)\b.{0,60}(?:not (?:found|set|available|installed)|missing)|"
    r"(?:no|not find|missing)\b.{0,30}(?:nvcc|CUDA toolkit)|No CUDA runtime",
    re.IGNORECASE,
)


def bypassed(facts: FailedPhase) -> Iterator[Cause]:
    """The project's code failed under a condition that reads a variable."""
    for raised in facts.chain:
        remedies = skipping(facts, raised)
        if remedies and _is_for_cuda(facts, remedies):
            why = f"{place(raised.project_frame)} fails in the part that is for CUDA"
            evidence = facts.at_exception(raised)
            yield toolchain(facts, evidence, "CUDA", why, confidence="likely")
            return
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


def _is_for_cuda(facts: FailedPhase, remedies: list[Remedy]) -> bool:
    """Whether the switch is one for CUDA, and the build says that it misses CUDA's compiler."""
    without = {name for one in cuda_remedies(facts) for name in one.settings["env"]}
    if not any(without & one.settings["env"].keys() for one in remedies):
        return False
    texts = [raised.text for raised in facts.chain] + [one.text for one in facts.output.suspects]
    return any(_NO_CUDA.search(text) for text in texts)


RULES = (bypassed,)

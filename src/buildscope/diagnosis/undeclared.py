"""Requirements that the build needs and nothing declares."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildscope.diagnosis import tree
from buildscope.diagnosis.missing import subject
from buildscope.diagnosis.remedies import advice, cause, extra, remedy
from buildscope.diagnosis.tables import distribution_of, distributions, is_standard

if TYPE_CHECKING:
    from buildscope.diagnosis.facts import FailedPhase
    from buildscope.diagnosis.missing import Missing
    from buildscope.model.failure import Cause, Remedy


def undeclared(facts: FailedPhase, missing: Missing) -> Cause | None:
    """Nothing declares the distribution that has the module."""
    if is_standard(missing.top):
        return None
    module = _whole_name(missing)
    if missing.top in distributions().never:
        return _elsewhere(facts, missing)
    distribution = distribution_of(module)
    large = missing.top in distributions().heavy
    add = extra(distribution, summary="add it to the build (a large download)") if large else None
    others = tree.undeclared_imports(facts, missing.frame, distribution)
    also = (
        f"add all that {missing.frame.file} imports and nothing declares" if missing.frame else ""
    )
    return cause(
        facts,
        "undeclared-build-requirement",
        f"{subject(missing)} imports {module}, which nothing declares",
        missing.evidence,
        confidence="guess" if facts.inner is not None else missing.confidence,
        remedies=[
            add or extra(distribution),
            extra(distribution, *others, summary=also) if others else None,
            _own_environment(distribution) if large else None,
        ],
    )


def _whole_name(missing: Missing) -> str:
    """The module as the importing line has it, where only its first part was reported."""
    source = missing.frame.source if missing.frame is not None else ""
    longer = re.search(rf"\b{re.escape(missing.module)}(?:\.\w+)+", source)
    table = distributions()
    shared = (*table.namespaces, *table.distributions)
    parts = any(name.startswith(f"{missing.top}.") or name == missing.top for name in shared)
    return longer[0] if longer and parts else missing.module


def _elsewhere(facts: FailedPhase, missing: Missing) -> Cause:
    return cause(
        facts,
        "undeclared-build-requirement",
        f"{subject(missing)} imports {missing.module}, which no distribution of the index brings",
        missing.evidence,
        confidence=missing.confidence,
        remedies=[advice(f"{missing.top} comes with another program or the system; install that")],
    )


def _own_environment(distribution: str) -> Remedy:
    return remedy(
        f"build in your own environment, if it has {distribution} already", isolation=False
    )

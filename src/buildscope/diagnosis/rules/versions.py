"""Versions that only a repository knows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildscope.diagnosis.remedies import cause, remedy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.diagnosis.facts import FailedPhase
    from buildscope.model.failure import Cause, Evidence, Remedy
    from buildscope.model.names import Confidence

_VCS = re.compile(
    r"setuptools[-_]scm was unable to detect version|unable to detect version for|"
    r"Versioning for this project requires either an sdist tarball|"
    r"Error getting the version from source `vcs`|"
    r"is not a git repository|not a git repository \(or any|"
    r"Unable to (determine|find) (the )?version.*(git|vcs|tag)|"
    r"Can'?t (determine|get) version.*git|"
    r"(hg|git)[ -]archival|dunamai|No (git )?tags? (found|available)|"
    r"poetry[-_]dynamic[-_]versioning|Could not (determine|get|find) version.*(git|tag|vcs|scm)",
    re.IGNORECASE,
)
_PBR = re.compile(r"Versioning for this project requires either an sdist tarball|\bpbr\b")


def needs_vcs(facts: FailedPhase) -> Iterator[Cause]:
    """The version comes from tags of a repository, and there is none."""
    for raised in facts.chain:
        if _VCS.search(raised.text):
            evidence = facts.at_exception(raised)
            yield _vcs_cause(facts, raised.exception.message, evidence, raised.confidence)
            return
    for line in facts.output.suspects:
        if _VCS.search(line.text):
            confidence = facts.output_confidence("likely")
            yield _vcs_cause(facts, line.text, facts.at_line(line), confidence)
            return


def _vcs_cause(
    facts: FailedPhase, message: str, evidence: Evidence, confidence: Confidence
) -> Cause:
    return cause(
        facts,
        "needs-vcs",
        "The version of this project comes from its repository's tags, which are not here",
        evidence,
        confidence=confidence,
        remedies=[_pretend(facts, message)],
    )


def _pretend(facts: FailedPhase, message: str) -> Remedy:
    source = facts.attempt.source
    version = (source and source.version) or "0.0.1"
    pbr = _PBR.search(message) is not None
    variable = "PBR_VERSION" if pbr else "SETUPTOOLS_SCM_PRETEND_VERSION"
    return remedy(f"say that the version is {version}", env={variable: version})


RULES = (needs_vcs,)

"""What a later release of a build requirement no longer has; a table says what and since when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from buildscope.diagnosis.facts import place
from buildscope.diagnosis.remedies import cause, older, remedy
from buildscope.diagnosis.tables import Removal, compiled, removals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.diagnosis.facts import FailedPhase
    from buildscope.model.failure import Cause, Evidence, Remedy
    from buildscope.model.names import Confidence

_RANK = ("certain", "likely", "guess")


def removed(facts: FailedPhase) -> Iterator[Cause]:
    """An exception, or a line of output, that an older release would not have given."""
    for removal in removals().removal:
        if _applies(facts, removal):
            yield from _matches(facts, removal)


def _applies(facts: FailedPhase, removal: Removal) -> bool:
    """Whether the release in use is one that the bound excludes, as far as that is known."""
    if not facts.installed or facts.nested:
        return True
    version = facts.installed.get(canonicalize_name(removal.distribution))
    if version is None:
        return bool(removal.env)
    bound = removal.constraint.removeprefix(removal.distribution)
    return not SpecifierSet(bound).contains(version, prereleases=True)


def _matches(facts: FailedPhase, removal: Removal) -> Iterator[Cause]:
    pattern = compiled(removal.pattern)
    for raised in facts.chain:
        if pattern.search(raised.text) or pattern.search(_qualified(raised.exception.qualified)):
            frame = raised.project_frame
            subject = place(frame) if frame is not None else facts.subject
            yield _cause(facts, removal, subject, facts.at_exception(raised), raised.confidence)
            return
    for line in facts.output.suspects:
        if pattern.search(line.text):
            confidence = facts.output_confidence()
            yield _cause(facts, removal, facts.subject, facts.at_line(line), confidence)
            return


def _qualified(name: str) -> str:
    return f"{name}: " if name else ""


def _cause(
    facts: FailedPhase,
    removal: Removal,
    subject: str,
    evidence: Evidence,
    confidence: Confidence,
) -> Cause:
    name = removal.distribution
    version = facts.installed.get(canonicalize_name(name))
    used = f"{name} {version}" if version else f"the {name} in use"
    now = f", and {version} is installed" if version else ""
    told = f"dropped it in {removal.below}" if removal.below else f"has it since {removal.at_least}"
    weaker = max(confidence, removal.confidence, key=_RANK.index)
    if removal.confidence == "certain":
        summary = f"{subject} needs {removal.what}; {name} {told}{now}"
    else:
        summary = f"{subject} does not fit {used}: {evidence.text or removal.what}"
    return cause(
        facts,
        "incompatible-build-requirement",
        summary,
        evidence,
        confidence=weaker,
        remedies=_remedies(facts, removal),
    )


def _remedies(facts: FailedPhase, removal: Removal) -> Iterator[Remedy]:
    constraints = [removal.constraint, *removal.also]
    if not facts.installed or canonicalize_name(removal.distribution) in facts.installed:
        yield older(facts, constraints)
    if removal.env:
        yield remedy("tell it to accept the older form", env=dict(removal.env))


RULES = (removed,)

"""What a later release of a build requirement no longer has; a table says what and since when."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from buildscope.diagnosis.facts import place
from buildscope.diagnosis.remedies import cause, excluded, older, remedy
from buildscope.diagnosis.tables import (
    Removal,
    compiled,
    removals,
    removed_attribute,
    removed_name,
)
from buildscope.diagnosis.tree import distribution_of_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.diagnosis.facts import FailedPhase, Raised
    from buildscope.model.failure import Cause, Evidence, Remedy
    from buildscope.model.names import Confidence

_RANK = ("certain", "likely", "guess")
_NAME = re.compile(
    r"cannot import name '(?P<name>\w+)' from (?:partially initialized module )?'(?P<module>[\w.]+)'|"
    r"module '(?P<owner>[\w.]+)' has no attribute '(?P<attribute>\w+)'"
)
_ATTRIBUTE = re.compile(r"(?:'(\w+)' object|type object '(\w+)') has no attribute '(\w+)'")
_CONSTRAINT = re.compile(r"([\w.-]+?)<([\w.]+)$")


def removed(facts: FailedPhase) -> Iterator[Cause]:
    """An exception, or a line of output, that an older release would not have given."""
    for removal in removals().removal:
        if _applies(facts, removal):
            yield from _matches(facts, removal)


def removed_names(facts: FailedPhase) -> Iterator[Cause]:
    """A name of a module, or an attribute of a command, that the table has."""
    for raised in facts.chain:
        removal = _of_text(raised.text)
        if removal is not None and _applies(facts, removal):
            yield _cause_of(facts, removal, raised)
            return
    for line in facts.output.suspects:
        removal = _of_text(line.text)
        if removal is not None and _applies(facts, removal):
            confidence = facts.output_confidence()
            yield _cause(facts, removal, facts.subject, facts.at_line(line), confidence)
            return


def _of_text(text: str) -> Removal | None:
    named = _NAME.search(text)
    if named is not None:
        module = named["module"] or named["owner"]
        name = named["name"] or named["attribute"]
        return _removal(removed_name(module, name), f"{module}.{name}")
    attribute = _ATTRIBUTE.search(text)
    if attribute is not None:
        what = f"the attribute {attribute[3]} of {attribute[1] or attribute[2]}"
        return _removal(removed_attribute(attribute[3]), what)
    return None


def _removal(constraint: str | None, what: str) -> Removal | None:
    found = _CONSTRAINT.match(constraint or "")
    if found is None:
        return None
    return Removal(distribution=found[1], below=found[2], pattern="", what=what)


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
            yield _cause_of(facts, removal, raised)
            return
    for line in facts.output.suspects:
        if pattern.search(line.text):
            confidence = facts.output_confidence()
            yield _cause(facts, removal, facts.subject, facts.at_line(line), confidence)
            return


def _qualified(name: str) -> str:
    return f"{name}: " if name else ""


def _cause_of(facts: FailedPhase, removal: Removal, raised: Raised) -> Cause:
    subject = _subject(facts, raised, removal.distribution)
    return _cause(facts, removal, subject, facts.at_exception(raised), raised.confidence)


def _subject(facts: FailedPhase, raised: Raised, distribution: str) -> str:
    """The nearest code that is not of ``distribution`` itself: the project's, or a requirement's."""
    for frame in reversed(raised.frames):
        if frame.owner == "project":
            return place(frame)
        owner = distribution_of_file(frame.file) if frame.owner == "backend" else None
        if owner and canonicalize_name(owner) not in {
            canonicalize_name(distribution),
            "setuptools",
        }:
            return f"The build requirement {owner}"
    return facts.subject


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
    if facts.inner is not None and facts.inner.has_wheels:
        weaker = max(weaker, "likely", key=_RANK.index)
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
    if not facts.installed or canonicalize_name(removal.distribution) in facts.installed:
        for constraints in ([removal.constraint, *removal.also], *([c] for c in removal.instead)):
            if not any(excluded(facts, constraint) for constraint in constraints):
                yield older(facts, constraints)
    if removal.env:
        yield remedy("tell it to accept the older form", env=dict(removal.env))


RULES = (removed_names, removed)

"""Remedies in the words of the retry line, and causes made of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from buildscope.diagnosis.tables import removals
from buildscope.diagnosis.tree import mentions
from buildscope.model.failure import Cause, Evidence, Remedy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from buildscope.diagnosis.facts import FailedPhase
    from buildscope.model.names import CauseId, Confidence

OLDEST: Final = 8
"""The oldest minor version of Python 3 that builds can be run on."""
NEWEST: Final = 14
FOR_PYTHON2: Final = "this release is for Python 2; look for a newer one or a successor"
_BUILDS_ADD: Final = "add it to the build"


def cause(
    facts: FailedPhase,
    id_: CauseId,
    summary: str,
    evidence: Evidence,
    *,
    confidence: Confidence = "certain",
    remedies: Iterable[Remedy | None] = (),
) -> Cause:
    """A cause of this attempt; remedies that are ``None`` are left out."""
    return Cause(
        id=id_,
        confidence=confidence,
        attempt=facts.attempt.id,
        summary=summary,
        evidence=evidence,
        remedies=tuple(remedy for remedy in remedies if remedy is not None),
    )


def remedy(summary: str, **settings: Any) -> Remedy:
    """A remedy of those settings, labelled in the words of the retry line."""
    return Remedy(summary=summary, label=label(settings), settings=settings)


def advice(summary: str) -> Remedy:
    """What to do where no setting cures it."""
    return Remedy(summary=summary)


def extra(*requirements: str, summary: str = _BUILDS_ADD) -> Remedy:
    """More build requirements."""
    return remedy(summary, extra=list(requirements))


def label(settings: dict[str, Any]) -> str:
    """``{"extra": ["torch"], "python": "3.9"}`` as ``+torch python 3.9``."""
    words = [f"+{requirement}" for requirement in settings.get("extra", ())]
    words += settings.get("constraints", ())
    if "isolation" in settings:
        words.append(f"isolation {'on' if settings['isolation'] else 'off'}")
    if "python" in settings:
        words.append(f"python {settings['python']}")
    words += [f"{key}={value}" for key, value in settings.get("env", {}).items()]
    if "timeout" in settings:
        words.append(f"timeout {settings['timeout']:g}")
    words += [f"{key} {settings[key]}" for key in ("installer",) if key in settings]
    if "exclude_newer" in settings:
        words.append(f"exclude-newer {settings['exclude_newer']}")
    return " ".join(words)


def older(facts: FailedPhase, constraints: Sequence[str], summary: str = "") -> Remedy:
    """Older releases of build requirements, and an older Python where they need one.

    A requirement that the environment lacks is added, because a constraint alone would not
    bring it; not in a nested build, which extras do not reach.
    """
    constraints = [*constraints, *_companions(facts, constraints)]
    absent = bool(facts.installed) and not facts.nested
    lacking = [c for c in constraints if absent and _bare(c) not in facts.installed]
    settings: dict[str, Any] = {}
    primary = [c for c in constraints[:1] if c in lacking]
    if primary:
        settings["extra"] = primary
    settings["constraints"] = [c for c in constraints if c not in primary]
    if not settings["constraints"]:
        del settings["constraints"]
    newest = newest_python(constraints)
    if newest is not None and facts.python > (3, newest):
        settings["python"] = f"3.{newest}"
    said = summary or f"build with {' and '.join(constraints)}"
    where = f", on Python {settings['python']}" if "python" in settings else ""
    return remedy(f"{said}{where}", **settings)


def _companions(facts: FailedPhase, constraints: Sequence[str]) -> list[str]:
    """What those releases need beside them, by what the project imports."""
    return [
        one.constraint
        for one in removals().companion
        if any(_reaches(constraint, one.within) for constraint in constraints)
        and mentions(facts, one.module)
        and not any(_bare(one.constraint) == _bare(constraint) for constraint in constraints)
    ]


def excluded(facts: FailedPhase, constraint: str) -> bool:
    """Whether what the project requires leaves no release below the bound of ``constraint``."""
    wanted = Requirement(constraint)
    ceiling = next((Version(s.version) for s in wanted.specifier if s.operator == "<"), None)
    if ceiling is None or facts.nested:
        return False
    floors = (
        Version(specifier.version.removesuffix(".*"))
        for run in facts.attempt.phases
        for text in run.requires
        for specifier in _bounds(facts, text, canonicalize_name(wanted.name))
        if specifier.operator in {">=", ">", "==", "~="}
    )
    return any(floor >= ceiling for floor in floors)


def _bounds(facts: FailedPhase, text: str, name: str) -> SpecifierSet:
    """What a requirement says of a distribution, where it counts for this interpreter."""
    try:
        found = Requirement(text)
    except InvalidRequirement:
        return SpecifierSet()
    python = {"python_version": ".".join(map(str, facts.python)), "extra": ""}
    applies = found.marker is None or found.marker.evaluate(python)
    return found.specifier if applies and canonicalize_name(found.name) == name else SpecifierSet()


def lowest(constraints: Sequence[str]) -> str:
    """Of constraints on one distribution, the one with the lowest bound above."""
    upper = [constraint for constraint in constraints if "<" in constraint]
    return min(upper or constraints[:1], key=lambda c: Version(re.split("[<>=]+", c)[-1]))


def before(distribution: str, version: str) -> str:
    """The constraint to releases before those that count as compatible with ``version``."""
    release = Version(version).release
    return f"{distribution}<{release[0] or '.'.join(map(str, release[:2]))}"


def newest_python(constraints: Iterable[str]) -> int | None:
    """The newest minor version of Python 3 on which releases that old work, if that is known."""
    limits = [
        minor
        for constraint in constraints
        for bound, minor in removals().python.items()
        if _reaches(constraint, bound)
    ]
    return min(limits, default=None)


def python(facts: FailedPhase, minor: int, summary: str = "") -> Remedy | None:
    """An older interpreter; ``None`` where builds cannot be run on one so old."""
    if minor < OLDEST or facts.python <= (3, minor):
        return None
    return remedy(summary or f"build on Python 3.{minor}", python=f"3.{minor}")


def python_for(facts: FailedPhase, specifier: str) -> Remedy | None:
    """The newest interpreter that a ``requires-python`` specifier admits."""
    try:
        admitted = SpecifierSet(specifier)
    except InvalidSpecifier:
        return None
    for minor in range(NEWEST, OLDEST - 1, -1):
        version = f"3.{minor}.99"
        if (3, minor) != facts.python and admitted.contains(version):
            return remedy(f"build on Python 3.{minor}", python=f"3.{minor}")
    return None


def _reaches(constraint: str, bound: str) -> bool:
    """Whether ``constraint`` admits nothing above ``bound`` (both ``name<version``)."""
    try:
        wanted, known = Requirement(constraint), Requirement(bound)
    except InvalidRequirement:
        return False
    if wanted.name.lower() != known.name.lower():
        return False
    ceiling = next(s.version for s in known.specifier)
    return not wanted.specifier.contains(ceiling, prereleases=True) and all(
        spec.operator == "<" for spec in wanted.specifier
    )


def _bare(requirement: str) -> str:
    return canonicalize_name(Requirement(requirement).name)

"""Modules that could not be imported."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from buildscope.diagnosis import forgotten, tree
from buildscope.diagnosis.facts import place
from buildscope.diagnosis.remedies import advice, cause, extra, older, python, remedy
from buildscope.diagnosis.rules.scripts import looks_in
from buildscope.diagnosis.tables import (
    distribution_of,
    distributions,
    is_standard,
    minor,
    python_removals,
    removals,
)
from buildscope.model.base import Record
from buildscope.model.failure import Evidence, Frame
from buildscope.model.names import Confidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.diagnosis.facts import FailedPhase
    from buildscope.model.failure import Cause, Remedy

_MISSING = re.compile(r"No module named '?([\w.]+)'?(; '[\w.]+' is not a package)?")
_IN_OUTPUT = re.compile(
    r"(?:^|\s)(?:ModuleNotFoundError|ImportError): No module named '?([\w.]+)'?"
)


class _Missing(Record, frozen=True):
    """A module that was not found, where, and how sure that is the reason."""

    module: str
    evidence: Evidence
    confidence: Confidence
    frame: Frame | None = None

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]

    @property
    def where(self) -> str:
        """The importing line in words, as the subject of a sentence."""
        return place(self.frame) if self.frame is not None else "A program that the build ran"


def missing_module(facts: FailedPhase) -> Iterator[Cause]:
    """A module is missing, and there is one reason of a few why."""
    for missing in _all_missing(facts):
        for reason in _REASONS:
            found = reason(facts, missing)
            if found is not None:
                yield found
                break


def _all_missing(facts: FailedPhase) -> Iterator[_Missing]:
    seen = set()
    for raised in facts.chain:
        found = _MISSING.match(raised.exception.message)
        if found is None or raised.exception.type not in {"ModuleNotFoundError", "ImportError"}:
            continue
        seen.add(found[1])
        frame = raised.origin
        yield _Missing(
            module=found[1],
            evidence=facts.at_exception(raised, frame),
            confidence=raised.confidence,
            frame=frame,
        )
    for line in facts.output.suspects:
        found = _IN_OUTPUT.search(line.text)
        if found is not None and found[1] not in seen and len(seen) < 10:
            seen.add(found[1])
            confidence = facts.output_confidence("likely")
            yield _Missing(module=found[1], evidence=facts.at_line(line), confidence=confidence)


def _taken_from_requirement(facts: FailedPhase, missing: _Missing) -> Cause | None:
    """A later release of a build requirement took the module away."""
    table = removals().modules
    known = [name for name in table if f"{missing.module}.".startswith(f"{name}.")]
    source = missing.frame.source if missing.frame is not None else ""
    known += [name for name in table if name in source and name.startswith(f"{missing.module}.")]
    if not known:
        return None
    name = max(known, key=len)
    constraint = table[name]
    distribution = re.split(r"[<>=]", constraint)[0]
    version = facts.installed.get(canonicalize_name(distribution))
    has = f"{distribution} {version} no longer has it" if version else f"{constraint} had it"
    absent = version is None and (bool(facts.installed) or name != missing.module)
    return cause(
        facts,
        "undeclared-build-requirement" if absent else "incompatible-build-requirement",
        f"{_subject(missing)} imports {name}, which nothing declares ({has})"
        if absent
        else f"{_subject(missing)} imports {name}, and {has}",
        missing.evidence,
        confidence=missing.confidence,
        remedies=[older(facts, [constraint], f"build with {constraint}, which has {name}")],
    )


def _taken_from_python(facts: FailedPhase, missing: _Missing) -> Cause | None:
    """Python itself no longer has the module."""
    table = python_removals()
    known = [name for name in table.modules if f"{missing.module}.".startswith(f"{name}.")]
    if not known:
        return None
    name = max(known, key=len)
    last = table.modules[name]
    if facts.python <= (3, minor(last)):
        return None
    backport = table.backports.get(name)
    return cause(
        facts,
        "removed-python-feature",
        f"{_subject(missing)} imports {name}, which Python {last} was the last to have",
        missing.evidence,
        confidence=missing.confidence,
        remedies=[
            python(facts, minor(last), f"build on Python {last}, which has {name}"),
            extra(backport, summary=f"{backport} brings {name} back") if backport else None,
        ],
    )


def _implicit_relative(facts: FailedPhase, missing: _Missing) -> Cause | None:
    """Python 2 looked beside the importing file first; the module is there."""
    frame = missing.frame
    if frame is None or frame.owner != "project" or "/" not in frame.file.replace("\\", "/"):
        return None
    if not tree.has_module(facts, missing.top, PurePath(frame.file).parent.as_posix()):
        return None
    return cause(
        facts,
        "removed-python-feature",
        f"{place(frame)} imports {missing.top} from beside itself, as only Python 2 did",
        missing.evidence,
        confidence=missing.confidence,
        remedies=[advice("this release is for Python 2; look for a newer one or a successor")],
    )


def _python2(facts: FailedPhase, missing: _Missing) -> Cause | None:
    """The module is one of Python 2's."""
    if missing.top not in python_removals().python2.modules:
        return None
    return cause(
        facts,
        "removed-python-feature",
        f"{_subject(missing)} imports {missing.module}, a module that only Python 2 had",
        missing.evidence,
        confidence=missing.confidence,
        remedies=[advice("this release is for Python 2; look for a newer one or a successor")],
    )


def _own_module(facts: FailedPhase, missing: _Missing) -> Cause | None:
    """The project's own module: present but not on the path, or not shipped."""
    if tree.has_module(facts, missing.top):
        if "." in missing.module:
            return _not_shipped(facts, missing)
        return cause(
            facts,
            "incompatible-build-requirement",
            f"{_subject(missing)} imports {missing.module} from the project's own folder, "
            "where this backend does not look",
            missing.evidence,
            confidence=missing.confidence,
            remedies=[
                looks_in(facts, tree.module_folder(facts, missing.top)),
                remedy("let Python look in the project's folder", env={"PYTHONPATH": "."}),
            ],
        )
    if missing.top in distributions().local or _is_own_name(facts, missing.top):
        return _not_shipped(facts, missing)
    frame = missing.frame
    if frame is not None and re.match(r"\s*from\s+\.", frame.source):
        return _not_shipped(facts, missing)
    return None


def _not_shipped(facts: FailedPhase, missing: _Missing) -> Cause:
    return cause(
        facts,
        "missing-source-file",
        forgotten.imports(_subject(missing), missing.module),
        missing.evidence,
        confidence="likely",
        remedies=forgotten.remedies(facts, f"{missing.module.replace('.', '/')}.py"),
    )


def _is_own_name(facts: FailedPhase, module: str) -> bool:
    return bool(facts.name) and canonicalize_name(facts.name) == canonicalize_name(module)


def _part_of_installed(facts: FailedPhase, missing: _Missing) -> Cause | None:
    """The distribution is there, in a release without that part."""
    distribution = distribution_of(missing.module)
    version = facts.installed.get(canonicalize_name(distribution))
    if version is None or (is_standard(missing.top) and "." not in missing.module):
        return None
    major = version.partition(".")[0]
    return cause(
        facts,
        "incompatible-build-requirement",
        f"{_subject(missing)} imports {missing.module}, which {distribution} {version} does not have",
        missing.evidence,
        confidence="likely",
        remedies=[older(facts, [f"{distribution}<{major}"])] if major.isdigit() else (),
    )


def _undeclared(facts: FailedPhase, missing: _Missing) -> Cause | None:
    """Nothing declares the distribution that has the module."""
    if is_standard(missing.top):
        return None
    distribution = distribution_of(missing.module)
    add = extra(distribution)
    others = tree.undeclared_imports(facts, missing.frame, distribution)
    also = (
        f"add all that {missing.frame.file} imports and nothing declares" if missing.frame else ""
    )
    return cause(
        facts,
        "undeclared-build-requirement",
        f"{_subject(missing)} imports {missing.module}, which nothing declares",
        missing.evidence,
        confidence=missing.confidence,
        remedies=[
            add,
            extra(distribution, *others, summary=also) if others else None,
            _own_environment(distribution) if missing.top in distributions().heavy else None,
        ],
    )


def _part_of_python(facts: FailedPhase, missing: _Missing) -> Cause | None:
    """This interpreter was built without a part of its standard library."""
    if not is_standard(missing.top):
        return None
    return cause(
        facts,
        "unsupported-python",
        f"{_subject(missing)} imports {missing.module}, which this Python was built without",
        missing.evidence,
        confidence="likely",
        remedies=[advice("use another interpreter of the same version, with -p and its path")],
    )


def _own_environment(distribution: str) -> Remedy:
    return remedy(
        f"build in your own environment, if it has {distribution} already", isolation=False
    )


def _subject(missing: _Missing) -> str:
    frame = missing.frame
    if frame is None or frame.owner == "project":
        return missing.where
    owner = tree.distribution_of_file(frame.file)
    return f"The build requirement {owner}" if owner else f"{PurePath(frame.file).name}"


_REASONS = (
    _taken_from_requirement,
    _taken_from_python,
    _implicit_relative,
    _python2,
    _own_module,
    _part_of_installed,
    _undeclared,
    _part_of_python,
)
RULES = (missing_module,)

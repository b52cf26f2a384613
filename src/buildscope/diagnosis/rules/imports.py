"""Modules that could not be imported."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import PurePath
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from buildscope.diagnosis import forgotten, python_modules, tree
from buildscope.diagnosis.imported import imported_names, tried_imports
from buildscope.diagnosis.missing import Missing, all_missing, known_name, subject
from buildscope.diagnosis.remedies import (
    before,
    cause,
    lowest,
    older,
    remedy,
)
from buildscope.diagnosis.rules.scripts import looks_in
from buildscope.diagnosis.tables import (
    distribution_of,
    distributions,
    is_standard,
    removals,
    removed_name,
)
from buildscope.diagnosis.undeclared import undeclared
from buildscope.model.failure import Frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.diagnosis.facts import FailedPhase
    from buildscope.model.failure import Cause

_UNBOUND = re.compile(r"name '(\w+)' is not defined")
_FETCHERS = frozenset({"ez_setup.py", "distribute_setup.py"})
_OPERATOR = re.compile(r"[<>=]")


def missing_module(facts: FailedPhase) -> Iterator[Cause]:
    """A module is missing, and there is one reason of a few why."""
    for missing in all_missing(facts):
        for reason in _REASONS:
            found = reason(facts, missing)
            if found is not None:
                yield found
                break


def _taken_from_requirement(facts: FailedPhase, missing: Missing) -> Cause | None:
    """A later release of a build requirement took the module away."""
    name = known_name(missing)
    if name is None:
        return None
    constraint = _with_names(removals().modules[name], missing)
    distribution = _OPERATOR.split(constraint)[0]
    version = facts.installed.get(canonicalize_name(distribution))
    when = "no longer has it" if "<" in constraint else "does not have it yet"
    has = f"{distribution} {version} {when}" if version else f"{constraint} has it"
    absent = version is None and (bool(facts.installed) or name != missing.module)
    return cause(
        facts,
        "undeclared-build-requirement" if absent else "incompatible-build-requirement",
        f"{subject(missing)} imports {name}, which nothing declares ({has})"
        if absent
        else f"{subject(missing)} imports {name}, and {has}",
        missing.evidence,
        confidence="certain" if _fetches(missing) else missing.confidence,
        remedies=[older(facts, [constraint], f"build with {constraint}, which has {name}")],
    )


def _fetches(missing: Missing) -> bool:
    """Whether a script stands there that fetches setuptools where it finds none of its time."""
    return missing.frame is not None and PurePath(missing.frame.file).name in _FETCHERS


def _with_names(constraint: str, missing: Missing) -> str:
    """The lower bound that the names need which the same line takes from the module."""
    source = missing.frame.source if missing.frame is not None else ""
    wanted = (removed_name(module, name) for module, name in imported_names(source))
    return lowest([constraint, *(bound for bound in wanted if bound)])


def _own_module(facts: FailedPhase, missing: Missing) -> Cause | None:
    """The project's own module: present but not on the path, or not shipped."""
    if tree.has_module(facts, missing.top):
        if "." in missing.module:
            return _not_shipped(facts, missing)
        return cause(
            facts,
            "incompatible-build-requirement",
            f"{subject(missing)} imports {missing.module} from the project's own folder, "
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


def _not_shipped(facts: FailedPhase, missing: Missing) -> Cause:
    return cause(
        facts,
        "missing-source-file",
        forgotten.imports(subject(missing), missing.module),
        missing.evidence,
        confidence="likely",
        remedies=forgotten.remedies(facts, f"{missing.module.replace('.', '/')}.py"),
    )


def _is_own_name(facts: FailedPhase, module: str) -> bool:
    return bool(facts.name) and canonicalize_name(facts.name) == canonicalize_name(module)


def _part_of_installed(facts: FailedPhase, missing: Missing) -> Cause | None:
    """The distribution is there, in a release without that part."""
    distribution = distribution_of(missing.module)
    version = facts.installed.get(canonicalize_name(distribution))
    if version is None or (is_standard(missing.top) and "." not in missing.module):
        return None
    return cause(
        facts,
        "incompatible-build-requirement",
        f"{subject(missing)} imports {missing.module}, which {distribution} {version} does not have",
        missing.evidence,
        confidence="likely",
        remedies=[older(facts, [before(distribution, version)])],
    )


def unbound_name(facts: FailedPhase) -> Iterator[Cause]:
    """A name that an import was to give, and the code went on where that import failed."""
    for raised in facts.chain:
        found = _UNBOUND.match(raised.exception.message)
        frame = raised.project_frame
        if found is None or frame is None or raised.exception.type != "NameError":
            continue
        for module, line in tried_imports(facts.source(frame.file), found[1]):
            importing = Frame(file=frame.file, line=line, function="", source="")
            missing = Missing(
                module=module,
                evidence=facts.at_exception(raised),
                confidence="likely",
                frame=importing,
            )
            absent = canonicalize_name(distribution_of(module)) not in facts.installed
            reasons = (_taken_from_requirement, python_modules.taken_from_python, undeclared)
            causes = (reason(facts, missing) for reason in reasons if absent or known_name(missing))
            yield from islice((one for one in causes if one is not None), 1)


_REASONS = (
    _taken_from_requirement,
    python_modules.taken_from_python,
    python_modules.not_yet_in_python,
    python_modules.implicit_relative,
    python_modules.python2,
    _own_module,
    _part_of_installed,
    undeclared,
    python_modules.part_of_python,
)
RULES = (missing_module, unbound_name)

"""Reasons why a module is missing that lie with Python itself."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from buildscope.diagnosis import tree
from buildscope.diagnosis.facts import place
from buildscope.diagnosis.missing import subject
from buildscope.diagnosis.remedies import FOR_PYTHON2, advice, cause, extra, python, python_for
from buildscope.diagnosis.tables import distributions, is_standard, minor, python_removals

if TYPE_CHECKING:
    from buildscope.diagnosis.facts import FailedPhase
    from buildscope.diagnosis.missing import Missing
    from buildscope.model.failure import Cause


def taken_from_python(facts: FailedPhase, missing: Missing) -> Cause | None:
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
        f"{subject(missing)} imports {name}, which Python {last} was the last to have",
        missing.evidence,
        confidence=missing.confidence,
        remedies=[
            python(facts, minor(last), f"build on Python {last}, which has {name}"),
            extra(backport, summary=f"{backport} brings {name} back") if backport else None,
        ],
    )


def implicit_relative(facts: FailedPhase, missing: Missing) -> Cause | None:
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
        remedies=[advice(FOR_PYTHON2)],
    )


def python2(facts: FailedPhase, missing: Missing) -> Cause | None:
    """The module is one of Python 2's."""
    if missing.top not in python_removals().python2.modules:
        return None
    return cause(
        facts,
        "removed-python-feature",
        f"{subject(missing)} imports {missing.module}, a module that only Python 2 had",
        missing.evidence,
        confidence=missing.confidence,
        remedies=[advice(FOR_PYTHON2)],
    )


def not_yet_in_python(facts: FailedPhase, missing: Missing) -> Cause | None:
    """The standard library has the module only since a later Python."""
    came = distributions().came.get(missing.module)
    if came is None or facts.python >= (3, minor(came)):
        return None
    return cause(
        facts,
        "unsupported-python",
        f"{subject(missing)} imports {missing.module}, which Python has since {came}",
        missing.evidence,
        confidence=missing.confidence,
        remedies=[python_for(facts, f">={came}")],
    )


def part_of_python(facts: FailedPhase, missing: Missing) -> Cause | None:
    """This interpreter was built without a part of its standard library."""
    if not is_standard(missing.top):
        return None
    return cause(
        facts,
        "unsupported-python",
        f"{subject(missing)} imports {missing.module}, which this Python was built without",
        missing.evidence,
        confidence="likely",
        remedies=[advice("use another interpreter of the same version, with -p and its path")],
    )

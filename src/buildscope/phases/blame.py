"""Why metadata came out wrong: a build requirement that was declared and never installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.markers import UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from buildscope.model.base import Record
from buildscope.model.failure import Remedy

if TYPE_CHECKING:
    from collections.abc import Collection

    from buildscope.model.run import Attempt
    from buildscope.phases.declared import Declared
    from buildscope.phases.stated import Stated


class Blame(Record, frozen=True):
    """The reason in words, empty where none is known, and what may cure it."""

    reason: str = ""
    remedies: tuple[Remedy, ...] = ()


def find_blame(attempt: Attempt, declared: Declared) -> Blame:
    """Blame the ``setup_requires`` that are not in the environment, if there are any."""
    absent = _absent(attempt, declared)
    if not absent:
        return Blame()
    names = _words([Requirement(one.value).name for one in absent])
    were = "was" if len(absent) == 1 else "were"
    by_hand = _by_hand(absent)
    if "get_requires" in attempt.settings.skip:
        return Blame(
            reason=f"get_requires was skipped (--skip get_requires), so {names} {were} "
            "never installed",
            remedies=(_ask_backend(attempt, names), by_hand),
        )
    return Blame(
        reason=f"{names}, which {absent[0].where} has in setup_requires, {were} never installed",
        remedies=(by_hand,),
    )


def _ask_backend(attempt: Attempt, names: str) -> Remedy:
    kept = [phase for phase in attempt.settings.skip if phase != "get_requires"]
    return Remedy(
        label="do not skip get_requires",
        summary=f"ask the backend, install {names}",
        settings={"skip": kept},
    )


def _by_hand(absent: list[Stated]) -> Remedy:
    requirements = [one.value for one in absent]
    return Remedy(
        label=" ".join(f"+{requirement}" for requirement in requirements),
        summary="install it by hand" if len(absent) == 1 else "install them by hand",
        settings={"extra": requirements},
    )


def _absent(attempt: Attempt, declared: Declared) -> list[Stated]:
    installed = {canonicalize_name(one.name) for one in attempt.installed}
    asked = "get_requires" not in attempt.settings.skip
    if asked and not installed:
        return []
    return [one for one in declared.setup_requires if _applies(one.value, attempt, installed)]


def _applies(text: str, attempt: Attempt, installed: Collection[str]) -> bool:
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return False
    if canonicalize_name(requirement.name) in installed:
        return False
    if requirement.marker is None or attempt.interpreter is None:
        return True
    version = attempt.interpreter.version
    try:
        return requirement.marker.evaluate(
            {
                "python_full_version": version,
                "python_version": ".".join(version.split(".")[:2]),
                "extra": "",
            }
        )
    except UndefinedEnvironmentName:
        return False


def _words(names: list[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last

"""Causes that no rule knew, and that a proven cure tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from buildscope.diagnosis.remedies import remedy
from buildscope.repair.broaden import minor_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from buildscope.model.failure import Cause
    from buildscope.model.names import CauseId
    from buildscope.model.recipe import Recipe
    from buildscope.model.run import Attempt

_NO_RULE: Final = "No rule knows this: "


def with_learned(
    faults: Sequence[Cause], path: Sequence[Attempt], recipe: Recipe | None
) -> tuple[Cause, ...]:
    """``faults`` with what ``recipe`` proves in the place of those that no rule knows.

    ``path`` are the failed attempts that they are of, the first one with the user's own
    settings. As it is where the recipe is not proven, or the known faults ask for all of it.
    """
    unknown = [fault for fault in faults if fault.id == "unknown"]
    if recipe is None or not recipe.proven or not unknown or not path:
        return tuple(faults)
    place, found = unknown[-1], list(_learned(unknown[-1], faults, path, recipe))
    if not found:
        return tuple(faults)
    told = [[fault] if fault is not place else found for fault in faults]
    return tuple(fault for some in told for fault in some)


def _learned(
    fault: Cause, faults: Iterable[Cause], path: Sequence[Attempt], recipe: Recipe
) -> Iterator[Cause]:
    asked = [one.settings for other in faults for one in other.remedies]
    origin, said = path[0].settings, fault.summary.removeprefix(_NO_RULE)
    for constraint in recipe.constraints:
        offered = any(constraint in one.get("constraints", ()) for one in asked)
        if not offered and constraint not in origin.constraints:
            what = f"{_in_use(constraint, path[-1])} does not fit this project: {said}"
            yield _cause(fault, "incompatible-build-requirement", what, constraints=[constraint])
    for extra in recipe.extra:
        if not any(extra in one.get("extra", ()) for one in asked) and extra not in origin.extra:
            what = f"The build needs {extra}, which nothing declares: {said}"
            yield _cause(fault, "undeclared-build-requirement", what, extra=[extra])
    if recipe.python not in {None, origin.python, *(one.get("python") for one in asked)}:
        python = path[0].interpreter
        here = f"Python {minor_of(python)}" if python is not None else "this Python"
        what = f"This release builds on Python {recipe.python} and not on {here}: {said}"
        yield _cause(fault, "unsupported-python", what, python=recipe.python)
    if recipe.exclude_newer not in {None, origin.exclude_newer}:
        what = f"Releases of build requirements after {recipe.exclude_newer} do not fit: {said}"
        dated = {"exclude_newer": recipe.exclude_newer}
        yield _cause(fault, "incompatible-build-requirement", what, **dated)


def _cause(fault: Cause, id_: CauseId, summary: str, **settings: object) -> Cause:
    """``fault`` as it was seen, with what is known of it now."""
    cure = remedy("proven by building with it", **settings)
    return msgspec.structs.replace(
        fault, id=id_, confidence="certain", summary=summary, remedies=(cure,)
    )


def _in_use(constraint: str, attempt: Attempt) -> str:
    """The distribution of a constraint, with the version that the failed attempt had."""
    name = Requirement(constraint).name
    versions = (
        one.version
        for one in attempt.installed
        if canonicalize_name(one.name) == canonicalize_name(name)
    )
    return " ".join([name, *list(versions)[:1]])

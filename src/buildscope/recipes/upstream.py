"""The cure as a patch of the project's own ``pyproject.toml``, for its maintainers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from buildscope.recipes.patch import make_patch
from buildscope.recipes.requires import with_requires

if TYPE_CHECKING:
    from buildscope.model.run import Attempt
    from buildscope.recipes.plan import Plan

PYPROJECT: Final = "pyproject.toml"


def upstream_patch(plan: Plan, attempt: Attempt) -> str:
    """A unified diff for ``patch -p1`` with the recipe's requirements; empty where none helps.

    It is made from the attempt's own tree, so it comes after the recipe's patch, if there is
    one. Empty too where that tree is gone.
    """
    recipe = plan.recipe
    project = Path(attempt.source.project) if attempt.source is not None else None
    if project is None or not project.is_dir() or not (recipe.extra or recipe.constraints):
        return ""
    file = project / PYPROJECT
    before = file.read_bytes().decode("utf-8", "surrogateescape") if file.is_file() else None
    after = with_requires(before, wanted_requires(plan), legacy=plan.legacy)
    return make_patch(project, {PYPROJECT: after}) if after is not None else ""


def wanted_requires(plan: Plan) -> list[str]:
    """The declared requirements, those that were added, and the bounds on either."""
    found = [*plan.declared, *(one for one in plan.recipe.extra if one not in plan.declared)]
    for constraint in plan.recipe.constraints:
        found = _bounded(found, constraint)
    return found


def _bounded(requires: list[str], constraint: str) -> list[str]:
    bound = Requirement(constraint)
    name = canonicalize_name(bound.name)
    hit = False
    after: list[str] = []
    for text in requires:
        try:
            one = Requirement(text)
        except InvalidRequirement:
            after.append(text)
            continue
        if canonicalize_name(one.name) != name or one.url:
            after.append(text)
            continue
        hit = True
        one.specifier &= bound.specifier
        after.append(str(one))
    return after if hit else [*after, constraint]

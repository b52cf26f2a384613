"""All texts of a recipe, one a tool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildscope.model.base import Record
from buildscope.recipes.build import build_steps
from buildscope.recipes.docker import dockerfile
from buildscope.recipes.pip import pip_steps
from buildscope.recipes.plan import PATCH, make_plan
from buildscope.recipes.report import upstream_report
from buildscope.recipes.system import system_lines
from buildscope.recipes.upstream import upstream_patch
from buildscope.recipes.uv import uv_project, uv_steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.model.recipe import Recipe
    from buildscope.model.run import SessionRecord
    from buildscope.recipes.plan import Plan

_NO_ADDING = (
    "pip cannot add a requirement to a build environment: this prepares one and turns isolation off"
)


class RecipeText(Record, frozen=True):
    """The recipe for one tool; ``file`` is a name to save it under, ``note`` what to know of it."""

    name: str
    title: str
    text: str
    file: str
    note: str = ""


def recipe_texts(record: SessionRecord, recipe: Recipe) -> tuple[RecipeText, ...]:
    """What a user pastes, for each tool that the recipe can be said to."""
    plan = make_plan(record, recipe)
    found = [*_frontends(plan), *_patches(record, plan)]
    if recipe.system:
        text = _joined(system_lines(recipe))
        found.append(RecipeText("system", "System packages", text, "packages.sh"))
    report = upstream_report(record, plan)
    found.append(RecipeText("markdown", "Report for upstream", report, "report.md"))
    return tuple(found)


def _frontends(plan: Plan) -> Iterator[RecipeText]:
    note = _NO_ADDING if plan.own_environment and plan.recipe.isolation else ""
    yield RecipeText("pip", "pip", _joined(pip_steps(plan)), "recipe-pip.sh", note)
    yield RecipeText("uv", "uv pip", _joined(uv_steps(plan)), "recipe-uv.sh")
    project = uv_project(plan)
    if project:
        python = plan.recipe.python
        pin = f"and: uv python pin {python}" if python else ""
        yield RecipeText("uv-project", "A uv project", f"{project}\n", "uv-project.toml", pin)
    yield RecipeText("build", "build", _joined(build_steps(plan)), "recipe-build.sh")
    yield RecipeText("docker", "Dockerfile", dockerfile(plan), "Dockerfile")


def _patches(record: SessionRecord, plan: Plan) -> Iterator[RecipeText]:
    if plan.recipe.patch:
        note = "in the source tree: patch -p1 < fix.patch"
        yield RecipeText("patch", "Source patch", plan.recipe.patch, PATCH, note)
    if plan.recipe.attempt is not None:
        made = upstream_patch(plan, record.attempt(plan.recipe.attempt))
        if made:
            note = "for the project itself: patch -p1 < pyproject.patch"
            yield RecipeText("pyproject", "pyproject.toml", made, "pyproject.patch", note)


def _joined(steps: Iterator[str]) -> str:
    return "".join(f"{step}\n" for step in steps)

"""All texts of a recipe, one a tool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from buildscope.model.base import Record
from buildscope.recipes.build import build_steps
from buildscope.recipes.docker import dockerfile
from buildscope.recipes.pip import pip_steps
from buildscope.recipes.plan import PATCH, make_plan, recipe_attempt
from buildscope.recipes.report import upstream_report
from buildscope.recipes.shell import old_pip, pip_constraints
from buildscope.recipes.system import system_lines
from buildscope.recipes.upstream import upstream_patch
from buildscope.recipes.uv import uv_project, uv_steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.model.recipe import Recipe
    from buildscope.model.run import SessionRecord
    from buildscope.recipes.plan import Plan

_NO_ADDING: Final = (
    "pip cannot add a requirement to a build environment: this prepares one and turns isolation off"
)
_SHELL: Final = "for a POSIX shell; on Windows: Git Bash or WSL"


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
    yield RecipeText("pip", "pip", _joined(pip_steps(plan)), "recipe-pip.sh", pip_note(plan))
    yield RecipeText("uv", "uv pip", _joined(uv_steps(plan)), "recipe-uv.sh", _SHELL)
    project = uv_project(plan)
    if project:
        yield RecipeText(
            "uv-project", "A uv project", f"{project}\n", "uv-project.toml", _project_note(plan)
        )
    yield RecipeText("build", "build", _joined(build_steps(plan)), "recipe-build.sh", _SHELL)
    yield RecipeText("docker", "Dockerfile", dockerfile(plan), "Dockerfile")


def _patches(record: SessionRecord, plan: Plan) -> Iterator[RecipeText]:
    if plan.recipe.patch:
        note = "in the source tree: patch -p1 < fix.patch"
        yield RecipeText("patch", "Source patch", plan.recipe.patch, PATCH, note)
    made = upstream_patch(plan, recipe_attempt(record, plan.recipe))
    if made:
        note = "for the project itself: patch -p1 < pyproject.patch"
        if plan.recipe.patch:
            note += f", after {PATCH}"
        yield RecipeText("pyproject", "pyproject.toml", made, "pyproject.patch", note)


def pip_note(plan: Plan) -> str:
    """What to know of the words for pip: which release has them, and what they do instead."""
    if plan.prepared:
        return _NO_ADDING
    newer = "" if old_pip(plan) or not pip_constraints(plan) else "pip 25.3 or newer"
    if plan.recipe.exclude_newer:
        return f"{newer}; the versions of that date".removeprefix("; ")
    if newer:
        return newer
    return _SHELL


def _project_note(plan: Plan) -> str:
    notes = []
    if plan.recipe.python:
        notes.append(f"and: uv python pin {plan.recipe.python}")
    if plan.recipe.exclude_newer:
        notes.append("exclude-newer holds for all that the project depends on")
    if plan.recipe.patch:
        notes.append("the source patch comes first: depend on the patched source by its path")
    return "; ".join(notes)


def _joined(steps: Iterator[str]) -> str:
    return "".join(f"{step}\n" for step in steps)

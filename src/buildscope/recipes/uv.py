"""The recipe for uv: a command, and what goes into the ``pyproject.toml`` of a uv project.

Extra build dependencies come without pins (their pins are dropped when dynamic requirements
are resolved, uv#17950): versions go into ``build-constraint-dependencies``.
"""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

from buildscope.recipes.plan import CONSTRAINTS, heredoc
from buildscope.recipes.shell import (
    constraints_step,
    needs_source,
    source_or_requirement,
    source_steps,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.recipes.plan import Plan

CONFIG = "uv.toml"


def uv_steps(plan: Plan, *install: str) -> Iterator[str]:
    """Commands of a shell; ``install`` takes the place of ``pip install`` and its options."""
    yield from constraints_step(plan)
    if plan.recipe.patch:
        yield from source_steps(plan)
    config = _toml(plan, "")
    own = _needs_config(plan)
    if own:
        yield heredoc(CONFIG, config)
    words = ["uv", *(install or ("pip", "install"))]
    if own:
        words += ["--config-file", CONFIG]
    if plan.recipe.python is not None:
        words += ["--python", plan.recipe.python]
    if plan.from_index and not needs_source(plan):
        words += ["--no-binary", plan.name]
    if plan.recipe.constraints:
        words += ["--build-constraints", CONSTRAINTS]
    if not plan.recipe.isolation:
        words += ["--no-build-isolation-package", plan.name]
    if plan.recipe.exclude_newer:
        words += ["--exclude-newer", plan.recipe.exclude_newer]
    words += [*plan.config_options("-C"), *plan.sources()]
    yield f"{plan.variables}{shlex.join(words)} {source_or_requirement(plan)}"


def uv_project(plan: Plan) -> str:
    """TOML for the ``pyproject.toml`` of a uv project that depends on the target."""
    recipe = plan.recipe
    lines = ["[tool.uv]"]
    if recipe.constraints:
        lines.append(f"build-constraint-dependencies = {json.dumps(list(recipe.constraints))}")
    if not recipe.isolation:
        lines.append(f"no-build-isolation-package = {json.dumps([plan.name])}")
    if recipe.exclude_newer:
        lines.append(f"exclude-newer = {json.dumps(recipe.exclude_newer)}")
    body = "\n".join(lines) if len(lines) > 1 else ""
    tables = _toml(plan, "tool.uv.")
    return "\n\n".join(part for part in (body, tables) if part)


def _needs_config(plan: Plan) -> bool:
    """Whether there is something that no option of uv says."""
    return bool(plan.recipe.extra)


def _toml(plan: Plan, prefix: str) -> str:
    recipe, name = plan.recipe, json.dumps(plan.name)
    parts: list[str] = []
    if recipe.extra:
        extra = json.dumps(list(recipe.extra))
        parts.append(f"[{prefix}extra-build-dependencies]\n{name} = {extra}")
    if recipe.env and prefix:
        values = ", ".join(f"{key} = {json.dumps(value)}" for key, value in recipe.env.items())
        parts.append(f"[{prefix}extra-build-variables]\n{name} = {{ {values} }}")
    if recipe.config_settings and prefix:
        values = ", ".join(
            f"{json.dumps(key)} = {json.dumps(value)}"
            for key, value in recipe.config_settings.items()
        )
        parts.append(f"[{prefix}config-settings-package]\n{name} = {{ {values} }}")
    return "\n\n".join(parts)

"""The recipe for uv: a command, and what goes into the ``pyproject.toml`` of a uv project.

Extra build dependencies stand beside their bounds, which ``build-constraint-dependencies``
repeats: their own are dropped when dynamic requirements are resolved (uv#17950). Options that
uv has no words for go into a ``uv.toml`` that ``--project`` finds: ``--config-file`` would hide
the user's own configuration, such as the index.
"""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Final

from buildscope.recipes.plan import CONSTRAINTS, heredoc
from buildscope.recipes.shell import (
    ENVIRONMENT,
    constraints_step,
    needs_source,
    source_directory,
    source_steps,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.recipes.plan import Plan

CONFIG: Final = "uv-config"


def uv_steps(plan: Plan, *install: str) -> Iterator[str]:
    """Commands of a shell; ``install`` takes the place of ``pip install`` and its options."""
    yield from constraints_step(plan.bounds)
    if plan.recipe.patch:
        yield from source_steps(plan)
    words = ["uv", *(install or ("pip", "install"))]
    if plan.prepared:
        yield f"mkdir -p {CONFIG}"
        yield heredoc(f"{CONFIG}/uv.toml", _extra(plan, "") + "\n")
        words += ["--project", CONFIG]
    elif plan.recipe.extra:
        yield shlex.join(["uv", "pip", "install", *plan.sources(), *plan.recipe.extra])
    python = plan.recipe.python
    if python is not None and not install:
        yield shlex.join(["uv", "venv", "--python", python, ENVIRONMENT])
        python = ENVIRONMENT
    words += ["--python", python] if python is not None else []
    yield f"{plan.variables}{shlex.join([*words, *_options(plan)])} {_target(plan)}"


def uv_project(plan: Plan) -> str:
    """TOML for the ``pyproject.toml`` of a uv project that depends on the target."""
    recipe = plan.recipe
    lines = ["[tool.uv]"]
    if plan.bounds:
        lines.append(f"build-constraint-dependencies = {_json(list(plan.bounds))}")
    if not recipe.isolation:
        lines.append(f"no-build-isolation-package = {_json([plan.name])}")
    if recipe.exclude_newer:
        lines.append(f"exclude-newer = {_json(recipe.exclude_newer)}")
    tables = ["\n".join(lines)] if len(lines) > 1 else []
    if recipe.extra and recipe.isolation:
        tables.append(_extra(plan, "tool.uv."))
    if recipe.env:
        tables.append(f"[tool.uv.extra-build-variables]\n{_inline(plan, recipe.env)}")
    if recipe.config_settings:
        settings = _inline(plan, recipe.config_settings)
        tables.append(f"[tool.uv.config-settings-package]\n{settings}")
    return "\n\n".join(tables)


def _target(plan: Plan) -> str:
    """What is built, with its name: uv's options for one package see no other."""
    if plan.target.kind == "requirement" and not needs_source(plan):
        return shlex.quote(plan.requirement)
    place = f"./{source_directory(plan)}" if needs_source(plan) else plan.requirement
    named = plan.target.kind in {"vcs", "url"} and " @ " in place
    return shlex.quote(place if named or not plan.name else f"{plan.name} @ {place}")


def _options(plan: Plan) -> Iterator[str]:
    if plan.from_index and not needs_source(plan):
        yield from ("--no-binary", plan.name)
    if plan.bounds:
        yield from ("--build-constraints", CONSTRAINTS)
    if not plan.recipe.isolation:
        yield from ("--no-build-isolation-package", plan.name)
    if plan.recipe.exclude_newer:
        yield from ("--exclude-newer", plan.recipe.exclude_newer)
    yield from plan.config_options("-C")
    yield from plan.sources()


def _extra(plan: Plan, prefix: str) -> str:
    extra = _json(list(plan.recipe.extra))
    return f"[{prefix}extra-build-dependencies]\n{_json(plan.name)} = {extra}"


def _inline(plan: Plan, values: dict[str, str] | dict[str, str | list[str]]) -> str:
    pairs = ", ".join(f"{_json(key)} = {_json(value)}" for key, value in values.items())
    return f"{_json(plan.name)} = {{ {pairs} }}"


def _json(value: object) -> str:
    """As TOML has strings and arrays of strings too."""
    return json.dumps(value, ensure_ascii=False)

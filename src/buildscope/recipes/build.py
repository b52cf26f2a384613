"""The recipe for ``python -m build``, in the unpacked source."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from buildscope.recipes.plan import CONSTRAINTS
from buildscope.recipes.shell import (
    ENVIRONMENT,
    constraints_step,
    environment_steps,
    source_directory,
    source_steps,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.recipes.plan import Plan


def build_steps(plan: Plan) -> Iterator[str]:
    """Commands of a shell: ``build`` installs with pip, which takes its options as variables."""
    yield from constraints_step(plan)
    yield from source_steps(plan)
    words = ["-m", "build", "--wheel", *plan.config_options("-C"), "--outdir", "dist"]
    directory = source_directory(plan)
    if plan.own_environment and plan.recipe.isolation:
        yield from environment_steps(plan, "build")
        words.append("--no-isolation")
        python, variables = f"{ENVIRONMENT}/bin/python", plan.variables
    else:
        words += [] if plan.recipe.isolation else ["--no-isolation"]
        python, variables = plan.python, f"{_pip_variables(plan)}{plan.variables}"
    yield f"{variables}{python} {shlex.join(words)} {shlex.quote(directory)}"


def _pip_variables(plan: Plan) -> str:
    recipe = plan.recipe
    values = {
        "PIP_CONSTRAINT": f"$PWD/{CONSTRAINTS}" if recipe.constraints else "",
        "PIP_UPLOADED_PRIOR_TO": recipe.exclude_newer or "",
        "PIP_FIND_LINKS": " ".join(recipe.find_links),
        "PIP_INDEX_URL": recipe.index_url or "",
        "PIP_EXTRA_INDEX_URL": " ".join(recipe.extra_index_url),
    }
    return "".join(f'{name}="{value}" ' for name, value in values.items() if value)

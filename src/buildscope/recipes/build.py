"""The recipe for ``python -m build``, in the unpacked source."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from buildscope.recipes.plan import CONSTRAINTS
from buildscope.recipes.shell import (
    BUILD_ENVIRONMENT,
    ENVIRONMENT,
    constraints_step,
    environment_steps,
    install_words,
    pip_constraints,
    source_directory,
    source_steps,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.recipes.plan import Plan


def build_steps(plan: Plan) -> Iterator[str]:
    """Commands of a shell: ``build`` installs with pip, which takes its options as variables."""
    yield from constraints_step(pip_constraints(plan))
    yield from source_steps(plan)
    words = ["-m", "build", "--wheel", *plan.config_options("-C"), "--outdir", "dist"]
    before, python = "", plan.python
    if plan.prepared:
        yield from environment_steps(plan, BUILD_ENVIRONMENT, [*plan.requires, "build"])
        words.append("--no-isolation")
        python = f"{BUILD_ENVIRONMENT}/bin/python"
        before = f'PATH="$PWD/{BUILD_ENVIRONMENT}/bin:$PATH" '
    elif not plan.recipe.isolation:
        words.append("--no-isolation")
        if plan.recipe.extra:
            yield f"{python} {shlex.join(install_words(plan, plan.recipe.extra))}"
    else:
        before = _pip_variables(plan)
        if plan.recipe.python is not None:
            yield from environment_steps(plan, ENVIRONMENT)
            yield f"{ENVIRONMENT}/bin/python -m pip install build"
            python = f"{ENVIRONMENT}/bin/python"
    directory = shlex.quote(source_directory(plan))
    yield f"{before}{plan.variables}{python} {shlex.join(words)} {directory}"


def _pip_variables(plan: Plan) -> str:
    """``PIP_CONSTRAINT`` is for the environment itself, the other for what is built for it."""
    recipe = plan.recipe
    constrained = bool(pip_constraints(plan))
    file = f"$PWD/{CONSTRAINTS}" if constrained else ""
    values = {
        "PIP_CONSTRAINT": file,
        "PIP_BUILD_CONSTRAINT": file,
        "PIP_FIND_LINKS": " ".join(recipe.find_links),
        "PIP_INDEX_URL": recipe.index_url or "",
        "PIP_EXTRA_INDEX_URL": " ".join(recipe.extra_index_url),
    }
    return "".join(f'{name}="{value}" ' for name, value in values.items() if value)

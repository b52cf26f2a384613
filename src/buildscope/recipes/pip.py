"""The recipe for pip.

pip takes constraints for build environments (``--build-constraint``, from 25.3 on) and cannot
add a requirement to one: with extras the environment is prepared, and isolation turned off.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from buildscope.recipes.plan import CONSTRAINTS
from buildscope.recipes.shell import (
    BUILD_ENVIRONMENT,
    ENVIRONMENT,
    constraints_step,
    environment_steps,
    install_words,
    needs_source,
    old_pip,
    pip_constraints,
    source_or_requirement,
    source_steps,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.recipes.plan import Plan

WHEELS: Final = "built"


def pip_steps(plan: Plan, command: str = "install") -> Iterator[str]:
    """Commands of a shell, one after another; ``command`` is pip's: ``install`` or ``wheel``."""
    yield from constraints_step(pip_constraints(plan))
    if plan.recipe.patch:
        yield from source_steps(plan)
    if plan.prepared:
        yield from _prepared(plan, command)
        return
    python = plan.python
    if plan.recipe.python is not None and plan.recipe.isolation:
        yield from environment_steps(plan, ENVIRONMENT)
        python = f"{ENVIRONMENT}/bin/python"
    before, options = "", [] if plan.recipe.isolation else ["--no-build-isolation"]
    if plan.recipe.extra:
        yield f"{python} {shlex.join(install_words(plan, plan.recipe.extra))}"
    if pip_constraints(plan) and plan.recipe.isolation:
        if old_pip(plan):
            before = f'PIP_CONSTRAINT="$PWD/{CONSTRAINTS}" '
        else:
            options += ["--build-constraint", CONSTRAINTS]
    yield before + _command(plan, python, command, options)


def _prepared(plan: Plan, command: str) -> Iterator[str]:
    yield from environment_steps(plan, BUILD_ENVIRONMENT, plan.requires)
    python = f"{BUILD_ENVIRONMENT}/bin/python"
    yield _command(plan, python, "wheel", ["--no-build-isolation"])
    if command == "wheel":
        return
    python = plan.python
    if plan.recipe.python is not None:
        yield from environment_steps(plan, ENVIRONMENT)
        python = f"{ENVIRONMENT}/bin/python"
    yield f"{python} {shlex.join(['-m', 'pip', 'install', *plan.sources()])} {WHEELS}/*.whl"


def _command(plan: Plan, python: str, command: str, options: list[str]) -> str:
    words = ["-m", "pip", command]
    if command == "wheel":
        words += ["--no-deps", "--wheel-dir", WHEELS]
    if plan.from_index and not needs_source(plan):
        words += ["--no-binary", plan.name]
    words += [*options, *plan.config_options("-C"), *plan.sources()]
    activated = ""
    if python.startswith(BUILD_ENVIRONMENT):
        activated = f'PATH="$PWD/{BUILD_ENVIRONMENT}/bin:$PATH" '
    return f"{activated}{plan.variables}{python} {shlex.join(words)} {source_or_requirement(plan)}"

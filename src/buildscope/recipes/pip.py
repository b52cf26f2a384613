"""The recipe for pip.

pip takes constraints for build environments (``--build-constraint``, from 25.3 on) and cannot
add a requirement to one: with extras the environment is prepared, and isolation turned off.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Final

from buildscope.recipes.plan import CONSTRAINTS
from buildscope.recipes.shell import (
    ENVIRONMENT,
    constraints_step,
    date_options,
    environment_steps,
    needs_source,
    source_or_requirement,
    source_steps,
)

_NEW_PIP: Final = 9
"""The minor version of Python from which on there is a pip 25.3."""

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.recipes.plan import Plan


def pip_steps(plan: Plan, command: str = "install") -> Iterator[str]:
    """Commands of a shell, one after another; ``command`` is pip's: ``install`` or ``wheel``."""
    yield from constraints_step(plan)
    if needs_source(plan) or plan.recipe.patch:
        yield from source_steps(plan)
    if plan.own_environment and plan.recipe.isolation:
        yield from environment_steps(plan)
        yield _command(plan, f"{ENVIRONMENT}/bin/python", "wheel", ["--no-build-isolation"])
        if command == "install":
            wheel = f"{plan.name.replace('-', '_')}-*.whl"
            yield f"{plan.python} -m pip install ./{wheel}"
        return
    options = [] if plan.recipe.isolation else ["--no-build-isolation"]
    before = ""
    if plan.recipe.constraints and plan.recipe.isolation:
        if old_pip(plan):
            before = f"PIP_CONSTRAINT={CONSTRAINTS} "
        else:
            options += ["--build-constraint", CONSTRAINTS]
    yield before + _command(plan, plan.python, command, [*options, *date_options(plan)])


def old_pip(plan: Plan) -> bool:
    """Whether the newest pip of that Python has no ``--build-constraint`` (3.8: pip 25.0).

    Those pips hand ``PIP_CONSTRAINT`` to the environments of builds.
    """
    version = re.match(r"3\.(\d+)", plan.recipe.python or plan.interpreter)
    return version is not None and int(version[1]) < _NEW_PIP


def _command(plan: Plan, python: str, command: str, options: list[str]) -> str:
    words = ["-m", "pip", command, *(["--no-deps"] if command == "wheel" else [])]
    if plan.from_index and not needs_source(plan):
        words += ["--no-binary", plan.name]
    words += [*options, *plan.config_options("-C"), *plan.sources()]
    return f"{plan.variables}{python} {shlex.join(words)} {source_or_requirement(plan)}"

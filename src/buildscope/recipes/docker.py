"""The recipe as lines of a Dockerfile."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildscope.recipes.pip import pip_steps
from buildscope.recipes.system import debian_packages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.recipes.plan import Plan

_HEREDOC = re.compile(r"cat > (\S+) <<'(\w+)'\n(.*)\n\2\Z", re.DOTALL)


def dockerfile(plan: Plan) -> str:
    """From a plain image of the recipe's Python to an installed package."""
    return "\n".join(_lines(plan)) + "\n"


def _lines(plan: Plan) -> Iterator[str]:
    version = plan.recipe.python or ".".join(plan.interpreter.split(".")[:2]) or "3"
    yield "# syntax=docker/dockerfile:1"
    yield f"FROM python:{version}"
    packages = debian_packages(plan.recipe)
    if packages:
        yield (
            "RUN apt-get update && apt-get install -y --no-install-recommends "
            f"{' '.join(packages)} && rm -rf /var/lib/apt/lists/*"
        )
    yield "WORKDIR /build"
    for step in pip_steps(plan):
        written = _HEREDOC.match(step)
        if written is not None:
            yield f"COPY <<'{written[2]}' {written[1]}\n{written[3]}\n{written[2]}"
        else:
            yield f"RUN {step.replace(f'{plan.python} ', 'python ', 1)}"

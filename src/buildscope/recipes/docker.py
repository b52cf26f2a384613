"""The recipe as lines of a Dockerfile."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING

import msgspec

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
    version = re.match(r"3\.\d+", plan.recipe.python or "") or re.match(r"3\.\d+", plan.interpreter)
    yield "# syntax=docker/dockerfile:1"
    yield f"FROM python:{version[0] if version is not None else '3'}"
    packages = debian_packages(plan.recipe)
    if packages:
        yield (
            "RUN apt-get update && apt-get install -y --no-install-recommends "
            f"{' '.join(packages)} && rm -rf /var/lib/apt/lists/*"
        )
    yield "WORKDIR /build"
    local = plan.target.path
    if local is not None:
        place = "source" if plan.target.kind == "directory" else PurePath(local).name
        yield f'COPY ["{"." if plan.target.kind == "directory" else place}", "{place}"]'
        plan = msgspec.structs.replace(
            plan, target=msgspec.structs.replace(plan.target, path=f"./{place}")
        )
    recipe = msgspec.structs.replace(plan.recipe, python=None)
    for step in pip_steps(msgspec.structs.replace(plan, recipe=recipe)):
        written = _HEREDOC.match(step)
        if written is not None:
            yield f"COPY <<'{written[2]}' {written[1]}\n{written[3]}\n{written[2]}"
        else:
            yield f"RUN {step}"

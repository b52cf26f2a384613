"""Steps of a shell that several tools share: fetch and patch the source, prepare an environment."""

from __future__ import annotations

import shlex
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from buildscope.recipes.plan import CONSTRAINTS, PATCH, constraints_text, heredoc

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.recipes.plan import Plan

ENVIRONMENT: Final = "build-env"


def constraints_step(plan: Plan) -> Iterator[str]:
    """Write the constraints file, if there are constraints."""
    if plan.recipe.constraints:
        yield heredoc(CONSTRAINTS, constraints_text(plan.recipe))


def source_steps(plan: Plan) -> Iterator[str]:
    """Fetch and unpack the sdist, and patch it; afterwards ``source_directory`` holds it."""
    if plan.target.kind == "vcs":
        url, _, reference = (plan.target.url or "").removeprefix("git+").partition("@")
        yield f"git clone {shlex.quote(url)} source"
        if reference:
            yield f"git -C source checkout {shlex.quote(reference.partition('#')[0])}"
    elif plan.target.kind != "directory":
        yield from _archive_steps(plan)
    if plan.recipe.patch:
        yield heredoc(PATCH, plan.recipe.patch)
        yield f"patch -p1 -d {shlex.quote(source_directory(plan))} < {PATCH}"


def source_directory(plan: Plan) -> str:
    """Where the source lies after ``source_steps``."""
    if plan.target.kind == "directory":
        return plan.target.path or "."
    if plan.target.kind == "vcs":
        return "source"
    return plan.folder or f"{plan.name}-{plan.version}"


def _archive_steps(plan: Plan) -> Iterator[str]:
    file = plan.filename or PurePath(plan.target.path or plan.url).name
    if plan.target.kind == "archive":
        file = plan.target.path or file
    elif plan.url:
        yield f"curl -fLo {shlex.quote(file)} {shlex.quote(plan.url.partition('#')[0])}"
    unpack = "unzip -q" if file.endswith(".zip") else "tar -xf"
    yield f"{unpack} {shlex.quote(file)}"


def environment_steps(plan: Plan, *more: str) -> Iterator[str]:
    """A fresh environment with all that the build needs, and ``more``."""
    yield f"{plan.python} -m venv {ENVIRONMENT}"
    requirements = [*plan.requires, *more]
    constraint = ["--constraint", CONSTRAINTS] if plan.recipe.constraints else []
    words = ["-m", "pip", "install", *constraint, *date_options(plan), *plan.sources()]
    yield f"{ENVIRONMENT}/bin/python {shlex.join([*words, *requirements])}"


def date_options(plan: Plan) -> tuple[str, ...]:
    """The date of the index, as pip takes it (from 26.0 on)."""
    date = plan.recipe.exclude_newer
    return ("--uploaded-prior-to", date) if date else ()


def source_or_requirement(plan: Plan) -> str:
    """What is built: the patched source, else what the user named."""
    return f"./{source_directory(plan)}" if needs_source(plan) else shlex.quote(plan.requirement)


def needs_source(plan: Plan) -> bool:
    """Whether the sdist has to be unpacked, because it is patched."""
    return bool(plan.recipe.patch) and plan.target.kind != "directory"

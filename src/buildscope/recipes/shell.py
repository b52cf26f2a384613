"""Steps of a shell that several tools share: fetch and patch the source, prepare environments."""

from __future__ import annotations

import re
import shlex
from pathlib import PurePath
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from buildscope.recipes.plan import CONSTRAINTS, PATCH, heredoc

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from buildscope.recipes.plan import Plan

BUILD_ENVIRONMENT: Final = "build-env"
ENVIRONMENT: Final = "env"
_NEW_PIP: Final = 9
"""The minor version of Python from which on there is a pip 25.3."""


def constraints_step(lines: Sequence[str]) -> Iterator[str]:
    """Write the constraints file, if there are constraints."""
    if lines:
        yield heredoc(CONSTRAINTS, "".join(f"{line}\n" for line in lines))


def source_steps(plan: Plan) -> Iterator[str]:
    """Fetch and unpack the sdist, and patch it; afterwards ``source_directory`` holds it."""
    if plan.target.kind == "vcs":
        url = urlsplit((plan.target.url or "").removeprefix("git+"))
        path, at, revision = url.path.rpartition("@")
        bare = url._replace(path=path if at else url.path, fragment="").geturl()
        yield f"git clone {shlex.quote(bare)} source"
        if at:
            yield f"git -C source checkout {shlex.quote(revision)}"
    elif plan.target.kind != "directory":
        yield from _archive_steps(plan)
    if plan.recipe.patch:
        yield heredoc(PATCH, plan.recipe.patch)
        yield f"patch -p1 -d {shlex.quote(source_directory(plan))} < {PATCH}"


def source_directory(plan: Plan) -> str:
    """Where the project lies after ``source_steps``."""
    if plan.target.kind == "directory":
        return plan.target.path or "."
    top = "source" if plan.target.kind == "vcs" else plan.folder or f"{plan.name}-{plan.version}"
    return f"{top}/{plan.subdirectory}" if plan.subdirectory else top


def source_or_requirement(plan: Plan) -> str:
    """What is built: the patched source, else what the user named."""
    if needs_source(plan):
        return shlex.quote(f"./{source_directory(plan)}")
    return shlex.quote(plan.requirement)


def needs_source(plan: Plan) -> bool:
    """Whether the sdist has to be unpacked, because it is patched."""
    return bool(plan.recipe.patch) and plan.target.kind != "directory"


def environment_steps(plan: Plan, name: str, requirements: Iterable[str] = ()) -> Iterator[str]:
    """A fresh environment of the recipe's Python with a new pip, and ``requirements``.

    Upgraded, because ``venv`` brings an old setuptools up to Python 3.11.
    """
    python = f"{name}/bin/python"
    yield f"{plan.python} -m venv {name}"
    yield f"{python} -m pip install --upgrade pip"
    words = install_words(plan, requirements)
    if words:
        yield f"{python} {shlex.join([*words[:3], '--upgrade', *words[3:]])}"


def install_words(plan: Plan, requirements: Iterable[str]) -> list[str]:
    """``-m pip install`` of requirements under the recipe's bounds; empty without any."""
    wanted = list(requirements)
    if not wanted:
        return []
    constraint = ["--constraint", CONSTRAINTS] if pip_constraints(plan) else []
    return ["-m", "pip", "install", *constraint, *plan.sources(), *wanted]


def pip_constraints(plan: Plan) -> tuple[str, ...]:
    """The recipe's constraints; with a date, also the very versions that it brought.

    pip's own ``--uploaded-prior-to`` (26.0) leaves out find-links, and fails where an index tells
    no times.
    """
    if plan.recipe.exclude_newer:
        return tuple(dict.fromkeys([*plan.recipe.constraints, *plan.pins]))
    return plan.recipe.constraints


def old_pip(plan: Plan) -> bool:
    """Whether the newest pip of that Python has no ``--build-constraint`` (3.8: pip 25.0).

    Those pips hand ``PIP_CONSTRAINT`` to the environments of builds.
    """
    return _minor(plan) < _NEW_PIP


def _minor(plan: Plan) -> int:
    version = re.match(r"3\.(\d+)", plan.interpreter or plan.recipe.python or "")
    return int(version[1]) if version is not None else _NEW_PIP


def _archive_steps(plan: Plan) -> Iterator[str]:
    file = plan.filename or PurePath(plan.target.path or plan.url).name
    if plan.target.kind == "archive":
        file = plan.target.path or file
    elif plan.url:
        yield f"curl -fLo {shlex.quote(file)} {shlex.quote(plan.url.partition('#')[0])}"
    unpack = "unzip -q" if file.endswith(".zip") else "tar -xf"
    yield f"{unpack} {shlex.quote(file)}"

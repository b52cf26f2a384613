"""The cure as a patch of the project's own ``pyproject.toml``, for its maintainers."""

from __future__ import annotations

import difflib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import tomli
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from buildscope.model.run import Attempt
    from buildscope.recipes.plan import Plan

PYPROJECT: Final = "pyproject.toml"
_REQUIRES = re.compile(
    r"^requires[ \t]*=[ \t]*\[.*?\](?=[ \t]*(?:#.*)?$)", re.MULTILINE | re.DOTALL
)
_TABLE = re.compile(r"^\[build-system\][ \t]*$", re.MULTILINE)


def upstream_patch(plan: Plan, attempt: Attempt) -> str:
    """A unified diff for ``patch -p1`` with the recipe's requirements; empty where none helps.

    The legacy backend stays the one that it was (PEP 517: ``setuptools.build_meta:__legacy__``).
    """
    recipe = plan.recipe
    if not recipe.extra and not recipe.constraints:
        return ""
    before = _read(attempt)
    requires = wanted_requires(plan)
    after = _with_requires(before, requires, legacy=plan.legacy)
    if after is None or tomli.loads(after)["build-system"]["requires"] != requires:
        return ""
    new = before is None
    diff = difflib.unified_diff(
        [] if before is None else before.splitlines(keepends=True),
        after.splitlines(keepends=True),
        "/dev/null" if new else f"a/{PYPROJECT}",
        f"b/{PYPROJECT}",
    )
    head = f"diff --git a/{PYPROJECT} b/{PYPROJECT}\n" + ("new file mode 100644\n" if new else "")
    lines = (x if x.endswith("\n") else f"{x}\n\\ No newline at end of file\n" for x in diff)
    return head + "".join(lines)


def wanted_requires(plan: Plan) -> list[str]:
    """The declared requirements, those that were added, and the bounds on either."""
    found = [*plan.declared, *plan.recipe.extra]
    for constraint in plan.recipe.constraints:
        found = _bounded(found, constraint)
    return list(dict.fromkeys(found))


def _bounded(requires: list[str], constraint: str) -> list[str]:
    bound = Requirement(constraint)
    name = canonicalize_name(bound.name)
    hit = False
    after: list[str] = []
    for text in requires:
        try:
            one = Requirement(text)
        except InvalidRequirement:
            after.append(text)
            continue
        if canonicalize_name(one.name) == name and not one.url:
            hit = True
            one.specifier &= bound.specifier
        after.append(str(one) if canonicalize_name(one.name) == name else text)
    return after if hit else [*after, constraint]


def _with_requires(text: str | None, requires: list[str], *, legacy: bool) -> str | None:
    line = f"requires = {json.dumps(requires)}"
    backend = '\nbuild-backend = "setuptools.build_meta:__legacy__"' if legacy else ""
    table = _TABLE.search(text) if text is not None else None
    if text is None or table is None:
        start = f"{text.rstrip()}\n\n" if text else ""
        return f"{start}[build-system]\n{line}{backend}\n"
    found = _REQUIRES.search(text, table.end())
    if found is None:
        return None
    return text[: found.start()] + line + text[found.end() :]


def _read(attempt: Attempt) -> str | None:
    """The project's file; ``None`` where it has none."""
    if attempt.source is None:
        return None
    path = Path(attempt.source.project, PYPROJECT)
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return None

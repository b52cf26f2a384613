"""Packages that setuptools was not told of, and that it will not choose by itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from packaging.utils import canonicalize_name

from buildscope.diagnosis.remedies import advice, cause, older
from buildscope.model.failure import Remedy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.diagnosis.facts import FailedPhase
    from buildscope.model.failure import Cause

_FLAT = re.compile(
    r"Multiple top-level (?P<kind>packages|modules) discovered in a flat-layout: \[(?P<names>[^\]]*)\]"
)
_PROJECT = re.compile(r"^\[project\]\s*$", re.MULTILINE)
_TOLD = re.compile(r"^\[tool\.setuptools(?:\.packages.*)?\]", re.MULTILINE)
_BESIDE: Final = frozenset(
    [
        "assets",
        "benchmark",
        "benchmarks",
        "bin",
        "build",
        "ci",
        "conf",
        "config",
        "configs",
        "data",
        "demo",
        "demos",
        "dist",
        "doc",
        "docs",
        "etc",
        "example",
        "examples",
        "images",
        "img",
        "model",
        "models",
        "notebook",
        "notebooks",
        "output",
        "outputs",
        "res",
        "resources",
        "results",
        "sample",
        "samples",
        "script",
        "scripts",
        "static",
        "templates",
        "test",
        "testing",
        "tests",
        "tool",
        "tools",
        "tutorial",
        "tutorials",
        "util",
        "utils",
        "vendor",
    ]
)


def flat_layout(facts: FailedPhase) -> Iterator[Cause]:
    """Several folders could be the package, and setuptools refuses to guess (since 61.0)."""
    for said in facts.said:
        found = _FLAT.search(said.text)
        if found is not None:
            evidence = facts.where(said)
            names = re.findall(r"'([^']+)'", found["names"])
            yield cause(
                facts,
                "incompatible-build-requirement",
                f"{facts.subject} does not say which of its {found['kind']} belong to it "
                f"({', '.join(names)}), and setuptools no longer guesses since 61",
                evidence,
                remedies=_remedies(facts, found["kind"], names),
            )
            return


def _remedies(facts: FailedPhase, kind: str, names: list[str]) -> Iterator[Remedy | None]:
    text = facts.source("pyproject.toml")
    if not _PROJECT.search(text):
        yield older(facts, ["setuptools<61"])
    elif not _TOLD.search(text):
        own = _own(facts, names)
        if own is not None:
            table = (
                f'[tool.setuptools.packages.find]\ninclude = ["{own}", "{own}.*"]\n'
                if kind == "packages"
                else f'[tool.setuptools]\npy-modules = ["{own}"]\n'
            )
            separator = "\n" if text.endswith("\n") else "\n\n"
            yield Remedy(
                summary=f"say in pyproject.toml that {own} is what belongs to it",
                files={"pyproject.toml": f"{text}{separator}{table}"},
            )
    yield advice("list the packages under [tool.setuptools] in pyproject.toml")


def _own(facts: FailedPhase, names: list[str]) -> str | None:
    """The folder that has the project's name, else the only one that looks like a package."""
    for name in names:
        if canonicalize_name(name) == canonicalize_name(facts.name or ""):
            return name
    left = [name for name in names if name.lower() not in _BESIDE]
    return left[0] if len(left) == 1 else None


RULES = (flat_layout,)

"""Requires-Python against the interpreter that is to build, before anything is built."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from buildscope.errors import PhaseError

if TYPE_CHECKING:
    from buildscope.phases.stated import Stated

_RELEASE = re.compile(r"\d+(?:\.\d+)*")
_MINORS = range(8, 100)
_PATCHES = (0, 99, *range(1, 40))


def check_python(requires_python: Stated, python_version: str) -> None:
    """Raise ``PhaseError`` (``unsupported-python``) when the interpreter does not satisfy it.

    As pip does, only the release of ``python_version`` counts (3.14.0rc1 as 3.14.0), and a
    specifier that cannot be parsed stops nothing here: metadata that repeats it will.
    """
    specifiers = _parsed(requires_python.value)
    if specifiers is None or _allows(specifiers, _release(python_version)):
        return
    raise PhaseError(
        f"{requires_python.where} requires Python {requires_python.value}, and the interpreter that is to "
        f"build is Python {python_version}",
        cause="unsupported-python",
        hint=_hint(specifiers, python_version),
        file=requires_python.file,
        line=requires_python.line,
        column=requires_python.column,
    )


def _hint(specifiers: SpecifierSet, python_version: str) -> str:
    minors = [minor for minor in _MINORS if _allows_minor(specifiers, minor)]
    major, current, *_ = (*map(int, _release(python_version).split(".")), 0)
    others = [minor for minor in minors if (major, current) != (3, minor)]
    if others:
        nearest = min(others, key=lambda minor: abs(minor - current))
        return f"build with another interpreter: -p 3.{nearest}"
    if minors:
        return f"pass -p the path of an interpreter that satisfies {specifiers}"
    return f"no Python 3.{_MINORS.start} or newer satisfies {specifiers}, and buildscope needs one"


def _allows_minor(specifiers: SpecifierSet, minor: int) -> bool:
    return any(_allows(specifiers, f"3.{minor}.{patch}") for patch in _PATCHES)


def _allows(specifiers: SpecifierSet, version: str) -> bool:
    return specifiers.contains(version, prereleases=True)


def _release(version: str) -> str:
    match = _RELEASE.match(version)
    return match[0] if match else "0"


def _parsed(text: str) -> SpecifierSet | None:
    try:
        return SpecifierSet(text)
    except InvalidSpecifier:
        return None

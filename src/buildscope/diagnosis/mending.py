"""Requirements that PEP 508 or PEP 440 forbids, written as their authors meant them."""

from __future__ import annotations

import re
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

_PARTS = re.compile(
    r"(?P<name>[A-Za-z0-9][\w.-]*?)(?P<extras>\s*\[[^\]]*\])?\s*"
    r"\(?(?P<bounds>(?:[<>=!~].*?)?)\)?(?P<marker>\s*;.*)?$"
)
_BOUND = re.compile(r"(?P<operator>[<>=!~]+)\s*v?(?P<version>[^<>=!~,\s)]+)")
_OPERATORS: Final = {"=": "==", "=>": ">=", "=<": "<=", "=!": "!=", "=~": "~="}


def mended_requirement(text: str) -> str | None:
    """``pkg>=3.`` as ``pkg>=3``; ``None`` for what is valid already or beyond guessing."""
    if _is_requirement(text):
        return None
    found = _PARTS.match(text.strip())
    if found is None:
        return None
    bounds = mended_specifier(found["bounds"]) if found["bounds"] else None
    if bounds is None:
        return None
    whole = f"{found['name']}{found['extras'] or ''}{bounds}{found['marker'] or ''}"
    return whole if _is_requirement(whole) else None


def mended_specifier(text: str) -> str | None:
    """``>=3.6.*`` as ``>=3.6``; ``None`` where nothing can be made of it.

    A bound on what is no version at all (``>dev``) is left out.
    """
    bounds = [_mended(found["operator"], found["version"]) for found in _BOUND.finditer(text)]
    whole = ",".join(bound for bound in bounds if bound)
    return whole if bounds and _is_specifier(whole) else None


def _mended(operator: str, version: str) -> str:
    operator = _OPERATORS.get(operator, operator)
    version = re.sub(r"\.[xX]$", ".*", version.strip("\"'").rstrip("."))
    wild = version.endswith(".*")
    plain = version.removesuffix(".*").rstrip(".")
    try:
        parsed = Version(plain)
    except InvalidVersion:
        return ""
    if not wild or operator in {"==", "!="}:
        return f"{operator}{version}"
    if operator in {"<=", ">"}:
        return f"{'<' if operator == '<=' else '>='}{_next(parsed)}"
    return f"~={plain}.0" if operator == "~=" else f"{operator}{plain}"


def _next(version: Version) -> str:
    """The release after all that begin like ``version``: 0.30 after 0.29."""
    *head, last = version.release
    return ".".join(map(str, (*head, last + 1)))


def _is_requirement(text: str) -> bool:
    try:
        Requirement(text)
    except InvalidRequirement:
        return False
    return True


def _is_specifier(text: str) -> bool:
    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        return False
    return True

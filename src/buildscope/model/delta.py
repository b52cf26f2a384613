"""A change of settings as remedies tell it: lists and mappings append, the rest replaces."""

from __future__ import annotations

from typing import Any

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from buildscope.model.settings import Settings


def with_delta(settings: Settings, delta: dict[str, Any]) -> Settings:
    """``settings`` with ``delta``; equal to ``settings`` where it had all of it already."""
    merged = msgspec.to_builtins(settings)
    for name, value in delta.items():
        if name in {"extra", "constraints"}:
            requirements = getattr(settings, name)
            for requirement in value:
                requirements = with_requirement(requirements, requirement)
            merged[name] = requirements
        elif isinstance(value, (list, tuple)):
            merged[name] = tuple(dict.fromkeys([*getattr(settings, name), *value]))
        elif isinstance(merged[name], dict):
            merged[name] = {**merged[name], **value}
        else:
            merged[name] = value
    return msgspec.convert(merged, Settings)


def with_requirement(values: tuple[str, ...], new: str) -> tuple[str, ...]:
    """``new`` takes the place of an earlier requirement on the same distribution."""
    if new in values:
        return values
    name = requirement_name(new)
    return (*(value for value in values if requirement_name(value) != name), new)


def requirement_name(requirement: str) -> str:
    """The normalised name in a requirement; the text itself where it is none."""
    try:
        return canonicalize_name(Requirement(requirement).name)
    except InvalidRequirement:
        return requirement

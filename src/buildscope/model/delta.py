"""A change of settings as remedies and options tell it: lists and mappings append, the rest replaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from buildscope.model.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence


def with_delta(settings: Settings, delta: dict[str, Any]) -> Settings:
    """``settings`` with ``delta``; equal to ``settings`` where it had all of it already.

    A requirement takes the place of those that ``settings`` has on the same distribution.
    """
    merged = msgspec.to_builtins(settings)
    for name, value in delta.items():
        if name in {"extra", "constraints"}:
            merged[name] = _with_requirements(getattr(settings, name), value)
        elif isinstance(value, (list, tuple)):
            merged[name] = tuple(dict.fromkeys([*getattr(settings, name), *value]))
        elif isinstance(merged[name], dict):
            merged[name] = {**merged[name], **value}
        else:
            merged[name] = value
    return msgspec.convert(merged, Settings)


def with_requirement(values: tuple[str, ...], new: str) -> tuple[str, ...]:
    """``new`` takes the place of an earlier requirement on the same distribution."""
    return _with_requirements(values, [new])


def _with_requirements(values: tuple[str, ...], new: Sequence[str]) -> tuple[str, ...]:
    # Two of the new ones may name one distribution, with markers that exclude each other.
    names = {requirement_name(value) for value in new if value not in values}
    kept = [value for value in values if value in new or requirement_name(value) not in names]
    return tuple(dict.fromkeys([*kept, *new]))


def requirement_name(requirement: str) -> str:
    """The normalised name in a requirement; the text itself where it is none."""
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    try:
        return canonicalize_name(Requirement(requirement).name)
    except InvalidRequirement:
        return requirement

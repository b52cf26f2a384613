"""Compares core metadata by meaning: two spellings of one requirement are no difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from buildscope.phases.metadata import MetadataReading

_FIRST_PROMISE = Version("2.2")
# what a metadata version does not know, a PKG-INFO of it cannot have promised
_ADDED = {
    "license-expression": Version("2.4"),
    "license-file": Version("2.4"),
    "import-name": Version("2.5"),
    "import-namespace": Version("2.5"),
}
# metadata 2.4 says by License-Expression what older ones said by these
_RESPELT = frozenset({"license", "classifier"})
_NEVER_COMPARED = frozenset({"metadata-version", "dynamic"})


def differing_fields(
    expected: MetadataReading, found: MetadataReading, *, ignored: Collection[str] = ()
) -> tuple[str, ...]:
    """The fields, as they are written, that do not say the same in both.

    Order, case of names, spelling of versions and white space at line ends do not count.
    ``ignored`` are further fields, in lower case, that may differ.
    """
    left, right = _by_field(expected), _by_field(found)
    written = {
        key.lower(): key for reading in (found, expected) for key, _ in reading.metadata.fields
    }
    skipped = _NEVER_COMPARED | set(ignored)
    return tuple(
        key
        for lowered, key in sorted(written.items())
        if lowered not in skipped and left.get(lowered) != right.get(lowered)
    )


def unpromised_fields(pkg_info: MetadataReading, built: MetadataReading) -> tuple[str, ...]:
    """The fields in which a wheel breaks what the sdist's ``PKG-INFO`` promises.

    PEP 643: from metadata 2.2 on every field that ``PKG-INFO`` does not list as Dynamic has
    to be the same. Older ones promise a name and a version only.
    """
    known = _version(pkg_info.metadata_version)
    if known < _FIRST_PROMISE:
        differing = differing_fields(pkg_info, built)
        return tuple(field for field in differing if field.lower() in {"name", "version"})
    unknown = {field for field, added in _ADDED.items() if known < added}
    if known != _version(built.metadata_version):
        unknown |= _RESPELT
    return differing_fields(pkg_info, built, ignored={*pkg_info.dynamic, *unknown})


def _version(metadata_version: str | None) -> Version:
    try:
        return Version(metadata_version or "0")
    except InvalidVersion:
        return Version("0")


def _by_field(reading: MetadataReading) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for key, value in reading.metadata.fields:
        values.setdefault(key.lower(), []).append(_meaning(key.lower(), value))
    return {key: sorted(items) for key, items in values.items()}


def _meaning(field: str, value: str) -> str:
    text = "\n".join(line.strip() for line in value.strip().splitlines())
    try:
        return _NORMALISED.get(field, str)(text)
    except (InvalidVersion, InvalidSpecifier, InvalidRequirement):
        return text


def _requirement(text: str) -> str:
    requirement = Requirement(text)
    requirement.name = canonicalize_name(requirement.name)
    requirement.extras = {canonicalize_name(extra) for extra in requirement.extras}
    return str(requirement)


def _keywords(text: str) -> str:
    return ",".join(text.replace(",", " ").split())


_NORMALISED: dict[str, Callable[[str], str]] = {
    "name": canonicalize_name,
    "provides-extra": canonicalize_name,
    "version": lambda text: str(Version(text)),
    "requires-python": lambda text: str(SpecifierSet(text)),
    "requires-dist": _requirement,
    "keywords": _keywords,
}

"""Checks declared requirements against what an environment holds."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from buildscope.environments.facts import own_markers
from buildscope.environments.inventory import directories, installed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from buildscope.environments.inventory import InstalledDistribution
    from buildscope.environments.model import BuildEnvironment


def declared_missing(
    env: BuildEnvironment, requirements: Iterable[str]
) -> tuple[tuple[str, str | None], ...]:
    """Requirements that ``env`` does not satisfy: what is wanted, the version found or None.

    Markers are evaluated for its interpreter, extras and the requirements of what is there
    are followed. Raises ``packaging.requirements.InvalidRequirement`` for text that is none.
    """
    check = _Check(env)
    missing = [each for text in requirements for each in check.unsatisfied(Requirement(text))]
    return tuple(dict.fromkeys(missing))


class _Check:
    def __init__(self, env: BuildEnvironment) -> None:
        self._found = installed(directories(env))
        self._markers = env.markers or own_markers()
        self._seen: set[tuple[str, frozenset[str]]] = set()

    def unsatisfied(
        self, requirement: Requirement, extras: Iterable[str] = ("",)
    ) -> Iterator[tuple[str, str | None]]:
        """What of ``requirement``, asked for by a distribution with ``extras``, is missing."""
        if not self._applies(requirement, extras):
            return
        found = self._found.get(canonicalize_name(requirement.name))
        wanted = str(requirement).partition(";")[0].strip()
        if found is None or not satisfies(found, requirement):
            yield wanted, None if found is None else found.version
            return
        chosen = frozenset(canonicalize_name(extra) for extra in requirement.extras)
        if (found.key, chosen) in self._seen:
            return
        self._seen.add((found.key, chosen))
        for needed in _requirements(found):
            yield from self.unsatisfied(needed, ("", *chosen))

    def _applies(self, requirement: Requirement, extras: Iterable[str]) -> bool:
        marker = requirement.marker
        return marker is None or any(
            marker.evaluate({**self._markers, "extra": extra}) for extra in extras
        )


def satisfies(found: InstalledDistribution, requirement: Requirement) -> bool:
    """Whether version and origin of what was found are those wanted, extras left aside."""
    if requirement.url is not None:
        return requirement.url.partition("#")[0] in _origins(found)
    if not str(requirement.specifier):
        return True
    try:
        return requirement.specifier.contains(Version(found.version), prereleases=True)
    except InvalidVersion:
        return False


def _origins(found: InstalledDistribution) -> set[str]:
    """The forms of the direct reference that it was installed from (PEP 610)."""
    try:
        origin = msgspec.json.decode((Path(found.info) / "direct_url.json").read_bytes())
        url = str(origin["url"])
    except (OSError, msgspec.DecodeError, KeyError, TypeError):
        return set()
    vcs = origin.get("vcs_info")
    if not isinstance(vcs, dict):
        return {url}
    base = f"{vcs.get('vcs')}+{url}"
    revisions = (vcs.get("requested_revision"), vcs.get("commit_id"))
    named = {f"{base}@{revision}" for revision in revisions if revision}
    return named if vcs.get("requested_revision") else {base, *named}


def _requirements(found: InstalledDistribution) -> Iterator[Requirement]:
    """The ``Requires-Dist`` fields that can be read."""
    try:
        text = Path(found.metadata).read_text("utf-8", errors="replace")
    except OSError:
        return
    for line in text.splitlines():
        if not line:
            return
        key, _, value = line.partition(":")
        if key.lower() == "requires-dist":
            with contextlib.suppress(InvalidRequirement):
                yield Requirement(value.strip())

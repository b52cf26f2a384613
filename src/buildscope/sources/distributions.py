"""Which release of a distribution an installer would take, and what that brings."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.tags import Tag, compatible_tags, cpython_tags, platform_tags
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from buildscope.configuration.moments import parse_cutoff
from buildscope.model.base import Record
from buildscope.sources.candidates import fits_python
from buildscope.sources.client import IndexClient, with_retries
from buildscope.sources.index import index_locations, list_project
from buildscope.sources.urls import without_credentials
from buildscope.sources.wheels import Contents, Offer, contents_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from buildscope.configuration.index import IndexConfiguration
    from buildscope.process.stop import Stop
    from buildscope.sources.candidates import Candidate

FRESH: Final = 600.0
"""Seconds for which an answer is taken again, as uv takes index pages."""

R = TypeVar("R", bound=Record)


class _Answer(Record, frozen=True):
    at: float
    offer: Offer | None = None


@dataclass(frozen=True)
class Catalogue:
    """Looks distributions up for one Python; answers are kept in ``cache``.

    ``python_version`` is the interpreter's, ``cutoff`` as ``--exclude-newer`` takes it,
    ``constraints`` are requirements that hold beside what is asked. ``clock`` gives seconds
    since the epoch.
    """

    configuration: IndexConfiguration
    cache: Path
    python_version: str
    cutoff: str | None = None
    constraints: tuple[str, ...] = ()
    clock: Callable[[], float] = time.time

    def look_up(self, requirement: Requirement, stop: Stop) -> Offer | None:
        """What ``requirement`` brings; ``None`` where no release fits or none exists.

        Raises ``SourceError`` where an index does not answer, ``Cancelled`` when ``stop`` was
        requested.
        """
        wanted = requirement.specifier & self._bounds(requirement.name)
        key = _key(json.dumps([canonicalize_name(requirement.name), str(wanted), *self._request()]))
        kept = _read(self.cache / "distributions" / f"{key}.json", _Answer)
        if kept is not None and 0 <= self.clock() - kept.at < FRESH:
            return kept.offer
        with IndexClient(self.configuration, index_locations(self.configuration)) as client:
            offer = self._ask(requirement.name, wanted, client, stop)
        _write(self.cache / "distributions" / f"{key}.json", _Answer(at=self.clock(), offer=offer))
        return offer

    def _bounds(self, name: str) -> SpecifierSet:
        bounds = SpecifierSet()
        for text in self.constraints:
            constraint = Requirement(text)
            if canonicalize_name(constraint.name) == canonicalize_name(name):
                bounds &= constraint.specifier
        return bounds

    def _request(self) -> list[object]:
        configuration = self.configuration
        indexes = [without_credentials(url or "") for url in configuration.index_urls]
        return [indexes, configuration.find_links, self.python_version, self.cutoff]

    def _ask(
        self, name: str, wanted: SpecifierSet, client: IndexClient, stop: Stop
    ) -> Offer | None:
        listing = list_project(canonicalize_name(name), self.configuration, client, stop, pauses=())
        usable = self._usable(listing.candidates, wanted)
        if not usable:
            if listing.failures:
                raise listing.failures[0]
            return None
        final = [one for one in usable if not one.version.is_prerelease] or usable
        best = max(final, key=lambda one: (one.version, one.is_wheel))
        at_hand = [one.version for one in final if not one.dated and one.is_wheel]
        return Offer(
            name=name,
            version=str(best.version),
            local=not best.dated,
            sdist=not best.is_wheel,
            contents=self._contents(best, client, stop),
            at_hand=max(at_hand).public if at_hand else None,
        )

    def _usable(self, candidates: Iterable[Candidate], wanted: SpecifierSet) -> list[Candidate]:
        cutoff = parse_cutoff(self.cutoff) if self.cutoff is not None else None
        tags = _tags(self.python_version)
        return [
            one
            for one in candidates
            if one.yanked is None
            and wanted.contains(one.version, prereleases=True)
            and (cutoff is None or one.uploaded is None or one.uploaded <= cutoff)
            and fits_python(one.requires_python, self.python_version)
            and (not one.is_wheel or _fits(one.filename, tags))
        ]

    def _contents(self, file: Candidate, client: IndexClient, stop: Stop) -> Contents | None:
        hashes = dict(file.hashes)
        key = _key(hashes.get("sha256") or without_credentials(file.url))
        place = self.cache / "contents" / f"{key}.json"
        kept = _read(place, Contents)
        if kept is None:
            kept = with_retries(lambda: contents_of(file.url, client), file.url, stop, ())
            if kept is not None:
                _write(place, kept)
        return kept


def _tags(python_version: str) -> frozenset[Tag]:
    """The tags of wheels that CPython of that version takes on this machine."""
    numbers = [int(number) for number in re.findall(r"\d+", python_version)[:2]]
    platforms = list(platform_tags())
    interpreter = f"cp{''.join(map(str, numbers))}"
    return frozenset(
        (
            *cpython_tags(numbers, platforms=platforms),
            *compatible_tags(numbers, interpreter, platforms),
        )
    )


def _fits(filename: str, tags: frozenset[Tag]) -> bool:
    try:
        return not tags.isdisjoint(parse_wheel_filename(filename)[3])
    except InvalidWheelFilename:
        return False


def _key(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()


def _read(path: Path, kind: type[R]) -> R | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.MsgspecError):
        return None


def _write(path: Path, record: Record) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_suffix(f".{secrets.token_hex(6)}")
    beside.write_bytes(msgspec.json.encode(record))
    beside.replace(path)

"""Asks indexes and find-links, through unearth, for all files of a project."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

from packaging.utils import canonicalize_name
from packaging.version import Version
from unearth import Link, PackageFinder
from unearth.collector import is_secure_origin

from buildscope.configuration.locations import is_local, scheme_of
from buildscope.errors import SourceError
from buildscope.sources.candidates import Candidate
from buildscope.sources.client import (
    PASSING_STATUS,
    PAUSES,
    IndexClient,
    PassingFaultError,
    refusal,
    with_retries,
)
from buildscope.sources.targets import is_archive_name
from buildscope.sources.urls import (
    hashes_of,
    host_of,
    path_of_file_url,
    without_credentials,
    without_fragment,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from unearth.evaluator import Package
    from unearth.fetchers import Fetcher

    from buildscope.configuration.index import IndexConfiguration
    from buildscope.process.stop import Stop

PUBLIC_INDEX: str = PackageFinder().sources[0]["url"]
"""What unearth asks where nothing is configured."""


@dataclass
class Listing:
    """All files of one project, from every source that counts.

    ``failures`` holds what went wrong with single sources; ``asked`` names those that were
    asked, for messages.
    """

    candidates: list[Candidate] = field(default_factory=list)
    failures: list[SourceError] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Place:
    """One location to ask; ``flat`` holds files of any project, others a page a project."""

    location: str
    flat: bool

    @property
    def shown(self) -> str:
        return host_of(self.location) if scheme_of(self.location) else self.location

    def finder(self, client: IndexClient) -> PackageFinder:
        return PackageFinder(
            session=cast("Fetcher", client),
            index_urls=() if self.flat else (self.location,),
            find_links=(self.location,) if self.flat else (),
            ignore_compatibility=True,
        )


@dataclass(frozen=True)
class _Query:
    name: str
    client: IndexClient
    stop: Stop
    pauses: tuple[float, ...]


def list_project(
    name: str,
    configuration: IndexConfiguration,
    client: IndexClient,
    stop: Stop,
    *,
    pauses: tuple[float, ...] = PAUSES,
) -> Listing:
    """Every file of the project ``name`` that the configured sources have.

    A source that cannot be reached is noted in ``failures``. Raises ``Cancelled``.
    """
    listing, query = Listing(), _Query(name, client, stop, pauses)
    for place in _find_links(configuration):
        _ask(listing, query, place)
    for place in _indexes(name, configuration):
        found = _ask(listing, query, place)
        if found and configuration.strategy == "first-index":
            break
    return listing


def index_locations(configuration: IndexConfiguration) -> list[str]:
    """The URLs of the indexes, the public one by its URL."""
    return [url or PUBLIC_INDEX for url in configuration.index_urls]


def local_names(configuration: IndexConfiguration) -> Iterator[str]:
    """Names of projects in indexes that are directories here; cheap, for near misses."""
    for url in index_locations(configuration):
        if scheme_of(url) == "file":
            try:
                yield from (entry.name for entry in os.scandir(path_of_file_url(url)))
            except (OSError, ValueError):
                continue


def _find_links(configuration: IndexConfiguration) -> Iterator[_Place]:
    for location in configuration.find_links:
        if _reachable(location, configuration):
            yield _Place(location, flat=True)


def _indexes(name: str, configuration: IndexConfiguration) -> Iterator[_Place]:
    """The indexes; in a directory without a page, the project's folder itself is read."""
    for url in index_locations(configuration):
        if not _reachable(url, configuration):
            continue
        if scheme_of(url) == "file":
            folder = path_of_file_url(url) / canonicalize_name(name)
            if folder.is_dir() and not (folder / "index.html").exists():
                yield _Place(str(folder), flat=True)
                continue
        yield _Place(url, flat=False)


def _reachable(location: str, configuration: IndexConfiguration) -> bool:
    return not configuration.offline or is_local(location)


def _ask(listing: Listing, query: _Query, place: _Place) -> bool:
    """Add what one source has; whether that is anything."""
    listing.asked.append(place.shown)
    if not scheme_of(place.location) and not Path(place.location).exists():
        return False
    try:
        packages = with_retries(
            lambda: _packages(query.name, place, query.client),
            place.location,
            query.stop,
            query.pauses,
        )
    except SourceError as error:
        listing.failures.append(error)
        return False
    uploaded = query.client.uploaded
    found = [found for package in packages if (found := _candidate(package, uploaded))]
    listing.candidates += found
    return bool(found)


def _packages(name: str, place: _Place, client: IndexClient) -> list[Package]:
    client.refused.clear()
    scheme = scheme_of(place.location)
    if scheme and not is_secure_origin(cast("Fetcher", client), Link(place.location)):
        raise SourceError(
            f"{without_credentials(place.location)} is not asked: {scheme} is not safe, and its "
            "host is not trusted",
            cause="download",
            hint="use https, or name the host as pip's trusted-host",
        )
    try:
        packages = list(place.finder(client).find_all_packages(name, allow_yanked=True))
    except ValueError as error:
        raise SourceError(
            f"{place.shown} gave an index page that cannot be read: {error}",
            cause="download",
            hint="is it the URL of a simple index?",
        ) from error
    if not packages and client.refused:
        host, status = client.refused[-1]
        if status in PASSING_STATUS:
            raise PassingFaultError(refusal(host, status).message)
        raise refusal(host, status)
    return packages


def _candidate(package: Package, uploaded: Mapping[str, datetime]) -> Candidate | None:
    link = package.link
    if not link.is_wheel and not is_archive_name(link.filename):
        return None
    reason: str | bool | None = link.yank_reason
    return Candidate(
        version=Version(package.version or "0"),
        filename=link.filename,
        url=without_fragment(link.normalized),
        hashes=tuple((link.hashes or hashes_of(link.normalized)).items()),
        requires_python=link.requires_python,
        yanked="" if reason is True else (reason or "") if reason is not None else None,
        uploaded=link.upload_time or uploaded.get(link.filename),
        dated=link.comes_from is not None,
    )

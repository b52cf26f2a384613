"""From a requirement to an sdist in the cache: asks, chooses, downloads, remembers."""

from __future__ import annotations

import difflib
import json
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from buildscope.configuration.locations import is_local, scheme_of
from buildscope.configuration.moments import moment_text, parse_cutoff, parse_moment
from buildscope.errors import SourceError
from buildscope.sources.cache import Remembered, SdistCache, StoredSdist
from buildscope.sources.candidates import Candidate, Wish, check_marker, choose
from buildscope.sources.intake import Job, copy_in, find_cached
from buildscope.sources.project import is_project
from buildscope.sources.ticker import Ticker
from buildscope.sources.urls import (
    host_of,
    path_of_file_url,
    without_credentials,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from buildscope.configuration.index import IndexConfiguration
    from buildscope.model.run import Progress
    from buildscope.process.stop import Stop
    from buildscope.sources.client import IndexClient
    from buildscope.sources.index import Listing

FRESH = 600.0
"""Seconds for which an answer that is no exact pin is taken again, as uv takes index pages."""


@dataclass(frozen=True)
class Found:
    """The sdist for a requirement; ``cached`` says that nothing had to be brought in."""

    stored: StoredSdist
    cached: bool
    note: str | None = None


@dataclass(frozen=True)
class Resolver:
    """What finding an sdist needs; ``clock`` gives seconds since the epoch.

    ``pauses`` are the seconds between tries after a passing fault of the network.
    """

    configuration: IndexConfiguration
    cache: SdistCache
    python_version: str
    exclude_newer: str | None
    on_progress: Callable[[Progress], None]
    stop: Stop
    cwd: Path
    clock: Callable[[], float] = time.time
    pauses: tuple[float, ...] | None = None

    def find(self, text: str) -> Found:
        """The newest sdist that fits the requirement ``text``, in the cache.

        Raises ``SourceError`` (``resolution``, ``download``, ``bad-archive``,
        ``unsupported-python``), ``UsageError`` for a bad date, ``Cancelled``.
        """
        requirement = Requirement(text)
        cutoff = None if self.exclude_newer is None else parse_cutoff(self.exclude_newer)
        wish = Wish(requirement, self.python_version, cutoff)
        check_marker(wish)
        name = canonicalize_name(requirement.name)
        request = self._request(wish, name)
        if (known := self._known(request, wish)) is not None:
            return known
        with ExitStack() as stack:
            client = self._client(stack)
            candidate, note = self._choose(wish, name, client)
            found = self._bring_in(candidate, name, client, note)
        self.cache.remember(found.stored)
        if not self.configuration.offline:
            remembered = Remembered(stored=found.stored, at=self.clock(), note=note)
            self.cache.remember_request(request, remembered)
        return found

    def _request(self, wish: Wish, name: str) -> str:
        """All that the answer depends on, files of local sources included, as text."""
        configuration = self.configuration
        places = [url or "" for url in configuration.index_urls]
        stamps = [_stamp(location, name) for location in (*places, *configuration.find_links)]
        shown = [without_credentials(url) for url in places]
        wanted = [str(wish.requirement), self.python_version, self.exclude_newer]
        return json.dumps([wanted, shown, configuration.find_links, stamps, configuration.strategy])

    def _known(self, request: str, wish: Wish) -> Found | None:
        if self.configuration.offline:
            return None
        known = self.cache.by_request(request)
        if known is None or scheme_of(known.stored.url) == "file":
            return None
        fresh = 0 <= self.clock() - known.at < FRESH
        if (wish.pin is None and not fresh) or not self.cache.intact(known.stored):
            return None
        return Found(known.stored, cached=True, note=known.note)

    def _client(self, stack: ExitStack) -> IndexClient | None:
        """A client, unless the cache alone is to be used."""
        if self.configuration.offline and not self._local_places():
            return None
        from buildscope.sources.client import IndexClient
        from buildscope.sources.index import index_locations

        urls = index_locations(self.configuration)
        return stack.enter_context(IndexClient(self.configuration, urls))

    def _local_places(self) -> list[str]:
        configuration = self.configuration
        places = [url for url in configuration.index_urls if url] + list(configuration.find_links)
        return [place for place in places if is_local(place)]

    def _choose(
        self, wish: Wish, name: str, client: IndexClient | None
    ) -> tuple[Candidate, str | None]:
        listing = self._listing(name, client)
        candidates = list(listing.candidates) if listing else []
        if self.configuration.offline:
            candidates += map(_stored_candidate, self.cache.by_name(name))
        try:
            if not candidates:
                raise self._no_project(wish.requirement.name, listing)
            choice = choose(candidates, wish)
        except SourceError as error:
            if listing is not None and listing.failures:
                raise listing.failures[0] from error
            raise self._offline(error) from error
        if listing is not None and listing.failures:
            if wish.pin is None:
                raise listing.failures[0]
            return choice.candidate, f"{listing.failures[0].message}; found elsewhere"
        return choice.candidate, choice.note

    def _listing(self, name: str, client: IndexClient | None) -> Listing | None:
        if client is None:
            return None
        from buildscope.sources.client import PAUSES
        from buildscope.sources.index import list_project

        Ticker(self.on_progress, f"asking for {name}")()
        pauses = PAUSES if self.pauses is None else self.pauses
        return list_project(name, self.configuration, client, self.stop, pauses=pauses)

    def _offline(self, error: SourceError) -> SourceError:
        if not self.configuration.offline:
            return error
        return SourceError(
            f"offline, with the cache alone: {error.message}",
            cause=error.cause,
            hint="run it once without --offline",
        )

    def _no_project(self, name: str, listing: Listing | None) -> SourceError:
        asked = ", ".join(dict.fromkeys(listing.asked)) if listing else ""
        message = f"there is no project {name}" + (f" in {asked}" if asked else "")
        hint = self._near(name, listing is not None)
        return SourceError(message, cause="resolution", hint=hint)

    def _near(self, name: str, asked: bool) -> str:
        """What may have been meant: a directory of that name, or a name that is known here."""
        if is_project(self.cwd / name):
            return f"for the directory {self.cwd / name} write ./{name}"
        known = set(self.cache.names())
        if asked:
            from buildscope.sources.index import local_names

            known.update(local_names(self.configuration))
        meant = canonicalize_name(name)
        close = difflib.get_close_matches(meant, sorted(known - {meant}), n=3, cutoff=0.75)
        return f"did you mean {' or '.join(close)}?" if close else "check the name, and the index"

    def _bring_in(
        self, candidate: Candidate, name: str, client: IndexClient | None, note: str | None
    ) -> Found:
        hashes = dict(candidate.hashes)
        stored = find_cached(self.cache, hashes, candidate.url, candidate.filename)
        cached = stored is not None
        if stored is None:
            stored = self._fetch(candidate, hashes, client)
        stored = msgspec.structs.replace(
            stored,
            name=name,
            version=str(candidate.version),
            uploaded=None if candidate.uploaded is None else moment_text(candidate.uploaded),
            requires_python=candidate.requires_python,
            yanked=candidate.yanked,
            from_index=candidate.dated,
        )
        return Found(stored, cached=cached, note=note)

    def _fetch(
        self, candidate: Candidate, hashes: dict[str, str], client: IndexClient | None
    ) -> StoredSdist:
        local = scheme_of(candidate.url) == "file"
        text = f"{'reading' if local else 'downloading'} {candidate.filename}"
        report = Ticker(self.on_progress, text)
        job = Job(self.cache, candidate.url, candidate.filename, hashes, self.stop, report)
        if local:
            return copy_in(job, path_of_file_url(candidate.url))
        if client is None or self.configuration.offline:
            raise SourceError(
                f"offline, and {candidate.filename} from {host_of(candidate.url)} is not in the cache",
                cause="download",
                hint="run it once without --offline",
            )
        from buildscope.sources.client import PAUSES
        from buildscope.sources.download import download

        return download(job, client, pauses=PAUSES if self.pauses is None else self.pauses)


def _stored_candidate(stored: StoredSdist) -> Candidate:
    try:
        version = Version(stored.version or "0")
    except InvalidVersion:
        version = Version("0")
    return Candidate(
        version=version,
        filename=stored.filename,
        url=stored.url,
        hashes=(("sha256", stored.sha256),),
        requires_python=stored.requires_python,
        yanked=stored.yanked,
        uploaded=None if stored.uploaded is None else parse_moment(stored.uploaded),
        dated=stored.from_index,
    )


def _stamp(location: str, name: str) -> list[int] | None:
    """When the directories of a local source last changed; ``None`` for another source."""
    if scheme_of(location) == "file":
        path = path_of_file_url(location)
    elif location and not scheme_of(location):
        path = Path(location)
    else:
        return None
    seen = [place.stat().st_mtime_ns for place in (path, path / name) if place.is_dir()]
    return seen or None

"""Takes an archive into the cache, its hashes checked on the way."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

import msgspec

from buildscope.errors import SourceError
from buildscope.sources.cache import CHUNK, SdistCache, StoredSdist
from buildscope.sources.urls import HASH_NAMES, filename_of, without_credentials

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from buildscope.process.stop import Stop
    from buildscope.sources.archive import Report

MAX_DOWNLOAD = 4 * 1024**3
"""Bytes; a server that sends more is cut off."""


@dataclass(frozen=True)
class Job:
    """What is being brought in: its URL, what it must hash to, and whom to tell."""

    cache: SdistCache
    url: str
    filename: str
    hashes: Mapping[str, str]
    stop: Stop
    report: Report


class Digests:
    """The hashes of what was written so far."""

    def __init__(self, names: Iterable[str]) -> None:
        wanted = {"sha256", *(name for name in names if name in HASH_NAMES)}
        self._digests = {name: hashlib.new(name) for name in wanted}
        self.size = 0

    def update(self, chunk: bytes) -> None:
        """Take in what is being written."""
        self.size += len(chunk)
        for digest in self._digests.values():
            digest.update(chunk)

    def hexdigest(self, name: str) -> str:
        """One of the hashes, in hexadecimal."""
        return self._digests[name].hexdigest()


def find_cached(
    cache: SdistCache, hashes: Mapping[str, str], url: str, name: str
) -> StoredSdist | None:
    """The archive, if it is in the cache with its content intact.

    It is looked for by its SHA-256 where that is known, else by its URL.
    """
    shown = without_credentials(url)
    if "sha256" in hashes:
        stored = cache.by_hash(hashes["sha256"].lower(), name)
        stored = None if stored is None else msgspec.structs.replace(stored, url=shown)
    else:
        stored = cache.by_url(shown)
    return stored if stored is not None and cache.intact(stored) else None


def copy_in(job: Job, path: Path) -> StoredSdist:
    """Copy an archive of this machine into the cache; raises ``SourceError``, ``Cancelled``."""
    with job.cache.new_file() as (file, name):
        digests = Digests(job.hashes)
        try:
            total = path.stat().st_size
            with path.open("rb") as original:
                pump(job, iter(lambda: original.read(CHUNK), b""), file, digests, total)
        except OSError as error:
            raise SourceError(
                f"{path} cannot be copied to the cache: {error.strerror or error}",
                cause="download",
                hint="look at its permissions, and at free space",
            ) from error
        file.flush()
        return keep(job, name, digests)


def pump(
    job: Job, chunks: Iterable[bytes], file: IO[bytes], digests: Digests, total: int | None
) -> None:
    """Write ``chunks`` to ``file``; raises ``SourceError`` for absurd size, ``Cancelled``."""
    job.report(0, total)
    for chunk in chunks:
        job.stop.check()
        digests.update(chunk)
        if digests.size > MAX_DOWNLOAD:
            raise SourceError(
                f"{job.filename} is not taken: it has more than {MAX_DOWNLOAD:,} bytes",
                cause="bad-archive",
                hint="is it an sdist?",
            )
        file.write(chunk)
        job.report(digests.size, total)


def keep(job: Job, written: Path, digests: Digests) -> StoredSdist:
    """Check the hashes of a written file and move it to its place; raises ``SourceError``."""
    for name, expected in job.hashes.items():
        if name in HASH_NAMES and digests.hexdigest(name) != expected.lower():
            raise SourceError(
                f"{job.filename} is not what was announced: its {name} is "
                f"{digests.hexdigest(name)}, expected was {expected.lower()}",
                cause="bad-archive",
                hint="do not build it before you know why",
            )
    stored = StoredSdist(
        sha256=digests.hexdigest("sha256"),
        filename=job.filename,
        size=digests.size,
        url=without_credentials(job.url),
    )
    job.cache.keep(written, stored)
    return stored


def filename_for(url: str) -> str:
    """A file name for what ``url`` names."""
    return filename_of(url) or "archive"

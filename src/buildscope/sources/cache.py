"""Sdists that were obtained before, found again by hash, by URL, by name, by request.

Below ``cache/sdists``: ``files/<sha256>/<filename>`` are the archives; ``names/``, ``urls/``
and ``requests/`` hold small JSON records. Everything is written beside its place and
moved there, so a kill leaves nothing half written, and processes need no lock.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeVar

import msgspec

from buildscope.model.base import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 1024 * 1024
LEFT_BEHIND = 86_400.0
"""Seconds after which nobody can still be writing a file."""


class StoredSdist(Record, frozen=True, kw_only=True):
    """An archive in the cache.

    ``size`` is in bytes, ``uploaded`` ISO 8601, ``url`` without credentials. ``name``
    (normalised) and ``version`` are set where a requirement was resolved to it.
    """

    sha256: str
    filename: str
    size: int
    url: str
    name: str | None = None
    version: str | None = None
    uploaded: str | None = None
    requires_python: str | None = None
    yanked: str | None = None
    from_index: bool = True


class Remembered(Record, frozen=True, kw_only=True):
    """What a request for a requirement came to; ``at`` is seconds since the epoch."""

    stored: StoredSdist
    at: float
    note: str | None = None


R = TypeVar("R", bound=Record)


class SdistCache:
    """The part of the cache that keeps archives; safe to use from several processes."""

    def __init__(self, cache: Path) -> None:
        self._root = cache / "sdists"

    def path(self, stored: StoredSdist) -> Path:
        """Where the archive lies, or would lie."""
        return self._root / "files" / stored.sha256 / stored.filename

    def intact(self, stored: StoredSdist) -> bool:
        """Whether the archive is there and its content has the recorded hash."""
        path = self.path(stored)
        try:
            return path.stat().st_size == stored.size and file_hash(path) == stored.sha256
        except OSError:
            return False

    @contextmanager
    def new_file(self) -> Iterator[tuple[IO[bytes], Path]]:
        """A file to write an archive to, before its hash is known; ``keep`` moves it."""
        directory = self._root / "new"
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        _sweep(directory)
        descriptor, name = tempfile.mkstemp(dir=directory)
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file, Path(name)
        finally:
            Path(name).unlink(missing_ok=True)

    def keep(self, written: Path, stored: StoredSdist) -> Path:
        """Move a file of ``new_file`` to its place; its path there."""
        place = self.path(stored)
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _move(written, place)
        return place

    def remember(self, stored: StoredSdist) -> None:
        """Make an archive known by its URL and, from an index, by its name."""
        self._write("urls", _key(stored.url), stored)
        if stored.name and stored.from_index:
            self._write(f"names/{stored.name}", stored.sha256, stored)

    def by_url(self, url: str) -> StoredSdist | None:
        """What was last downloaded from ``url`` (without credentials)."""
        return self._read("urls", _key(url), StoredSdist)

    def by_hash(self, sha256: str, filename: str) -> StoredSdist | None:
        """An archive of that content and name, whoever downloaded it."""
        path = self._root / "files" / sha256 / filename
        try:
            size = path.stat().st_size
        except OSError:
            return None
        return StoredSdist(sha256=sha256, filename=filename, size=size, url="")

    def by_name(self, name: str) -> list[StoredSdist]:
        """Every sdist of a project (normalised name) that an index once gave."""
        directory = self._root / "names" / name
        keys = [path.stem for path in directory.glob("*.json")]
        found = (self._read(f"names/{name}", key, StoredSdist) for key in sorted(keys))
        return [stored for stored in found if stored is not None]

    def names(self) -> list[str]:
        """Projects of which the cache has an sdist."""
        try:
            return sorted(entry.name for entry in os.scandir(self._root / "names"))
        except FileNotFoundError:
            return []

    def remember_request(self, request: str, remembered: Remembered) -> None:
        """Keep what ``request`` (any text that holds all it depends on) came to."""
        self._write("requests", _key(request), remembered)

    def by_request(self, request: str) -> Remembered | None:
        """What ``request`` came to when it was last made."""
        return self._read("requests", _key(request), Remembered)

    def _write(self, folder: str, key: str, record: Record) -> None:
        directory = self._root / folder
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = directory / f"{key}.{secrets.token_hex(6)}"
        beside.write_bytes(msgspec.json.encode(record))
        _move(beside, directory / f"{key}.json")

    def _read(self, folder: str, key: str, kind: type[R]) -> R | None:
        try:
            return msgspec.json.decode(
                (self._root / folder / f"{key}.json").read_bytes(), type=kind
            )
        except (OSError, msgspec.MsgspecError):
            return None


def file_hash(path: Path, name: str = "sha256") -> str:
    """The hexadecimal hash of a file's content; raises ``OSError``."""
    digest = hashlib.new(name)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _sweep(directory: Path) -> None:
    """Remove what a kill left there more than a day ago."""
    for path in directory.iterdir():
        with suppress(OSError):
            if path.stat().st_mtime < time.time() - LEFT_BEHIND:
                path.unlink()


def _key(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()


def _move(source: Path, place: Path) -> None:
    try:
        source.replace(place)
    except PermissionError:  # on Windows where another process has the same file open
        if not place.exists():
            raise
        with suppress(OSError):
            source.unlink()

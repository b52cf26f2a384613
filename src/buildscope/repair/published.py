"""Other archives of a project on the index, and single texts out of them."""

from __future__ import annotations

import io
import tarfile
import zipfile
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, Final

from packaging.version import InvalidVersion, Version

from buildscope.errors import BuildscopeError
from buildscope.sources.client import with_retries
from buildscope.sources.intake import Digests
from buildscope.sources.urls import HASH_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from buildscope.process.stop import Stop
    from buildscope.sources.candidates import Candidate
    from buildscope.sources.client import IndexClient

MOST_BYTES: Final = 30_000_000
"""All that is downloaded for one session's forgotten files."""
_LARGEST_TEXT: Final = 1_000_000
_MOST_TEXTS: Final = 200
_ROOTS: Final = ("", "src/", "lib/", "python/")
_CHUNK: Final = 1 << 16


class TooLargeError(BuildscopeError):
    """What is asked for is more than may be downloaded."""


@dataclass(frozen=True)
class Archive:
    """A wheel or an sdist, unpacked in memory: its texts by their paths in a source tree."""

    candidate: Candidate
    names: tuple[str, ...]
    content: bytes = field(repr=False)

    @property
    def shown(self) -> str:
        """Its file name."""
        return self.candidate.filename

    def text(self, path: str) -> str | None:
        """The text of the project's file ``path``; ``None`` where it has none, or no text."""
        for root in _ROOTS:
            name = self._name(path.removeprefix(root))
            if name is not None:
                return self._read(name)
        return None

    def folder(self, path: str) -> dict[str, str]:
        """All texts below the project's folder ``path``, by their paths."""
        found: dict[str, str] = {}
        for name in self.names:
            place = _place(name, wheel=self.candidate.is_wheel)
            if place.startswith(f"{path}/") and len(found) < _MOST_TEXTS:
                text = self._read(name)
                if text is not None:
                    found[place] = text
        return found

    def metadata(self) -> str | None:
        """A wheel's ``METADATA``."""
        for name in self.names:
            folder, _, file = name.partition("/")
            if file == "METADATA" and folder.endswith(".dist-info"):
                return self._read(name)
        return None

    def _name(self, path: str) -> str | None:
        wheel = self.candidate.is_wheel
        return next((name for name in self.names if _place(name, wheel=wheel) == path), None)

    def _read(self, name: str) -> str | None:
        raw = _member(self.candidate.filename, self.content, name)
        if raw is None or b"\0" in raw:
            return None
        with suppress(UnicodeDecodeError):
            return raw.decode("utf-8")
        return None


class Published:
    """The archives of one project; what was downloaded once is kept.

    Everything that goes wrong on the way means only that there is nothing to be had.
    """

    def __init__(
        self,
        candidates: Sequence[Candidate],
        client: IndexClient,
        stop: Stop,
        *,
        most: int = MOST_BYTES,
    ) -> None:
        self._candidates = candidates
        self._client = client
        self._stop = stop
        self._left = most
        self._kept: dict[str, Archive | None] = {}

    def of(self, version: str, *, but: str = "") -> Iterator[Archive]:
        """Archives of one version, wheels for any platform first; not the file called ``but``."""
        wanted = _version(version)
        same = [c for c in self._candidates if c.version == wanted and c.filename != but]
        for candidate in sorted(same, key=_rank)[:3]:
            archive = self._archive(candidate)
            if archive is not None:
                yield archive

    def near(self, version: str) -> Iterator[Archive]:
        """Archives of the next newer and the next older version, sdists first."""
        wanted = _version(version)
        if wanted is None:
            return
        known = sorted({c.version for c in self._candidates if c.yanked is None} - {wanted})
        newer = [one for one in known if one > wanted][:1]
        older = [one for one in known if one < wanted][-1:]
        for near in (*newer, *older):
            files = [c for c in self._candidates if c.version == near]
            for candidate in sorted(files, key=lambda c: (c.is_wheel, _rank(c)))[:2]:
                archive = self._archive(candidate)
                if archive is not None:
                    yield archive

    def _archive(self, candidate: Candidate) -> Archive | None:
        if candidate.filename not in self._kept:
            try:
                content = with_retries(
                    lambda: self._download(candidate), candidate.url, self._stop, ()
                )
                names = tuple(_names(candidate.filename, content))
                made = Archive(candidate=candidate, names=names, content=content)
            except (BuildscopeError, OSError, zipfile.BadZipFile, tarfile.TarError):
                made = None
            self._kept[candidate.filename] = made
        return self._kept[candidate.filename]

    def _download(self, candidate: Candidate) -> bytes:
        digests, parts = Digests(dict(candidate.hashes)), []
        with self._client.get_stream(
            candidate.url, headers={"Accept-Encoding": "identity"}
        ) as response:
            response.raise_for_status()
            for chunk in response.iter_raw(_CHUNK):
                self._left -= len(chunk)
                if self._left < 0:
                    raise TooLargeError(f"{candidate.filename} is more than may be downloaded")
                digests.update(chunk)
                parts.append(chunk)
        for name, expected in candidate.hashes:
            if name in HASH_NAMES and digests.hexdigest(name) != expected.lower():
                raise TooLargeError(f"{candidate.filename} is not what was announced")
        return b"".join(parts)


def _version(version: str) -> Version | None:
    try:
        return Version(version)
    except InvalidVersion:
        return None


def _rank(candidate: Candidate) -> tuple[bool, bool, str]:
    name = candidate.filename
    return (not candidate.is_wheel, not name.endswith("-any.whl"), name)


def _names(filename: str, content: bytes) -> Iterator[str]:
    if filename.endswith((".whl", ".zip")):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield from (info.filename for info in archive.infolist() if not info.is_dir())
        return
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        yield from (member.name for member in archive if member.isreg())


def _member(filename: str, content: bytes, name: str) -> bytes | None:
    """One member; ``None`` where it is larger than a megabyte."""
    with ExitStack() as stack:
        file: IO[bytes] | None
        if filename.endswith((".whl", ".zip")):
            file = stack.enter_context(zipfile.ZipFile(io.BytesIO(content))).open(name)
        else:
            file = stack.enter_context(tarfile.open(fileobj=io.BytesIO(content))).extractfile(name)
        raw = b"" if file is None else file.read(_LARGEST_TEXT + 1)
    return raw if len(raw) <= _LARGEST_TEXT else None


def _place(name: str, *, wheel: bool) -> str:
    """A member's path as a source tree has it."""
    parts = PurePosixPath(name).parts
    if not wheel:
        return "/".join(parts[1:])
    if len(parts) > 2 and parts[0].endswith(".data") and parts[1] in {"purelib", "platlib"}:
        return "/".join(parts[2:])
    return "/".join(parts)

"""What a distribution lets one import: from a wheel's table of contents, without downloading it."""

from __future__ import annotations

import io
import re
import tarfile
import zipfile
from typing import IO, TYPE_CHECKING, Final, TypeAlias

from buildscope.configuration.locations import scheme_of
from buildscope.errors import SourceError
from buildscope.model.base import Record
from buildscope.sources.urls import host_of, path_of_file_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from buildscope.sources.client import IndexClient

SMALL: Final = 2 << 20
"""Bytes of an sdist, or of a wheel whose server does not give parts, that is read whole."""
_TAIL: Final = 1 << 16
_DATA: Final = re.compile(r"^[^/]+\.data/(?:purelib|platlib)/")
_MODULE: Final = re.compile(r"^(\w+)(?:\.py|(?:\.[\w-]+)*\.(?:so|pyd))$")
_LAYOUT: Final = re.compile(r"^(?:\./)?[^/]+/(?:(?:src|lib)/)?")
_TOTAL: Final = re.compile(r"^bytes \d+-\d+/(\d+)$")
_Path: TypeAlias = tuple[str, ...]
_Reader: TypeAlias = "Callable[[IO[bytes] | io.RawIOBase, int], Contents | None]"


class Contents(Record, frozen=True):
    """What can be imported from a wheel of ``size`` bytes.

    ``whole`` are dotted names of modules and of packages with an ``__init__``, without what is
    inside those; ``shared`` the packages without one above them, which several distributions
    may have parts of.
    """

    size: int
    whole: tuple[str, ...]
    shared: tuple[str, ...] = ()

    @property
    def tops(self) -> frozenset[str]:
        """All top-level names."""
        return frozenset(name.partition(".")[0] for name in self.whole)

    def holds(self, module: str) -> bool:
        """Whether it has ``module`` (dotted), as itself, as a part of its own, or shared."""
        return module in self.shared or any(
            f"{module}.".startswith(f"{name}.") for name in self.whole
        )


class Offer(Record, frozen=True):
    """The release that an installer would take of a distribution; ``local`` from find-links.

    ``contents`` is ``None`` where the archive was not read: a large sdist (``sdist``), or a
    wheel whose server gives no parts. ``at_hand`` is the newest version of a wheel among the find-links.
    """

    name: str
    version: str
    local: bool = False
    sdist: bool = False
    contents: Contents | None = None
    at_hand: str | None = None


def contents_of(url: str, client: IndexClient | None) -> Contents | None:
    """The contents of the archive at ``url``, which may be ``file:``; ``None`` where unread.

    An sdist is read if it is small. Raises what the client raises for faults of the network.
    """
    read = _of_wheel if url.endswith(".whl") else _of_sdist
    try:
        if scheme_of(url) == "file":
            path = path_of_file_url(url)
            with path.open("rb") as file:
                return read(file, path.stat().st_size)
        return None if client is None else _of_server(url, client, read)
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, ValueError, NotImplementedError):
        return None


def importable(names: Iterable[str], size: int) -> Contents:
    """The contents of an archive of ``size`` bytes from the names of its members."""
    modules: set[_Path] = set()
    packages: set[_Path] = set()
    for name in names:
        *folders, file = _DATA.sub("", name).split("/")
        found = _MODULE.match(file)
        if found is None or not all(folder.isidentifier() for folder in folders):
            continue
        if found[1] == "__init__" and folders:
            packages.add(tuple(folders))
        else:
            modules.add((*folders, found[1]))
    whole = {_outermost(path, packages) for path in modules | packages}
    shared = {path[:count] for path in whole for count in range(1, len(path))}
    return Contents(size=size, whole=_dotted(whole), shared=_dotted(shared))


def _outermost(path: _Path, packages: set[_Path]) -> _Path:
    """The outermost package with an ``__init__`` that ``path`` lies in, else itself."""
    outer = (path[:count] for count in range(1, len(path)))
    return next((one for one in outer if one in packages), path)


def _dotted(paths: Iterable[_Path]) -> tuple[str, ...]:
    return tuple(sorted(".".join(path) for path in paths))


def _of_server(url: str, client: IndexClient, read: _Reader) -> Contents | None:
    headers = {"Accept-Encoding": "identity"}
    if read is _of_wheel:
        headers["Range"] = f"bytes=-{_TAIL}"
    with client.get_stream(url, headers=headers) as answer:
        if answer.status_code >= 400:
            raise SourceError(
                f"{host_of(url)} answered with HTTP {answer.status_code}", cause="download"
            )
        total = _TOTAL.match(answer.headers.get("Content-Range", ""))
        if answer.status_code == 206 and total is not None:
            size = int(total[1])
            return read(_Parts(url, client, size, answer.read()), size)
        length = answer.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > SMALL:
            return None
        whole = answer.read()
    return read(io.BytesIO(whole), len(whole))


def _of_wheel(file: IO[bytes] | io.RawIOBase, size: int) -> Contents:
    with zipfile.ZipFile(file) as archive:
        return importable(archive.namelist(), size)


def _of_sdist(file: IO[bytes] | io.RawIOBase, size: int) -> Contents | None:
    """What lies below its one folder, or below ``src`` or ``lib`` there."""
    if size > SMALL:
        return None
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    else:
        file.seek(0)
        with tarfile.open(fileobj=file) as tar:
            names = tar.getnames()
    return importable((_LAYOUT.sub("", name) for name in names), size)


class _Parts(io.RawIOBase):
    """A file on a server that gives parts; its ``tail`` is there already."""

    def __init__(self, url: str, client: IndexClient, size: int, tail: bytes) -> None:
        self._url = url
        self._client = client
        self._size = size
        self._start = size - len(tail)
        self._held = tail
        self._at = 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if self._at < 0:
            raise ValueError("before the beginning")
        return self._at

    def read(self, size: int = -1) -> bytes:
        end = self._size if size < 0 else min(self._at + size, self._size)
        if self._at < self._start:
            self._fetch(self._at)
        data = self._held[self._at - self._start : end - self._start]
        self._at += len(data)
        return data

    def _fetch(self, start: int) -> None:
        """Add what lies between ``start`` and what is held."""
        headers = {"Range": f"bytes={start}-{self._start - 1}", "Accept-Encoding": "identity"}
        with self._client.get_stream(self._url, headers=headers) as answer:
            if answer.status_code != 206:
                raise zipfile.BadZipFile("no part was given")
            self._held = answer.read() + self._held
        self._start = start

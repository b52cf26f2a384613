"""Unpacks sdists: tar (plain, gzip, bzip2, xz) and zip, told apart by their content."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import shutil
import stat
import struct
import tarfile
import time
import zipfile
import zlib
from typing import IO, TYPE_CHECKING, Protocol, cast

from buildscope.errors import SourceError
from buildscope.sources.members import Limits, Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from buildscope.process.stop import Stop

CHUNK = 256 * 1024
MAX_HEADER = 1024 * 1024
_DAMAGE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    ValueError,
    RuntimeError,
    struct.error,
)


class Report(Protocol):
    """Told how many of the archive's bytes have been read."""

    def __call__(self, done: int, total: int | None) -> None:
        """``done`` of ``total`` bytes."""


def unpack(
    archive: Path,
    destination: Path,
    *,
    stop: Stop,
    report: Report | None = None,
    limits: Limits | None = None,
) -> Path:
    """Unpack ``archive`` below ``destination`` (created) and return its one top folder.

    Times and executable bits are kept, other bits are those of a new file. What an sdist may
    be is in the packaging specifications, "Source distribution format"; what is refused goes
    beyond the "data" filter of PEP 706. Raises ``SourceError`` (``bad-archive``) and leaves
    nothing behind, or ``Cancelled``.
    """
    try:
        destination.mkdir(parents=True)
        total = archive.stat().st_size
    except OSError as error:
        raise _not_unpacked(archive, destination, error) from error
    tree = Tree(destination, archive, total, limits or Limits())
    try:
        with archive.open("rb") as raw:
            tell = _teller(raw, total, report, stop)
            try:
                _read(raw, archive, tree, tell)
            except _DAMAGE as error:
                tree.refuse(f"it is damaged or cut off ({_reason(error)})")
        return tree.finish()
    except OSError as error:
        shutil.rmtree(destination, ignore_errors=True)
        raise _not_unpacked(archive, destination, error) from error
    except BaseException:
        shutil.rmtree(destination, ignore_errors=True)
        raise


def _not_unpacked(archive: Path, destination: Path, error: OSError) -> SourceError:
    return SourceError(
        f"{archive.name} cannot be unpacked to {destination}: {error.strerror or error}",
        cause="bad-archive",
        hint="look at free space and permissions there",
    )


def _teller(raw: IO[bytes], total: int, report: Report | None, stop: Stop) -> Callable[[], None]:
    def tell() -> None:
        stop.check()
        if report is not None:
            report(raw.tell(), total)

    return tell


def _read(raw: IO[bytes], archive: Path, tree: Tree, tell: Callable[[], None]) -> None:
    magic = raw.read(262)
    raw.seek(0)
    if magic[:4] in {b"PK\x03\x04", b"PK\x05\x06"}:
        _read_zip(raw, tree, tell)
        return
    stream = _decompressed(raw, magic)
    if stream is None:
        tree.refuse(_foreign(magic, archive))
    with stream:
        _read_tar(stream, tree, tell)


def _decompressed(raw: IO[bytes], magic: bytes) -> IO[bytes] | None:
    if magic.startswith(b"\x1f\x8b"):
        return cast("IO[bytes]", gzip.GzipFile(fileobj=raw, mode="rb"))
    if magic.startswith(b"BZh"):
        return cast("IO[bytes]", bz2.BZ2File(raw))
    if magic.startswith(b"\xfd7zXZ\x00"):
        return cast("IO[bytes]", lzma.LZMAFile(raw))
    if magic[257:262] == b"ustar":
        return raw
    return None


def _foreign(magic: bytes, archive: Path) -> str:
    if not magic:
        return "it is empty"
    if magic.lstrip()[:1] == b"<":
        return "it is a web page, not an archive"
    if magic.startswith(b"\x28\xb5\x2f\xfd"):
        return "it is compressed with Zstandard, which no sdist may be"
    return f"its content is neither tar nor zip, whatever its name ({archive.suffix}) says"


class _Forward:
    """The unpacked bytes of a tar, read once from the front, with bounds on every read."""

    def __init__(self, stream: IO[bytes], tree: Tree) -> None:
        self._stream = stream
        self._tree = tree
        self._position = 0
        self.last_header = b""

    def read(self, size: int = -1) -> bytes:
        if size < 0 or size > MAX_HEADER:
            self._tree.refuse(f"it has a header of {size:,} bytes")
        data = self._stream.read(size)
        self._position += len(data)
        self._tree.bounded(self._position)
        if size == tarfile.BLOCKSIZE:
            self.last_header = data
        return data

    def tell(self) -> int:
        return self._position

    def seek(self, position: int, whence: int = os.SEEK_SET) -> int:
        if whence != os.SEEK_SET or position < self._position:
            raise tarfile.ReadError("its headers point backwards")
        while self._position < position:
            if not self.read(min(CHUNK, position - self._position)):
                break
        return self._position

    def drain(self) -> None:
        """Read to the end, where the checksum of the compression stands."""
        try:
            while self.read(CHUNK):
                pass
        except gzip.BadGzipFile as error:
            if not str(error).startswith("Not a gzipped file"):
                raise


def _read_tar(stream: IO[bytes], tree: Tree, tell: Callable[[], None]) -> None:
    forward = _Forward(stream, tree)
    try:
        with tarfile.open(fileobj=cast("IO[bytes]", forward), mode="r:", encoding="utf-8") as tar:
            empty = not forward.last_header.strip(b"\0")
            while not empty and (member := tar.next()) is not None:
                tell()
                _add_tar_member(tree, tar, member, forward, tell)
        if forward.last_header.strip(b"\0"):
            raise tarfile.ReadError("a header is not readable")
        forward.drain()
    except gzip.BadGzipFile as error:
        raise tarfile.ReadError(str(error)) from error
    except OSError as error:
        if error.errno is None:  # bz2 says so that its data are damaged
            raise tarfile.ReadError(str(error)) from error
        raise


def _add_tar_member(
    tree: Tree,
    tar: tarfile.TarFile,
    member: tarfile.TarInfo,
    forward: _Forward,
    tell: Callable[[], None],
) -> None:
    if member.isdir():
        tree.folder(member.name, member.mtime)
    elif member.isreg():
        chunks = _sparse(tar, member) if member.sparse else _content(forward, member, tell)
        executable = bool(member.mode & 0o111)
        tree.file(member.name, chunks, executable=executable, modified=member.mtime)
    elif member.issym():
        tree.symlink(member.name, member.linkname)
    elif member.islnk():
        tree.hardlink(member.name, member.linkname)
    else:
        tree.refuse(f"its member {member.name!r} is {_kind(member)}")


def _kind(member: tarfile.TarInfo) -> str:
    if member.isfifo():
        return "a named pipe"
    return "a device" if member.isdev() else "of a kind that no source tree holds"


def _content(
    forward: _Forward, member: tarfile.TarInfo, tell: Callable[[], None]
) -> Iterator[bytes]:
    forward.seek(member.offset_data)
    left = member.size
    while left > 0:
        chunk = forward.read(min(CHUNK, left))
        if not chunk:
            raise tarfile.ReadError("unexpected end of data")
        left -= len(chunk)
        yield chunk
        if left:
            tell()


def _sparse(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Iterator[bytes]:
    stream = tar.extractfile(member)
    assert stream is not None
    with stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def _read_zip(raw: IO[bytes], tree: Tree, tell: Callable[[], None]) -> None:
    with zipfile.ZipFile(raw) as archive:
        members = archive.infolist()
        if any(info.filename.endswith(".dist-info/WHEEL") for info in members):
            tree.refuse("it is a wheel, which is already built")
        for info in members:
            tell()
            _add_zip_member(tree, archive, info)


def _add_zip_member(tree: Tree, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
    name = info.filename.replace("\\", "/")
    mode = info.external_attr >> 16
    kind = stat.S_IFMT(mode)
    if info.flag_bits & 0x1:
        tree.refuse(f"its member {name!r} is encrypted")
    if info.is_dir() or name.endswith("/"):
        tree.folder(name, _zip_time(info))
    elif kind == stat.S_IFLNK:
        target = archive.read(info) if info.file_size <= MAX_HEADER else b""
        tree.symlink(name, target.decode("utf-8", errors="surrogateescape"))
    elif kind not in {0, stat.S_IFREG}:
        tree.refuse(f"its member {name!r} is a device, a pipe or a socket")
    else:
        executable = bool(mode & 0o111)
        chunks = _zip_content(archive, info, tree)
        tree.file(name, chunks, executable=executable, modified=_zip_time(info))


def _zip_content(archive: zipfile.ZipFile, info: zipfile.ZipInfo, tree: Tree) -> Iterator[bytes]:
    try:
        with archive.open(info) as stream:
            while chunk := stream.read(CHUNK):
                yield chunk
    except NotImplementedError:
        tree.refuse(f"its member {info.filename!r} is compressed in a way that is not read here")


def _zip_time(info: zipfile.ZipInfo) -> float | None:
    """Seconds since the epoch; zip has local time, and dates that no calendar has."""
    try:
        return time.mktime((*info.date_time, 0, 0, -1))
    except (OverflowError, ValueError):
        return None


def _reason(error: Exception) -> str:
    return str(error).splitlines()[0].strip().rstrip(".") if str(error) else type(error).__name__

"""Opens a wheel and checks it as an archive: its members and their ``RECORD``.

The format is the binary distribution format of the PyPA specifications (once PEP 427).
"""

from __future__ import annotations

import base64
import csv
import hashlib
import lzma
import zipfile
import zlib
from collections import Counter
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from buildscope.errors import PhaseError
from buildscope.phases.metadata import Flaw

if TYPE_CHECKING:
    from pathlib import Path

_WEAK = frozenset({"md5", "sha1"})
_HASHES = _WEAK | {"sha224", "sha256", "sha384", "sha512", "sha3_256", "sha3_512", "blake2b"}
_UNLISTED = ("RECORD", "RECORD.jws", "RECORD.p7s")
_COMPRESSION = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
)
_CHUNK = 1 << 20
_MOST_NAMED = 3


class WheelArchive:
    """An open wheel, a context manager."""

    def __init__(self, path: Path, name: str) -> None:
        """Open ``path``, a wheel of the project ``name`` (normalised).

        Raises ``PhaseError`` (``hook-contract``) when it is no zip file, has members that
        lead out of the installation, or not exactly one ``.dist-info`` of that name.
        """
        self.path = path
        self._kinds: dict[str, list[str]] = {}
        try:
            self._zip = zipfile.ZipFile(path)
        except _BROKEN as error:
            raise self.refusal(f"is not a zip file: {error}") from error
        self._files = [item for item in self._zip.infolist() if not item.is_dir()]
        try:
            self._check_members()
            self.dist_info = self._dist_info(name)
        except PhaseError:
            self._zip.close()
            raise

    def __enter__(self) -> WheelArchive:  # noqa: PYI034 - Self is of 3.11
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    @property
    def flaws(self) -> tuple[Flaw, ...]:
        """What was found so far that stops no installer: one a kind, with the files named."""
        return tuple(
            Flaw(
                id="metadata-mismatch",
                summary=kind.format(_listed(names)),
                file=self.path.name,
            )
            for kind, names in self._kinds.items()
        )

    @property
    def members(self) -> tuple[tuple[str, int], ...]:
        """Every file in the order of the archive, with its unpacked size in bytes."""
        return tuple((item.filename, item.file_size) for item in self._files)

    def refusal(self, what: str, *, member: str | None = None) -> PhaseError:
        """The error that this wheel, or one member of it, ``what``."""
        subject = self.path.name if member is None else f"{member} in {self.path.name}"
        return PhaseError(
            f"{subject} {what}",
            cause="hook-contract",
            hint="the backend wrote a wheel that the standard forbids; see its own settings",
            file=member or self.path.name,
        )

    def read(self, name: str) -> bytes:
        """The file ``name`` of the ``.dist-info`` directory; ``PhaseError`` without it."""
        member = f"{self.dist_info}/{name}"
        try:
            return self._zip.read(member)
        except KeyError as error:
            raise self.refusal(f"has no {member}, which every wheel must have") from error
        except _BROKEN as error:
            raise self.refusal(f"cannot be unpacked: {error}", member=member) from error

    def check_record(self) -> None:
        """Compare ``RECORD`` with all members, unpacking every one of them.

        Raises ``PhaseError`` for a missing or malformed ``RECORD``, a member that cannot be
        unpacked, and a wrong hash; what is unlisted, listed and not there, of another size
        or without a usable hash is a flaw.
        """
        listed = self._record()
        for item in self._files:
            digest, size = listed.get(item.filename, (None, ""))
            self._check_member(item, digest)
            if size and size != str(item.file_size):
                self._flaw("RECORD has a wrong size of {}", item.filename)
        for name in sorted(listed.keys() - {item.filename for item in self._files}):
            self._flaw("RECORD lists what the wheel does not hold: {}", name)

    def _check_member(self, item: zipfile.ZipInfo, digest: str | None) -> None:
        algorithm, _, expected = (digest or "").partition("=")
        usable = algorithm in _HASHES
        actual = self._digest(item, algorithm if usable else "sha256")
        if usable and actual != expected.rstrip("="):
            raise self.refusal("is not the file that RECORD has the hash of", member=item.filename)
        if item.filename in {f"{self.dist_info}/{name}" for name in _UNLISTED}:
            return
        if digest is None:
            self._flaw("RECORD does not list {}", item.filename)
        elif not usable:
            self._flaw("RECORD has no usable hash of {}", item.filename)
        elif algorithm in _WEAK:
            self._flaw(f"RECORD has only a weak {algorithm} hash of {{}}", item.filename)

    def _digest(self, item: zipfile.ZipInfo, algorithm: str) -> str:
        """As ``RECORD`` writes it: URL-safe base64 without padding."""
        digest = hashlib.new(algorithm, usedforsecurity=False)
        try:
            with self._zip.open(item) as content:
                while chunk := content.read(_CHUNK):
                    digest.update(chunk)
        except _BROKEN as error:
            raise self.refusal(f"cannot be unpacked: {error}", member=item.filename) from error
        return base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode()

    def _record(self) -> dict[str, tuple[str, str]]:
        """Hash and size as written, by path."""
        member = f"{self.dist_info}/RECORD"
        try:
            rows = list(csv.reader(self.read("RECORD").decode().splitlines(), strict=True))
        except (csv.Error, UnicodeDecodeError) as error:
            raise self.refusal(f"is not readable: {error}", member=member) from error
        for number, row in enumerate(rows, 1):
            if row and len(row) != 3:
                message = f"has {len(row)} fields in line {number}; expected path, hash, size"
                raise self.refusal(message, member=member)
        return {row[0]: (row[1], row[2]) for row in rows if row}

    def _check_members(self) -> None:
        for item in self._files:
            path = PurePosixPath(item.filename)
            if path.is_absolute() or ".." in path.parts:
                message = "leads out of the directory that a wheel is installed into"
                raise self.refusal(message, member=item.filename)
            if item.compress_type not in _COMPRESSION:
                self._flaw("neither stored nor deflated, which uv refuses: {}", item.filename)
        for name, count in Counter(item.filename for item in self._files).items():
            if count > 1:
                self._flaw("the wheel holds more than once: {}", name)

    def _dist_info(self, name: str) -> str:
        tops = {item.filename.partition("/")[0] for item in self._files if "/" in item.filename}
        found = sorted(top for top in tops if top.endswith(".dist-info"))
        if not found:
            raise self.refusal("has no .dist-info directory")
        if len(found) > 1:
            raise self.refusal(f"has {len(found)} .dist-info directories: {', '.join(found)}")
        if not canonicalize_name(found[0]).startswith(name):
            raise self.refusal(f"is named for {name}, but its directory is {found[0]}")
        return found[0]

    def _flaw(self, kind: str, name: str) -> None:
        self._kinds.setdefault(kind, []).append(name)


def _listed(names: list[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")

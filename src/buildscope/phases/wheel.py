"""Phase ``check``: a built wheel against the standard, phase 7's metadata and the sdist.

Refused is what pip, uv or the binary distribution format refuse: no zip file, a file name or
names and versions that contradict each other, missing ``METADATA``, ``WHEEL`` or ``RECORD``,
a wrong hash. Everything else is a flaw.
"""

from __future__ import annotations

import email.parser
import re
from typing import TYPE_CHECKING

from packaging.tags import Tag, compatible_tags, cpython_tags, parse_tag
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from buildscope.errors import PhaseError
from buildscope.model.base import Record
from buildscope.phases.compare import differing_fields, unpromised_fields
from buildscope.phases.metadata import (
    Flaw,
    MetadataReading,
    dist_info_flaw,
    read_leniently,
    read_metadata,
    same_version,
)
from buildscope.phases.wheel_archive import WheelArchive

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message
    from pathlib import Path

    from buildscope.model.run import Interpreter

_COMPILED = (".so", ".pyd", ".dylib", ".dll")
_IDENTITY = ("name", "version")
_WHEEL_VERSION = re.compile(r"(\d+)\.(\d+)")


class WheelReading(Record, frozen=True):
    """A wheel that installers take.

    ``name`` (normalised), ``version`` and ``tags`` (sorted) are those of the file name,
    ``members`` are paths with their unpacked sizes in bytes. ``flaws`` are of id
    ``metadata-mismatch`` (``metadata`` has its own). ``note`` says that the wheel cannot be
    installed on the interpreter that built it.
    """

    filename: str
    name: str
    version: str
    tags: tuple[str, ...]
    purelib: bool
    generator: str
    dist_info: str
    metadata: MetadataReading
    members: tuple[tuple[str, int], ...]
    flaws: tuple[Flaw, ...] = ()
    note: str | None = None

    @property
    def compiled(self) -> tuple[str, ...]:
        """The members that are compiled extensions or shared libraries."""
        return tuple(name for name, _ in self.members if _is_compiled(name))


def check_wheel(
    path: Path,
    *,
    prepared: MetadataReading | None = None,
    pkg_info: bytes | None = None,
    interpreter: Interpreter | None = None,
) -> WheelReading:
    """Read the wheel ``path`` whole and check it.

    ``prepared`` is what phase 7 read: PEP 517 wants the wheel to have the same metadata, and
    another name or version is refused. ``pkg_info``, the sdist's, is compared as PEP 643 has
    it, without name and version (``warn.warnings_for`` judges those).

    Raises ``PhaseError``: ``hook-contract`` for what is no wheel, ``invalid-metadata`` for
    metadata that contradicts the wheel's file name or phase 7, or that no installer takes.
    """
    name, version, tags = _filename(path)
    with WheelArchive(path, name) as archive:
        wheel = _wheel_file(archive)
        origin = f"{archive.dist_info}/METADATA"
        metadata = read_metadata(archive.read("METADATA"), where=origin)
        _check_identity(path.name, name, version, metadata)
        if prepared is not None:
            _check_prepared(prepared, metadata)
        archive.check_record()
        flaws = (
            *archive.flaws,
            *_wheel_file_flaws(wheel, tags),
            *_metadata_flaws(metadata, archive.dist_info, prepared, pkg_info),
            *_platform_flaws(tags, archive.members),
        )
        return WheelReading(
            filename=path.name,
            name=name,
            version=version,
            tags=tuple(sorted(map(str, tags))),
            purelib=_field(wheel, "Root-Is-Purelib").lower() == "true",
            generator=_field(wheel, "Generator"),
            dist_info=archive.dist_info,
            metadata=metadata,
            members=archive.members,
            flaws=flaws,
            note=None if interpreter is None else _note(tags, interpreter),
        )


def supported_tags(interpreter: Interpreter) -> frozenset[Tag] | None:
    """The tags that ``interpreter`` installs on this machine; ``None`` where unknown."""
    match = re.match(r"(\d+)\.(\d+)", interpreter.version)
    if interpreter.implementation.lower() != "cpython" or match is None:
        return None
    version = (int(match[1]), int(match[2]))
    short = f"cp{version[0]}{version[1]}"
    abis = (short, f"{short}t", f"{short}d")
    return frozenset(
        {*cpython_tags(version, abis=abis), *compatible_tags(version, interpreter=short)}
    )


def _filename(path: Path) -> tuple[str, str, frozenset[Tag]]:
    try:
        name, version, _, tags = parse_wheel_filename(path.name)
    except InvalidWheelFilename as error:
        raise PhaseError(
            f"{path.name} is not named as a wheel: {str(error).partition(': ')[0]}; expected "
            "name-version(-build)-python-abi-platform.whl",
            cause="hook-contract",
            file=path.name,
        ) from error
    return name, str(version), tags


def _wheel_file(archive: WheelArchive) -> Message:
    """``WHEEL``; installers refuse one without Wheel-Version and a major version but 1."""
    text = archive.read("WHEEL").decode("utf-8", errors="replace")
    wheel = email.parser.Parser().parsestr(text)
    version = _field(wheel, "Wheel-Version")
    match = _WHEEL_VERSION.fullmatch(version)
    member = f"{archive.dist_info}/WHEEL"
    if match is None:
        found = f"the Wheel-Version {version!r}" if version else "no Wheel-Version"
        raise archive.refusal(f"has {found}; expected 1.0", member=member)
    if match[1] != "1":
        message = f"has the Wheel-Version {version}, which installers refuse; they know 1.0"
        raise archive.refusal(message, member=member)
    return wheel


def _wheel_file_flaws(wheel: Message, tags: frozenset[Tag]) -> Iterator[Flaw]:
    version = _field(wheel, "Wheel-Version")
    if version != "1.0":
        yield _flaw(f"WHEEL has the Wheel-Version {version}, newer than the standard's 1.0")
    if _field(wheel, "Root-Is-Purelib").lower() not in {"true", "false"}:
        yield _flaw("WHEEL does not say whether Root-Is-Purelib is true or false")
    written = {tag for line in wheel.get_all("Tag", []) for tag in parse_tag(line.strip())}
    if written != tags:
        said, named = (", ".join(sorted(map(str, some))) for some in (written, tags))
        yield _flaw(f"WHEEL has the tags {said or '(none)'}, the file name {named}")


def _check_identity(filename: str, name: str, version: str, metadata: MetadataReading) -> None:
    if canonicalize_name(metadata.name) != name:
        field, found = "Name", metadata.name
    elif not same_version(metadata.version, version):
        field, found = "Version", metadata.version
    else:
        return
    raise PhaseError(
        f"{filename} holds metadata with the {field} {found!r}; a wheel's file name and its "
        "METADATA have to agree",
        cause="invalid-metadata",
        file=metadata.metadata.origin,
        line=metadata.line(field),
    )


def _check_prepared(prepared: MetadataReading, metadata: MetadataReading) -> None:
    same = canonicalize_name(prepared.name) == canonicalize_name(metadata.name)
    if same and same_version(prepared.version, metadata.version):
        return
    raise PhaseError(
        f"the wheel is {metadata.name} {metadata.version}, but the metadata prepared before was "
        f"of {prepared.name} {prepared.version}; PEP 517 wants them to be the same",
        cause="invalid-metadata",
        file=metadata.metadata.origin,
    )


def _metadata_flaws(
    metadata: MetadataReading,
    dist_info: str,
    prepared: MetadataReading | None,
    pkg_info: bytes | None,
) -> Iterator[Flaw]:
    flaw = dist_info_flaw(dist_info, metadata)
    if flaw is not None:
        yield flaw
    if prepared is not None:
        differing = differing_fields(prepared, metadata)
        if differing:
            fields = ", ".join(differing)
            yield _flaw(f"the wheel's metadata is not what prepare_metadata wrote: {fields} differ")
    source = None if pkg_info is None else read_leniently(pkg_info, where="PKG-INFO")
    if source is not None:
        yield from broken_promises(source, metadata)


def broken_promises(pkg_info: MetadataReading, metadata: MetadataReading) -> Iterator[Flaw]:
    """A flaw when fields that ``PKG-INFO`` fixes (PEP 643) differ, but name and version."""
    differing = unpromised_fields(pkg_info, metadata)
    fields = [field for field in differing if field.lower() not in _IDENTITY]
    if fields:
        verb, them = ("differs", "it") if len(fields) == 1 else ("differ", "them")
        yield _flaw(
            f"{', '.join(fields)} {verb} from PKG-INFO, which does not mark {them} as Dynamic "
            "(PEP 643)"
        )


def _platform_flaws(tags: frozenset[Tag], members: tuple[tuple[str, int], ...]) -> Iterator[Flaw]:
    compiled = next((name for name, _ in members if _is_compiled(name)), None)
    if compiled is not None and all(tag.platform == "any" for tag in tags):
        yield _flaw(f"the wheel is tagged for any platform, but holds {compiled}")


def _note(tags: frozenset[Tag], interpreter: Interpreter) -> str | None:
    supported = supported_tags(interpreter)
    if supported is None or tags & supported:
        return None
    named = ", ".join(sorted(map(str, tags)))
    return f"tagged {named}, the wheel cannot be installed on Python {interpreter.version} here"


def _flaw(summary: str) -> Flaw:
    return Flaw(id="metadata-mismatch", summary=summary)


def _field(message: Message, name: str) -> str:
    return str(message.get(name, "")).strip()


def _is_compiled(name: str) -> bool:
    return name.endswith(_COMPILED)

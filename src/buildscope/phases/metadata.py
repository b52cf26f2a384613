"""Core metadata: refuses what installers refuse, and notes the rest that is wrong with it.

The format is PyPA's core metadata specification; strictness is ``packaging.metadata``'s.
What that rejects beyond Name, Version, Requires-Dist and Requires-Python installs
nevertheless (setuptools below 76 writes License-File under metadata 2.1), so it is a flaw.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import InvalidName, canonicalize_name
from packaging.version import InvalidVersion, Version

from buildscope.errors import PhaseError
from buildscope.model.base import Record
from buildscope.model.names import WarningId
from buildscope.model.run import Metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TOO_NEW = re.compile(r"introduced in metadata version ([\d.]+), not ([\d.]+)")
_LAX = re.compile(r"(?<=\d)\.?\*")
_INVALID = (InvalidName, InvalidVersion, InvalidRequirement, InvalidSpecifier)


class Flaw(Record, frozen=True):
    """Something wrong that stops no installer; ``line`` of ``file`` counts from 1."""

    id: WarningId
    summary: str
    file: str | None = None
    line: int | None = None
    text: str | None = None


class MetadataReading(Record, frozen=True):
    """One file of core metadata.

    ``metadata`` has every field in its order; the description of the body is the last one.
    ``lines`` has the line (from 1) of every field but that. ``dynamic`` is in lower case.
    ``flaws`` are of id ``metadata-field``.
    """

    metadata: Metadata
    name: str
    version: str
    requires_dist: tuple[str, ...] = ()
    requires_python: str | None = None
    metadata_version: str | None = None
    dynamic: tuple[str, ...] = ()
    flaws: tuple[Flaw, ...] = ()
    lines: tuple[tuple[str, int], ...] = ()

    def values(self, field: str) -> tuple[str, ...]:
        """All values of ``field``, whatever the case of its letters."""
        wanted = field.lower()
        return tuple(value for key, value in self.metadata.fields if key.lower() == wanted)

    def line(self, field: str, occurrence: int = 0) -> int | None:
        """The line on which ``field`` stands for the first (0), second (1) … time."""
        wanted = field.lower()
        lines = [line for key, line in self.lines if key.lower() == wanted]
        return lines[occurrence] if occurrence < len(lines) else None


def read_metadata(raw: bytes, *, where: str) -> MetadataReading:
    """Read the bytes of a ``METADATA`` file; ``where`` names it.

    Raises ``PhaseError`` (``invalid-metadata``) when Name or Version is missing, or when
    Name, Version, Requires-Dist or Requires-Python cannot be parsed; every other thing that
    strict validation rejects is a flaw. Text that is not UTF-8 is replaced, never fatal.
    """
    reading = _read(raw, where)
    for problem in _refused(reading):
        raise problem
    return msgspec.structs.replace(reading, flaws=tuple(_flaws(raw, reading)))


def read_leniently(raw: bytes, *, where: str) -> MetadataReading | None:
    """As ``read_metadata`` without any check; ``None`` without both a name and a version."""
    reading = _read(raw, where)
    return reading if reading.name and reading.version else None


def dist_info_flaw(directory: str, reading: MetadataReading) -> Flaw | None:
    """Whether a directory ``{name}-{version}.dist-info`` says other than its ``METADATA``.

    The naming is the binary distribution format's; both parts are compared normalised.
    """
    name, _, version = directory.removesuffix(".dist-info").partition("-")
    if canonicalize_name(name) == canonicalize_name(reading.name) and same_version(
        version, reading.version
    ):
        return None
    return Flaw(
        id="metadata-mismatch",
        summary=f"{directory} holds the metadata of {reading.name} {reading.version}",
        file=reading.metadata.origin,
    )


def same_version(left: str, right: str) -> bool:
    """Whether two versions are equal by PEP 440; literally, where one is no version."""
    try:
        return Version(left) == Version(right)
    except InvalidVersion:
        return left == right


def _read(raw: bytes, where: str) -> MetadataReading:
    text = raw.decode("utf-8", errors="replace")
    # The parsers of this module are costly to import, and many trees have nothing to parse.
    import email.parser
    import email.policy

    message = email.parser.Parser(policy=email.policy.compat32).parsestr(text)
    fields = [(key, str(value)) for key, value in message.items()]
    first = {key.lower(): value.strip() for key, value in reversed(fields)}
    repeated = {
        wanted: tuple(value.strip() for key, value in fields if key.lower() == wanted)
        for wanted in ("requires-dist", "dynamic")
    }
    body = message.get_payload()
    if isinstance(body, str) and body.strip():
        fields.append(("Description", body))
    return MetadataReading(
        metadata=Metadata(fields=tuple(fields), origin=where),
        name=first.get("name", ""),
        version=first.get("version", ""),
        requires_dist=repeated["requires-dist"],
        requires_python=first.get("requires-python"),
        metadata_version=first.get("metadata-version"),
        dynamic=tuple(value.lower() for value in repeated["dynamic"]),
        lines=tuple(_lines(text)),
    )


def _lines(text: str) -> Iterator[tuple[str, int]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            return
        field, colon, _ = line.partition(":")
        if colon and not line[0].isspace():
            yield field, number


def _refused(reading: MetadataReading) -> Iterator[PhaseError]:
    for field, value in (("Name", reading.name), ("Version", reading.version)):
        if not value:
            yield _refusal(reading, f"has no {field}, which core metadata must have", None)
    checks: tuple[tuple[str, tuple[str, ...], Callable[[str], object]], ...] = (
        ("Name", (reading.name,), _check_name),
        ("Version", (reading.version,), Version),
        ("Requires-Dist", reading.requires_dist, _check_requirement),
        ("Requires-Python", (reading.requires_python or "",), _check_python),
    )
    for field, values, check in checks:
        for occurrence, value in enumerate(values):
            why = _objection(check, value)
            if why is not None:
                problem = f"has the {field} {value!r}, which is not valid: {why}"
                yield _refusal(reading, problem, reading.line(field, occurrence))


def _objection(check: Callable[[str], object], value: str) -> str | None:
    try:
        check(value)
    except _INVALID as error:
        return str(error).partition("\n")[0]
    return None


def _check_name(name: str) -> None:
    canonicalize_name(name, validate=True)


def _check_requirement(requirement: str) -> None:
    """As the most lenient installer reads it: uv takes ``torch (>=1.8.*)``, pip 24.1 refuses it."""
    Requirement(_LAX.sub("", requirement))


def _check_python(specifiers: str) -> None:
    """As installers read it: pip and uv take ``>=3.5.*``, which PEP 440 does not know."""
    SpecifierSet(_LAX.sub("", specifiers))


def _refusal(reading: MetadataReading, problem: str, line: int | None) -> PhaseError:
    where = reading.metadata.origin
    place = where if line is None else f"{where} line {line}"
    hint = "correct what the backend writes it from; no installer takes such metadata"
    return PhaseError(
        f"{place} {problem}", cause="invalid-metadata", hint=hint, file=where, line=line
    )


def _flaws(raw: bytes, reading: MetadataReading) -> Iterator[Flaw]:
    from packaging.metadata import ExceptionGroup
    from packaging.metadata import Metadata as StrictMetadata

    try:
        StrictMetadata.from_email(raw, validate=True)
    except ExceptionGroup as group:
        problems = {(str(getattr(one, "field", "")), str(one)) for one in group.exceptions}
        for field, message in sorted(problems):
            yield _flaw(reading, field.replace("_", "-"), message)


def _flaw(reading: MetadataReading, field: str, message: str) -> Flaw:
    written = next(
        (key for key, _ in reading.lines if key.lower() in {field, field.removesuffix("s")}),
        field,
    )
    line = reading.line(written)
    where = reading.metadata.origin + (f" line {line}" if line else "")
    too_new = _TOO_NEW.search(message)
    if written == "metadata-version":
        return Flaw(
            id="metadata-field", summary=f"{reading.metadata.origin} has no Metadata-Version"
        )
    if too_new:
        what = f"is of metadata version {too_new[1]}, and the file says {too_new[2]}"
    else:
        what = f"is not as the core metadata specification wants it: {message}"
    return Flaw(
        id="metadata-field",
        summary=f"{written} {what} ({where})",
        file=reading.metadata.origin,
        line=line,
    )

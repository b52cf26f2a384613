"""What a release says of itself in metadata that was written when it was made.

That is the ``PKG-INFO`` of an sdist and setuptools' ``requires.txt`` beside it, or the
``METADATA`` of a wheel (PyPA's core metadata specification).
"""

from __future__ import annotations

import email.parser
import email.policy
import re
from typing import TYPE_CHECKING, Final

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from buildscope.model.base import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

PKG_INFO: Final = "PKG-INFO"
REQUIRES: Final = "requires.txt"
_NOTHING: Final = frozenset({"", "UNKNOWN"})
_LARGEST: Final = 1 << 21
_SECTION = re.compile(r"\[(?P<extra>[^]:]*)(?::(?P<marker>[^]]*))?\]$")
_EXTRA = re.compile(r"""\s*(?:and\s+)?\(?extra\s*==\s*['"](?P<extra>[^'"]+)['"]\)?""")
_FOLDED = re.compile(r"\n(?: {8}| {7}\||\t)")


class Wanted(Record, frozen=True):
    """One requirement; ``extra`` (normalised) is empty where it is always wanted."""

    text: str
    extra: str = ""


class Release(Record, frozen=True):
    """One release's own words; ``where`` names the file that they come from.

    ``requires`` is ``None`` where no file can tell them; an empty tuple says that there are
    none. ``listed`` names the file that has them.
    """

    where: str
    listed: str = ""
    name: str = ""
    version: str = ""
    summary: str = ""
    description: str = ""
    author: str = ""
    license: str = ""
    requires: tuple[Wanted, ...] | None = None
    urls: tuple[str, ...] = ()

    def wanted(self, extra: str = "") -> tuple[str, ...]:
        """The requirements of one extra, or those that are always wanted."""
        key = canonicalize_name(extra) if extra else ""
        return tuple(one.text for one in self.requires or () if one.extra == key)

    @property
    def extras(self) -> tuple[str, ...]:
        """Names of extras that have requirements, each once."""
        return tuple(dict.fromkeys(one.extra for one in self.requires or () if one.extra))


def read_release(project: Path) -> Release | None:
    """What the sdist unpacked in ``project`` says of itself; ``None`` where it says nothing."""
    infos = [path for path in (project / PKG_INFO, *_egg_infos(project)) if path.is_file()]
    if not infos:
        return None
    release = parse_release(_text(infos[0]), infos[0].relative_to(project).as_posix())
    for info in infos:
        if info.parent != project:
            found, file = _requires_file(info.parent), info.parent / REQUIRES
            where = file.relative_to(project).as_posix() if file.is_file() else release.where
            return _with(release, found, where)
    return release


def parse_release(text: str, where: str) -> Release:
    """Core metadata as text; ``where`` names its file."""
    message = email.parser.Parser(policy=email.policy.compat32).parsestr(text)

    def one(field: str) -> str:
        value = str(message.get(field, "")).strip()
        return "" if value in _NOTHING else value

    def every(field: str) -> list[str]:
        return [str(value) for value in message.get_all(field, [])]

    body = message.get_payload()
    description = one("Description") or (body if isinstance(body, str) else "")
    listed = [_requirement(value) for value in every("Requires-Dist")]
    dynamic = {value.strip().lower() for value in every("Dynamic")}
    urls = (one("Home-page"), one("Download-URL"), *map(_url, every("Project-URL")))
    known = listed or (_tells_all(one("Metadata-Version")) and "requires-dist" not in dynamic)
    return Release(
        where=where,
        listed=where,
        name=one("Name"),
        version=one("Version"),
        summary=one("Summary"),
        description=_unfolded(description),
        author=one("Author"),
        license=_unfolded(one("License")),
        requires=tuple(wanted for wanted in listed if wanted is not None) if known else None,
        urls=tuple(url for url in urls if url),
    )


def parse_requires(text: str) -> tuple[Wanted, ...]:
    """The ``requires.txt`` of setuptools: sections are ``[extra]``, ``[:marker]``, ``[extra:marker]``."""
    return tuple(_sections(text.splitlines()))


def _sections(lines: Iterable[str]) -> Iterator[Wanted]:
    extra = marker = ""
    for line in map(str.strip, lines):
        section = _SECTION.match(line)
        if section is not None:
            extra = canonicalize_name(section["extra"]) if section["extra"] else ""
            marker = (section["marker"] or "").strip()
        elif line and not line.startswith("#"):
            wanted = _requirement(f"{line} ; {marker}" if marker else line)
            if wanted is not None:
                yield Wanted(text=wanted.text, extra=extra)


def _requirement(text: str) -> Wanted | None:
    """A ``Requires-Dist`` without the part of its marker that names an extra."""
    before, semicolon, marker = text.partition(";")
    extra = _EXTRA.search(marker)
    if extra is not None:
        marker = (marker[: extra.start()] + marker[extra.end() :]).strip()
        marker = marker.removeprefix("and ").strip()
    try:
        parsed = Requirement(f"{before.strip()} ; {marker}" if semicolon and marker else before)
    except InvalidRequirement:
        return None
    return Wanted(
        text=str(parsed), extra="" if extra is None else canonicalize_name(extra["extra"])
    )


def _egg_infos(project: Path) -> list[Path]:
    found = (*project.glob(f"*.egg-info/{PKG_INFO}"), *project.glob(f"*/*.egg-info/{PKG_INFO}"))
    return sorted(found)


def _requires_file(egg_info: Path) -> tuple[Wanted, ...]:
    """An ``*.egg-info`` without that file is one of a release that wants nothing."""
    file = egg_info / REQUIRES
    return parse_requires(_text(file)) if file.is_file() else ()


def _with(release: Release, requires: tuple[Wanted, ...], where: str) -> Release:
    if release.requires:
        return release
    return msgspec.structs.replace(release, requires=requires, listed=where)


def _tells_all(version: str) -> bool:
    """Whether metadata of that version says when a field is left out (PEP 643: 2.2)."""
    parts = version.split(".")
    numbers = [int(part) for part in parts if part.isdigit()]
    return numbers >= [2, 2]


def _unfolded(text: str) -> str:
    """A value over several lines without the indentation that old metadata gives it."""
    unfolded = _FOLDED.sub("\n", text.replace("\r\n", "\n")).strip("\n")
    return "" if unfolded.strip() in _NOTHING else unfolded


def _url(value: str) -> str:
    return value.rpartition(", ")[2].strip()


def _text(path: Path) -> str:
    try:
        return path.read_bytes()[:_LARGEST].decode("utf-8-sig", errors="replace")
    except OSError:
        return ""

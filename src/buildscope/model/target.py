"""What the user named, and what was obtained for it."""

from __future__ import annotations

from typing import Literal

from buildscope.model.base import Record

TargetKind = Literal["directory", "archive", "requirement", "vcs", "url"]


class Target(Record, frozen=True):
    """A target as the user wrote it, already told apart by kind.

    ``text`` is what was typed. ``path`` is set for ``directory`` and ``archive`` (absolute),
    ``requirement`` is the PEP 508 text for ``requirement``, ``url`` the full reference
    (``git+https://…@ref#subdirectory=…``) for ``vcs`` and ``url``; ``name`` is set where a
    direct reference gave one.
    """

    text: str
    kind: TargetKind
    path: str | None = None
    requirement: str | None = None
    url: str | None = None
    name: str | None = None


class SourceFacts(Record, frozen=True):
    """What phase ``source`` obtained.

    ``origin`` says in words where it came from (``"sdist from the index"``). ``tree`` is the
    directory that was unpacked or adopted and ``project`` the directory the build runs in
    (differs with ``#subdirectory=``). ``archive`` is what a retry starts from: the cached file
    that it unpacks anew, or for a directory or checkout the copy that was made of it before
    any hook ran. ``uploaded`` is ISO 8601 where the index tells it.
    """

    origin: str
    tree: str
    project: str
    name: str | None = None
    version: str | None = None
    archive: str | None = None
    filename: str | None = None
    url: str | None = None
    sha256: str | None = None
    size: int | None = None
    uploaded: str | None = None
    revision: str | None = None
    cached: bool = False
    in_place: bool = False
    note: str | None = None

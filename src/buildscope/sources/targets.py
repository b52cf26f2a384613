"""Tells apart what a user may name: directory, archive, requirement, direct reference."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from buildscope.configuration.locations import scheme_of
from buildscope.errors import UsageError
from buildscope.model.target import Target
from buildscope.sources.urls import (
    VCS_KINDS,
    filename_of,
    hide_credentials,
    path_of_file_url,
    without_credentials,
    without_fragment,
)

if TYPE_CHECKING:
    from packaging.requirements import Requirement

ARCHIVE_SUFFIXES = (
    ".tar.gz",
    ".tgz",
    ".tar.bz2",
    ".tbz2",
    ".tbz",
    ".tar.xz",
    ".txz",
    ".tar",
    ".zip",
)
VCS_TRANSPORTS = ("https", "http", "ssh", "file", "git", "sftp", "svn", "lp")
_OTHER_ARCHIVES = (".7z", ".rar", ".tar.z", ".tar.lz", ".tar.lzma", ".tar.zst", ".egg", ".rpm")
_DIRECT = re.compile(r"^\s*[A-Za-z0-9][A-Za-z0-9._-]*\s*(\[[^\]]*\])?\s*@\s*(?P<url>\S*)")
_EXTRAS = re.compile(r"\[[A-Za-z0-9._,\s-]*\]$")
_SINGLE_EQUALS = re.compile(r"^([A-Za-z0-9][\w.-]*)\s*(?:=|\s)\s*(\d[\w.!+]*)$")
_SCP_LIKE = re.compile(r"^[\w.-]+@[\w.-]+:(?!/)")


def parse_target(text: str, *, cwd: Path) -> Target:
    """What ``text`` names; relative paths start at ``cwd``.

    As with pip, a bare name is a requirement even where a directory of that name exists; a
    path has a separator, starts with ``.`` or ``~``, or ends like an archive. Raises
    ``UsageError``.
    """
    stripped = text.strip()
    if not stripped:
        raise UsageError(
            "the target is empty", hint="name a directory, an sdist, a requirement or a URL"
        )
    scheme = scheme_of(stripped)
    is_vcs = "+" in scheme and scheme.partition("+")[0] in VCS_KINDS
    if scheme == "file" or is_vcs or stripped[len(scheme) :].startswith("://"):
        return _reference(stripped, stripped, None)
    if _SCP_LIKE.match(stripped):
        host, _, path = stripped.partition(":")
        raise UsageError(
            f"{stripped} is a location for ssh, not a URL", hint=f"write git+ssh://{host}/{path}"
        )
    if direct := _DIRECT.match(stripped):
        return _direct(stripped, direct["url"])
    if _looks_like_path(stripped):
        return _path(stripped, cwd)
    return Target(text=text, kind="requirement", requirement=_requirement_text(stripped))


def is_archive_name(name: str) -> bool:
    """Whether a file name ends like an sdist that can be unpacked here."""
    return name.lower().endswith(ARCHIVE_SUFFIXES)


def _looks_like_path(text: str) -> bool:
    separators = (os.sep, os.altsep or os.sep, "/")
    return (
        text in {".", ".."}
        or text.startswith(("./", "../", "~"))
        or any(separator in text.partition(";")[0] for separator in separators)
        or text.lower().endswith((*ARCHIVE_SUFFIXES, *_OTHER_ARCHIVES, ".whl"))
    )


def _requirement_text(text: str) -> str:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        return str(Requirement(text))
    except InvalidRequirement as error:
        reason = str(error).splitlines()[0].strip().rstrip(".:")
        single = _SINGLE_EQUALS.match(text)
        hint = (
            f"did you mean {single[1]}=={single[2]}?"
            if single
            else "a path needs a separator, as in ./name"
        )
        message = f"{text!r} is neither a path nor a requirement: {reason}"
        raise UsageError(message, hint=hint) from error


def _direct(text: str, url: str) -> Target:
    """``name @ url`` (PEP 508)."""
    if not scheme_of(url):
        name = text.partition("@")[0].strip()
        hint = f"did you mean {name}=={url}?" if url[:1].isdigit() else "a path needs file://"
        raise UsageError(f"{text!r} has no URL after the @", hint=hint)
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        reason = str(error).splitlines()[0].strip()
        message = f"{hide_credentials(text)!r} is no direct reference: {reason}"
        raise UsageError(message, hint="a marker needs a space before its ;") from error
    return _reference(text, requirement.url or url, requirement)


def _reference(text: str, url: str, requirement: Requirement | None) -> Target:
    name = requirement.name if requirement else None
    named = str(requirement) if requirement and requirement.marker else None
    scheme = scheme_of(url)
    kind, plus, transport = scheme.partition("+")
    if plus and kind in VCS_KINDS:
        _check_vcs(url, transport)
        return Target(text=text, kind="vcs", url=url, name=name, requirement=named)
    if scheme == "file":
        found = _file_url(text, url)
        return Target(
            text=text, kind=found.kind, path=found.path, url=url, name=name, requirement=named
        )
    if scheme in {"http", "https"}:
        _check_web(url)
        return Target(text=text, kind="url", url=url, name=name, requirement=named)
    shown = without_credentials(url)
    hint = f"write git+{shown}" if scheme in {"git", "ssh"} else "use https:, file: or git+https:"
    raise UsageError(f"{shown} has the scheme {scheme}, which cannot be built from", hint=hint)


def _check_vcs(url: str, transport: str) -> None:
    shown = without_credentials(url)
    if transport not in VCS_TRANSPORTS or "://" not in url:
        raise UsageError(
            f"{shown} has the transport {transport!r}, which is not allowed",
            hint="use "
            + ", ".join(f"{url.partition('+')[0]}+{name}://" for name in VCS_TRANSPORTS[:4]),
        )


def _check_web(url: str) -> None:
    shown = without_fragment(without_credentials(url))
    name = filename_of(url).lower()
    if name.endswith(".whl"):
        raise _wheel(shown)
    if name.endswith(".git"):
        raise UsageError(f"{shown} is a repository, not an archive", hint=f"write git+{shown}")
    if name.endswith(_OTHER_ARCHIVES):
        raise _unknown_archive(shown)


def _file_url(text: str, url: str) -> Target:
    try:
        path = path_of_file_url(without_fragment(url))
    except ValueError as error:
        raise UsageError(str(error), hint="use file:///path") from error
    return _existing(text, path)


def _path(text: str, cwd: Path) -> Target:
    path = _absolute(text, cwd)
    bare = _EXTRAS.sub("", text)
    if not path.exists() and bare != text:
        path = _absolute(bare, cwd)
    return _existing(text, path)


def _absolute(text: str, cwd: Path) -> Path:
    return Path(os.path.normpath(cwd / Path(text).expanduser()))


def _existing(text: str, path: Path) -> Target:
    if path.is_dir():
        return Target(text=text, kind="directory", path=str(path))
    if path.name.lower().endswith(".whl"):
        raise _wheel(path.name)
    if not path.exists():
        raise UsageError(f"there is no {path}", hint=_near(path))
    if path.name.lower().endswith(_OTHER_ARCHIVES):
        raise _unknown_archive(path.name)
    if not is_archive_name(path.name):
        raise UsageError(
            f"{path} is neither a directory nor an sdist",
            hint=f"name its directory, {path.parent}"
            if path.name in {"setup.py", "setup.cfg", "pyproject.toml"}
            else f"an sdist ends in {', '.join(ARCHIVE_SUFFIXES[:6:2])} or .zip",
        )
    return Target(text=text, kind="archive", path=str(path))


def _near(path: Path) -> str:
    parent = path.parent
    while not parent.is_dir():
        path, parent = parent, parent.parent
    try:
        names = sorted(entry.name for entry in os.scandir(parent))
    except OSError:
        names = []
    import difflib

    close = difflib.get_close_matches(path.name, names, n=3, cutoff=0.6)
    if close:
        return f"did you mean {' or '.join(str(parent / name) for name in close)}?"
    return f"the nearest directory that exists is {parent}"


def _wheel(name: str) -> UsageError:
    return UsageError(
        f"{name} is a wheel, which is already built", hint="name the sdist, or the project"
    )


def _unknown_archive(name: str) -> UsageError:
    return UsageError(
        f"{name} is of a kind that is not read here",
        hint=f"use one of {', '.join(ARCHIVE_SUFFIXES)}",
    )

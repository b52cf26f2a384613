"""The rows of the pin screen: what versions there are, and when they came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from buildscope.model.delta import requirement_name
from buildscope.tui.view.rows import Row, row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.model.run import Attempt
    from buildscope.session.choices import Release

_VERSION = 18


@dataclass(frozen=True, slots=True)
class Pinned:
    """A distribution in an attempt: what is installed, what declares it, what constrains it."""

    name: str
    installed: str | None
    declared: tuple[str, ...]
    constrained: tuple[str, ...]

    @property
    def words(self) -> str:
        """All of it in one line."""
        installed = f"installed {self.installed}" if self.installed else "not installed"
        declared = f"declared {', '.join(self.declared)}" if self.declared else "not declared"
        by_you = f"you have {', '.join(self.constrained)}" if self.constrained else "not pinned"
        return f"{installed} · {declared} · {by_you}"


def pinned(attempt: Attempt, name: str) -> Pinned:
    """What ``attempt`` knows of the distribution ``name``."""
    name = canonicalize_name(name)
    settings = attempt.settings
    requires = attempt.backend.requires if attempt.backend is not None else ()
    dynamic = (one for run in attempt.phases for one in run.requires)
    found = (one.version for one in attempt.installed if canonicalize_name(one.name) == name)
    return Pinned(
        name,
        next(found, None),
        _of(name, (*requires, *dynamic)),
        _of(name, (*settings.constraints, *settings.extra)),
    )


def release_rows(
    releases: tuple[Release, ...] | None, installed: str | None, error: str | None
) -> tuple[Row, ...]:
    """A row a version, newest first; the key of each is the version."""
    if error is not None:
        return (row((error, "failed")),)
    if releases is None:
        return (row(("asking the index …", "dim")),)
    return tuple(_rows(releases, installed))


def row_of(releases: tuple[Release, ...], version: str | None) -> int:
    """The row of ``version``, else the first that can be installed."""
    for at, release in enumerate(releases):
        if version is not None and _same(release.version, version):
            return at
    fitting = (at for at, one in enumerate(releases) if not one.yanked and one.why_not is None)
    return next(fitting, 0)


def _of(name: str, requirements: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for one in requirements if requirement_name(one) == name))


def _rows(releases: tuple[Release, ...], installed: str | None) -> Iterator[Row]:
    for release in releases:
        date = f"{release.uploaded:%Y-%m-%d}" if release.uploaded is not None else "no date   "
        here = installed is not None and _same(release.version, installed)
        words = ["installed" if here else "", "yanked" if release.yanked else "", release.why_not]
        yield row(
            (f"{release.version:<{_VERSION}}", "dim" if any(words[1:]) else "strong"),
            (f"{date}   ", "dim"),
            (" · ".join(filter(None, words)), "accent" if here else "dim"),
            key=release.version,
        )


def _same(one: str, other: str) -> bool:
    try:
        return Version(one) == Version(other)
    except InvalidVersion:
        return one == other

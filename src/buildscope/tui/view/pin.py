"""The rows of the pin screen: what versions there are, and when they came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from buildscope.tui.view.rows import Row, row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.session.choices import Release

_VERSION = 18


def release_rows(
    releases: tuple[Release, ...] | None, installed: str | None, error: str | None
) -> tuple[Row, ...]:
    """A row a version, newest first; the key of each is the version."""
    if error is not None:
        return (row((error, "failed")),)
    if releases is None:
        return (row(("asking the index …", "dim")),)
    return tuple(_rows(releases, installed))


def _rows(releases: tuple[Release, ...], installed: str | None) -> Iterator[Row]:
    for release in releases:
        date = f"{release.uploaded:%Y-%m-%d}" if release.uploaded is not None else "no date   "
        words = [
            "installed" if installed is not None and _same(release.version, installed) else "",
            "yanked" if release.yanked else "",
            release.why_not or "",
        ]
        said = " · ".join(filter(None, words))
        style = "dim" if release.yanked or release.why_not else ""
        yield row(
            (f"{release.version:<{_VERSION}}", style or "strong"),
            (f"{date}   ", "dim"),
            (said, "accent" if words[0] else "dim"),
            key=release.version,
        )


def _same(one: str, other: str) -> bool:
    try:
        return Version(one) == Version(other)
    except InvalidVersion:
        return one == other

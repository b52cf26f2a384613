"""The versions of a distribution that the configured indexes have."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from buildscope.configuration.moments import parse_cutoff
from buildscope.errors import SourceError
from buildscope.session.choices import Release
from buildscope.sources.candidates import fits_python
from buildscope.sources.client import IndexClient
from buildscope.sources.index import index_locations, list_project

if TYPE_CHECKING:
    from datetime import datetime

    from buildscope.configuration.index import IndexConfiguration
    from buildscope.process.stop import Stop
    from buildscope.sources.candidates import Candidate


def releases(
    name: str,
    configuration: IndexConfiguration,
    python_version: str,
    stop: Stop,
    *,
    exclude_newer: str | None = None,
) -> tuple[Release, ...]:
    """Each version once, newest first, with the time of its first file.

    Raises ``SourceError`` when no index answers or none knows the name, ``UsageError`` when the
    cutoff cannot be read, ``Cancelled`` when ``stop`` was requested.
    """
    cutoff = parse_cutoff(exclude_newer) if exclude_newer is not None else None
    with IndexClient(configuration, index_locations(configuration)) as client:
        listing = list_project(canonicalize_name(name), configuration, client, stop, pauses=())
    if not listing.candidates:
        if listing.failures:
            raise listing.failures[0]
        asked = ", ".join(listing.asked) or "no index, offline"
        raise SourceError(f"{name} has no releases ({asked})", cause="resolution")
    ordered = sorted(listing.candidates, key=lambda one: one.version, reverse=True)
    grouped = groupby(ordered, key=lambda one: one.version)
    return tuple(_release(list(files), python_version, cutoff) for _, files in grouped)


def _release(files: list[Candidate], python_version: str, cutoff: datetime | None) -> Release:
    times = [file.uploaded for file in files if file.uploaded is not None]
    uploaded = min(times) if times else None
    return Release(
        version=str(files[0].version),
        uploaded=uploaded,
        yanked=all(file.yanked is not None for file in files),
        why_not=_why_not(files, python_version)
        or ("after the cutoff" if cutoff and uploaded and uploaded > cutoff else None),
    )


def _why_not(files: list[Candidate], python_version: str) -> str | None:
    if any(fits_python(file.requires_python, python_version) for file in files):
        return None
    needs = next(file.requires_python for file in files if file.requires_python)
    return f"needs Python {needs}"

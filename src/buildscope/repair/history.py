"""What was there when: the time of a release, the Pythons of that time, versions and bounds."""

from __future__ import annotations

import re
import tarfile
import zipfile
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Final

from packaging.version import Version

from buildscope.configuration.moments import parse_moment
from buildscope.diagnosis.system import newest_python_at
from buildscope.errors import SourceError
from buildscope.sources.candidates import fits_python

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from buildscope.model.run import Attempt, Interpreter
    from buildscope.model.settings import Settings
    from buildscope.process.stop import Stop
    from buildscope.session.session import Session

LEGACY_FLOOR: Final = "2019-02-06"
"""The day after setuptools 40.8.0 was uploaded, which the legacy backend needs (PEP 517)."""
_MADE_UP_YEARS: Final = frozenset({1970, 1980})
_MADE_UP_DAYS: Final = frozenset({"2020-02-02"})
"""Dates that reproducible archives have: the epoch, ZIP's first day, hatchling's and flit's."""
_CLASSIFIER: Final = re.compile(
    r"^Classifier:\s*Programming Language :: Python :: 3\.(\d+)\s*$", re.MULTILINE
)
_REQUIRES: Final = re.compile(r"^Requires-Python:\s*(.+?)\s*$", re.MULTILINE)
_NEWEST: Final = 99


def upload_of(attempt: Attempt) -> datetime | None:
    """When the release was uploaded, or else when its archive was made; ``None`` if unknown.

    The index knows the first one exactly. The second is the newest date of the archive's
    files, unless that is one that tools make up, or lies in the future.
    """
    source = attempt.source
    if source is None:
        return None
    if source.uploaded is not None:
        moment = parse_moment(source.uploaded)
        return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    if source.archive is None or not Path(source.archive).is_file():
        return None
    return _made(Path(source.archive))


def cutoff_for(moment: datetime, *, legacy_backend: bool) -> str:
    """The day after ``moment``, ISO 8601, for ``exclude_newer``.

    For a project without ``pyproject.toml`` not before ``LEGACY_FLOOR``.
    """
    day = (moment.astimezone(timezone.utc) + timedelta(days=1)).date().isoformat()
    return max(day, LEGACY_FLOOR) if legacy_backend else day


def pythons_of_time(
    moment: datetime | None, interpreters: Sequence[Interpreter], attempt: Attempt | None = None
) -> tuple[Interpreter, ...]:
    """One interpreter of each minor version, the newest that existed at ``moment`` first.

    Then the older ones, nearest first, then the newer ones. What the project of ``attempt``
    refuses (``Requires-Python``) is left out. Where its classifiers name Pythons, the newest
    of those comes first; where the time is not known, it is taken for the newest one then.
    """
    by_minor: dict[int, Interpreter] = {}
    for one in interpreters:
        by_minor.setdefault(Version(one.version.rstrip("+")).minor, one)
    text = _metadata_text(attempt)
    requires = _required(attempt, text)
    admitted = sorted(m for m, one in by_minor.items() if fits_python(requires, one.version))
    newest = newest_python_at(moment.isoformat()) if moment is not None else None
    newest = _NEWEST if newest is None else newest
    named = [int(minor) for minor in _CLASSIFIER.findall(text)]
    if moment is None and named:
        newest = max(named)
    older = [minor for minor in reversed(admitted) if minor <= newest]
    newer = [minor for minor in admitted if minor > newest]
    return tuple(by_minor[minor] for minor in _classified_first([*older, *newer], named, newest))


def versions_between(
    session: Session,
    name: str,
    low: str,
    high: str,
    *,
    settings: Settings,
    python_version: str,
    stop: Stop,
) -> list[str]:
    """Final releases between ``low`` and ``high``, without both, oldest first, for bisection.

    Without those that are yanked, or that an installer would not take for that Python. Empty
    where the index does not answer. Raises ``Cancelled`` when ``stop`` was requested.
    """
    try:
        found = session.choices.releases(name, settings, python_version, stop)
    except SourceError:
        return []
    between = {
        Version(one.version)
        for one in found
        if not one.yanked
        and one.why_not is None
        and Version(low) < Version(one.version) < Version(high)
    }
    return [str(version) for version in sorted(between) if not version.is_prerelease]


def bound_below(name: str, last_good: str, first_bad: str) -> str:
    """``setuptools<82`` of 81.0.0 and 82.0.0: the shortest version that separates the two."""
    good, bad = Version(last_good), Version(first_bad)
    parts = [str(number) for number in bad.release]
    shorter = (".".join(parts[:count]) for count in range(1, len(parts) + 1))
    epoch = f"{bad.epoch}!" if bad.epoch else ""
    for text in shorter:
        bound = Version(f"{epoch}{text}")
        if good < bound <= bad:
            return f"{name}<{bound}"
    return f"{name}<{bad}"


def _classified_first(minors: list[int], named: list[int], newest: int) -> list[int]:
    """A newest Python of the time that the classifiers do not name gives way to one they do."""
    fitting = [minor for minor in minors if minor in named and minor <= newest]
    if not fitting or not minors or minors[0] in named:
        return minors
    first = max(fitting)
    return [first, *(minor for minor in minors if minor != first)]


def _required(attempt: Attempt | None, text: str) -> str | None:
    backend = attempt.backend if attempt is not None else None
    if backend is not None and backend.requires_python:
        return backend.requires_python
    found = _REQUIRES.search(text)
    return found[1] if found else None


def _metadata_text(attempt: Attempt | None) -> str:
    """The headers of the sdist's ``PKG-INFO``; empty where there is none."""
    if attempt is None or attempt.source is None:
        return ""
    try:
        text = (Path(attempt.source.project) / "PKG-INFO").read_text("utf-8", "replace")
    except OSError:
        return ""
    return text.partition("\n\n")[0]


def _made(archive: Path) -> datetime | None:
    try:
        newest = max(_dates(archive), default=None)
    except (OSError, ValueError, tarfile.TarError, zipfile.BadZipFile, EOFError):
        return None
    if newest is None or newest > datetime.now(timezone.utc):
        return None
    made_up = newest.year in _MADE_UP_YEARS or newest.date().isoformat() in _MADE_UP_DAYS
    return None if made_up else newest


def _dates(archive: Path) -> Iterator[datetime]:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as file:
            for info in file.infolist():
                yield datetime(*info.date_time, tzinfo=timezone.utc)
        return
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.isfile():
                yield datetime.fromtimestamp(member.mtime, timezone.utc)

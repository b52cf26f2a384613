"""Chooses the sdist to build among all files of a project, and says why when there is none."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from buildscope.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from packaging.requirements import Requirement

    from buildscope.model.names import CauseId

SHOWN = 5


@dataclass(frozen=True)
class Candidate:
    """One file of a project. ``url`` may carry credentials; ``yanked`` is the reason, maybe empty.

    ``dated`` says that it came from an index, where a missing upload time is a gap; files
    found by find-links never have one.
    """

    version: Version
    filename: str
    url: str
    hashes: tuple[tuple[str, str], ...] = ()
    requires_python: str | None = None
    yanked: str | None = None
    uploaded: datetime | None = None
    dated: bool = True

    @property
    def is_wheel(self) -> bool:
        """Whether it is a built distribution."""
        return self.filename.endswith(".whl")


@dataclass(frozen=True)
class Wish:
    """What is wanted: a requirement, for a Python, uploaded up to a moment."""

    requirement: Requirement
    python_version: str
    exclude_newer: datetime | None = None

    @property
    def pin(self) -> str | None:
        """The version where exactly one is named with ``==`` or ``===`` (PEP 592)."""
        specifiers = list(self.requirement.specifier)
        if len(specifiers) == 1 and specifiers[0].operator in {"==", "==="}:
            version = specifiers[0].version
            return None if version.endswith(".*") else version
        return None


@dataclass(frozen=True)
class Choice:
    """The chosen sdist, and what is to be said about it."""

    candidate: Candidate
    note: str | None = None


def check_marker(wish: Wish) -> None:
    """Raise ``SourceError`` when the requirement's marker is false for the build's Python."""
    requirement = wish.requirement
    if requirement.marker is None:
        return
    version = parse_python(wish.python_version)
    environment = {
        "python_version": f"{version.major}.{version.minor}",
        "python_full_version": str(version),
        "implementation_version": str(version),
    }
    extras = sorted(requirement.extras) or [""]
    if not any(requirement.marker.evaluate({**environment, "extra": extra}) for extra in extras):
        raise SourceError(
            f"an installer would not build {requirement.name} here: its marker "
            f"{str(requirement.marker)!r} is false for Python {wish.python_version}",
            cause="resolution",
            hint="drop the marker, or choose another Python with -p",
        )


def parse_python(version: str) -> Version:
    """An interpreter's version; a ``+`` of a development build is dropped."""
    return Version(version.rstrip("+"))


def fits_python(requires_python: str | None, python_version: str) -> bool:
    """Whether ``Requires-Python`` admits a version; what cannot be parsed does.

    As pip has it, which also takes a pre-release of Python for the release.
    """
    try:
        specifier = SpecifierSet(requires_python or "")
    except InvalidSpecifier:
        return True
    return specifier.contains(parse_python(python_version).base_version, prereleases=True)


def choose(candidates: Sequence[Candidate], wish: Wish) -> Choice:
    """The newest sdist that fits; raises ``SourceError`` with the reason where none does.

    Pre-releases by PEP 440, yanked files by PEP 592, ``Requires-Python`` by PEP 503. An exact
    pin is obtained for any Python: what the sdist itself says is for a later phase.
    """
    fitting = [c for c in candidates if _in_range(c, wish)]
    sdists = [c for c in fitting if not c.is_wheel]
    if not sdists:
        _refuse_version(candidates, fitting, wish)
    standing = [c for c in sdists if c.yanked is None or wish.pin is not None]
    if not standing:
        _refuse_yanked(sdists, wish)
    dated = _as_of(standing, wish)
    if not dated:
        _refuse_date(standing, wish)
    usable = [c for c in dated if fits_python(c.requires_python, wish.python_version)]
    if not usable and wish.pin is None:
        _refuse_python(dated, candidates, wish)
    best = max(_released(usable or dated, wish), key=_rank)
    return Choice(best, _note(best, fitting, wish))


def _in_range(candidate: Candidate, wish: Wish) -> bool:
    return wish.requirement.specifier.contains(candidate.version, prereleases=True)


def _released(usable: list[Candidate], wish: Wish) -> list[Candidate]:
    if wish.requirement.specifier.prereleases:
        return usable
    return [c for c in usable if not c.version.is_prerelease] or usable


def _rank(candidate: Candidate) -> tuple[bool, Version, bool, bool]:
    """Among files of one version: one whose upload time is known, and tar rather than zip."""
    return (
        candidate.yanked is None,
        candidate.version,
        candidate.uploaded is not None,
        candidate.filename.endswith(".tar.gz"),
    )


def _as_of(candidates: list[Candidate], wish: Wish) -> list[Candidate]:
    """Those uploaded by the cutoff; an index without any upload times is not cut off."""
    cutoff = wish.exclude_newer
    if cutoff is None:
        return candidates
    tells_times = any(c.uploaded is not None for c in candidates)
    return [
        c
        for c in candidates
        if (c.uploaded <= cutoff if c.uploaded else not (c.dated and tells_times))
    ]


def _note(chosen: Candidate, fitting: Sequence[Candidate], wish: Wish) -> str | None:
    if chosen.yanked is not None:
        return f"{wish.requirement.name} {chosen.version} is yanked: {_why(chosen)}"
    if wish.exclude_newer is not None and chosen.uploaded is None:
        return "its upload time is not known, so the cutoff was not applied to the sdist itself"
    if not fits_python(chosen.requires_python, wish.python_version):
        return (
            f"the index says that it requires Python {chosen.requires_python}, and this build "
            f"runs on {wish.python_version}"
        )
    return _newer(chosen, fitting, wish)


def _newer(chosen: Candidate, fitting: Sequence[Candidate], wish: Wish) -> str | None:
    """What is to be said of a newer release that was passed over."""
    released = [c for c in _as_of(list(fitting), wish) if c.yanked is None]
    newer = [c for c in released if c.version > chosen.version and not c.version.is_prerelease]
    if not newer:
        return None
    best = max(newer, key=lambda c: (c.version, not c.is_wheel))
    passed_over = f"{wish.requirement.name} {best.version} is newer, but"
    if not fits_python(best.requires_python, wish.python_version):
        return f"{passed_over} requires Python {best.requires_python}"
    return f"{passed_over} has only wheels"


def _why(candidate: Candidate) -> str:
    return candidate.yanked or "no reason is given"


def _refuse_version(
    candidates: Sequence[Candidate], fitting: Sequence[Candidate], wish: Wish
) -> NoReturn:
    name, newest = wish.requirement.name, _offered(candidates, wish)
    if not newest:
        _refuse(
            f"{name} has only wheels, no sdist, so there is nothing to build",
            "build it from its repository with git+https://…",
        )
    if fitting:
        version = max(c.version for c in fitting)
        _refuse(
            f"{name} {version} has only wheels; the newest version with an sdist is {newest[0]}",
            f"try {name}=={newest[0]}",
        )
    listed = ", ".join(newest[:SHOWN])
    message = f"{name} has no version {wish.requirement.specifier}; the newest are {listed}"
    if wish.pin is not None:
        message = f"{name} has no version {wish.pin}; the newest are {listed}"
    near = difflib.get_close_matches(wish.pin or "", newest[SHOWN:], n=2, cutoff=0.7)
    _refuse(message, f"close to it: {', '.join(near)}" if near else f"try {name}=={newest[0]}")


def _refuse_yanked(sdists: Sequence[Candidate], wish: Wish) -> NoReturn:
    newest = max(sdists, key=lambda c: c.version)
    name = wish.requirement.name
    _refuse(
        f"every sdist of {name} that fits is yanked; {newest.version}: {_why(newest)}",
        f"to build it nevertheless pin it exactly: {name}=={newest.version}",
    )


def _refuse_date(standing: Sequence[Candidate], wish: Wish) -> NoReturn:
    oldest = min((c for c in standing if c.uploaded), key=lambda c: c.version, default=standing[0])
    uploaded = f"{oldest.uploaded:%Y-%m-%d}" if oldest.uploaded else "at an unknown time"
    assert wish.exclude_newer is not None
    _refuse(
        f"no sdist of {wish.requirement.name} that fits is as old as --exclude-newer "
        f"{wish.exclude_newer:%Y-%m-%d}: {oldest.version} was uploaded {uploaded}",
        "choose a later date",
    )


def _refuse_python(
    dated: Sequence[Candidate], candidates: Sequence[Candidate], wish: Wish
) -> NoReturn:
    name, newest = wish.requirement.name, max(dated, key=lambda c: c.version)
    others = [
        c
        for c in _as_of([c for c in candidates if not c.is_wheel and c.yanked is None], wish)
        if fits_python(c.requires_python, wish.python_version) and not c.version.is_prerelease
    ]
    fit = (
        f"the newest that would fit is {max(c.version for c in others)}" if others else "none does"
    )
    _refuse(
        f"{name} {newest.version} requires Python {newest.requires_python}, and this build runs on "
        f"{wish.python_version}; {fit}",
        "choose another Python with -p",
        cause="unsupported-python",
    )


def _offered(candidates: Sequence[Candidate], wish: Wish) -> list[str]:
    """Versions that have an sdist, newest first; those that would build here, if any would."""
    sdists = [c for c in candidates if not c.is_wheel]
    usable = [
        c
        for c in sdists
        if c.yanked is None
        and not c.version.is_prerelease
        and fits_python(c.requires_python, wish.python_version)
    ]
    return _versions(usable or sdists)


def _versions(candidates: Iterable[Candidate]) -> list[str]:
    return [str(version) for version in sorted({c.version for c in candidates}, reverse=True)]


def _refuse(message: str, hint: str, *, cause: CauseId = "resolution") -> NoReturn:
    raise SourceError(message, cause=cause, hint=hint)

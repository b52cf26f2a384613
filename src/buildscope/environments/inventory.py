"""What an environment holds, read from its own directories without running anything."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from buildscope.model.base import Record
from buildscope.model.run import Distribution

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from buildscope.environments.model import BuildEnvironment

_HEADER = 16_384


class InstalledDistribution(Record, frozen=True):
    """``metadata`` is its core metadata file, ``info`` the ``.dist-info`` or ``.egg-info``."""

    name: str
    version: str
    metadata: str
    info: str

    @property
    def key(self) -> str:
        """The normalised name."""
        return canonicalize_name(self.name)


def inventory(environment: BuildEnvironment) -> tuple[Distribution, ...]:
    """Name and version of every distribution, sorted; a layer hides what is behind it."""
    found = installed(directories(environment))
    return tuple(
        Distribution(name=found[key].name, version=found[key].version) for key in sorted(found)
    )


def directories(environment: BuildEnvironment) -> tuple[str, ...]:
    """Where distributions of an environment are, the first one wins."""
    layer = () if environment.layer is None else (environment.layer,)
    return (*layer, *environment.site_packages)


def installed(places: Iterable[str]) -> dict[str, InstalledDistribution]:
    """Distributions by normalised name; a directory hides those that come after it."""
    found: dict[str, InstalledDistribution] = {}
    for place in places:
        for distribution in _in_directory(place):
            found.setdefault(distribution.key, distribution)
    return found


def _in_directory(place: str) -> Iterator[InstalledDistribution]:
    try:
        entries = sorted(os.scandir(place), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        name = entry.name
        if name.startswith("~"):  # what pip leaves when it cannot remove a directory
            continue
        if name.endswith(".dist-info"):
            found = _read(Path(entry.path, "METADATA"), Path(entry.path))
        elif name.endswith(".egg-info"):
            path = Path(entry.path)
            found = _read(path / "PKG-INFO" if entry.is_dir() else path, path)
        elif name.endswith(".egg"):
            found = _read(Path(entry.path, "EGG-INFO", "PKG-INFO"), Path(entry.path))
        elif name.endswith(".egg-link"):
            yield from _linked(Path(entry.path))
            continue
        else:
            continue
        if found is not None:
            yield found


def _linked(link: Path) -> Iterator[InstalledDistribution]:
    """What a development install of setuptools points at: first line, the directory."""
    try:
        lines = link.read_text("utf-8", errors="replace").splitlines()
        target = Path(lines[0].strip()) if lines else None
        infos = sorted(target.glob("*.egg-info")) if target else []
    except OSError:
        return
    for info in infos:
        found = _read(info / "PKG-INFO", info)
        if found is not None:
            yield found


def _read(metadata: Path, info: Path) -> InstalledDistribution | None:
    """What the metadata says, and where it says nothing, the name of the directory."""
    try:
        with metadata.open("rb") as file:
            head = file.read(_HEADER)
    except OSError:
        return None
    fields = _fields(head.decode("utf-8", errors="replace"))
    stem, _, rest = info.name.rpartition(".")[0].partition("-")
    name = fields.get("name") or stem.replace("_", "-")
    version = fields.get("version") or rest.partition("-py")[0]
    return InstalledDistribution(name=name, version=version, metadata=str(metadata), info=str(info))


def _fields(head: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in head.splitlines():
        if not line:
            break
        key, separator, value = line.partition(":")
        if separator and key.lower() in {"name", "version"}:
            fields.setdefault(key.lower(), value.strip())
    return fields

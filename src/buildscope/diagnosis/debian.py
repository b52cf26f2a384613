"""What Debian's archive holds, as a script derived it (``data/system_debian.tsv.gz``).

``tools/system_packages.py`` makes the file. A ``kind`` is one of ``headers``, ``libraries``,
``programs``, ``pkgconfig`` and ``cmake``; only what is asked for is unpacked and read.
"""

from __future__ import annotations

import gzip
from functools import cache
from importlib import resources


def owner(kind: str, name: str) -> str | None:
    """The package that has the entry of exactly this name."""
    return _owners(kind).get(name)


def owner_of_folder(kind: str, name: str) -> str | None:
    """The package that has all of the folder that the header ``name`` lies in."""
    parts = name.split("/")
    tried = ("/".join(parts[:count]) + "/" for count in range(len(parts) - 1, 0, -1))
    return next((found for folder in tried if (found := owner(kind, folder))), None)


def owner_in_other_case(kind: str, name: str) -> str | None:
    """The package of a CMake package: only there is the name the same in other case."""
    return _lower(kind).get(name.lower()) if kind == "cmake" else None


@cache
def _lower(kind: str) -> dict[str, str]:
    return {name.lower(): package for name, package in _owners(kind).items()}


@cache
def _owners(kind: str) -> dict[str, str]:
    lines = (line.split("\t") for line in _section(kind).splitlines())
    return {name: package for _, package, names in lines for name in names.split(" ")}


def _section(kind: str) -> str:
    text = _text()
    start, last = text.find(f"\n{kind}\t") + 1, text.rfind(f"\n{kind}\t") + 1
    return text[start : text.index("\n", last)]


@cache
def _text() -> str:
    data = resources.files("buildscope.diagnosis").joinpath("data")
    packed = data.joinpath("system_debian.tsv.gz").read_bytes()
    return "\n" + gzip.decompress(packed).decode()

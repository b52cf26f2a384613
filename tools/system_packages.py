"""Write which Debian package has a header, library, program, … (``data/system_debian.tsv.gz``).

The source is the archive's Contents index for main of amd64, which ``apt-file update`` brings:
without arguments the files that ``apt-get indextargets`` names are read (plain, or as apt packs
them). Headers below ``usr/include``, ``lib*.so`` of -dev packages, programs that builds call,
pkg-config modules and CMake packages are taken. A folder whose headers all lie in one package
is written as ``folder/``. What ``data/system.toml`` answers already is left out, so that the
packages kept there by hand win. ``system_packages_kept.toml`` has the lists of programs and
preferences. The same index makes the same file.
"""

from __future__ import annotations

import argparse
import gzip
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import tomli

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HERE = Path(__file__).parent
DATA = HERE.parent / "src" / "buildscope" / "diagnosis" / "data"
SHIPPED = DATA / "system_debian.tsv.gz"
KEPT = HERE / "system_packages_kept.toml"
CURATED = DATA / "system.toml"

Kept: TypeAlias = Mapping[str, Any]
Candidates: TypeAlias = "dict[tuple[str, str], set[str]]"
"""By kind and name, the ``section/package`` that have it."""
Owners: TypeAlias = "dict[tuple[str, str], str]"
"""By kind and name, the package."""

_TRIPLET: Final = r"(?:x86_64-linux-gnu/)?"
_PATHS: Final = (
    (
        "headers",
        re.compile(
            rf"usr/include/{_TRIPLET}(?!python\d|[^/]*-(?:linux|mingw|w64|unknown)[^/]*/)(.+)"
        ),
    ),
    ("libraries", re.compile(rf"(?:usr/)?lib/{_TRIPLET}lib([^/]+)\.so")),
    ("programs", re.compile(r"usr/bin/([^/]+)")),
    ("pkgconfig", re.compile(rf"usr/(?:lib|share)/{_TRIPLET}pkgconfig/([^/]+)\.pc")),
    ("cmake", re.compile(r"usr/(?:lib|share)/(?:.+/)?([^/]+?)(?:Config|-config)\.cmake")),
)
_FOREIGN: Final = re.compile(
    r"(?:^|-)(?:cross|mingw|w64|musl|dietlibc|klibc|dbg|doc|examples|tests?|gcc-snapshot|avr|msp430|paraview|wine\d*)(?:$|-)"
    r"|^libghc-|^lib(?:32|64|x32|n32|o32)|-(?:i386|x32|armhf|arm64|armel|ppc64el|s390x|riscv64|amd64)(?:-|$)"
)
_SECTIONS: Final = {"debug", "doc", "embedded", "games", "kernel", "localization", "otherosfs"}

_MOST: Final = 300
"""Entries of one split folder: more are the insides of a large framework (VTK, Trilinos, Qt)."""


def main(arguments: list[str] | None = None) -> int:
    """Write the table; 1 where no index is found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("contents", nargs="*", type=Path, help="Contents indexes (default: apt's)")
    parser.add_argument("-o", "--output", type=Path, default=SHIPPED, help="the file to write")
    options = parser.parse_args(arguments)
    files = options.contents or indexes()
    if not files:
        sys.stderr.write("no Contents index: run `apt-file update` first\n")
        return 1
    kept = tomli.loads(KEPT.read_text("utf-8"))
    lines = (line for path in files for line in read(path))
    owners = collapsed(chosen(candidates(lines, kept), kept), kept)
    curated = tomli.loads(CURATED.read_text("utf-8"))
    text = written(bounded(uncurated(owners, curated)))
    options.output.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    return 0


def indexes() -> list[Path]:
    """The Contents indexes of main that apt has, for its own architecture and for all."""
    shown = "$(COMPONENT) $(FILENAME)"
    command = ["apt-get", "indextargets", "--format", shown, "Created-By: Contents-deb"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    pairs = (line.split(" ", 1) for line in listed.splitlines())
    return [Path(name) for component, name in pairs if component == "main" and Path(name).is_file()]


def read(path: Path) -> Iterator[str]:
    """The lines of an index; what apt has packed, apt unpacks."""
    if path.suffix not in {".lz4", ".gz", ".xz"}:
        with path.open(encoding="utf-8", errors="replace") as plain:
            yield from plain
        return
    command = ["/usr/lib/apt/apt-helper", "cat-file", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, errors="replace") as process:
        assert process.stdout is not None
        yield from process.stdout
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)


def candidates(lines: Iterable[str], kept: Kept) -> Candidates:
    """What each name could come from; foreign and debugging packages are no candidates."""
    found: Candidates = defaultdict(set)
    programs = set(kept["programs"].split())
    for line in lines:
        if not line.startswith(("usr/", "lib/")):
            continue
        path, _, packages = line.rstrip().rpartition(" ")
        for kind, name in _named(path.rstrip(), programs):
            able = {package for package in packages.split(",") if _able(kind, package)}
            if able:
                found[kind, name] |= able
    return found


def _named(path: str, programs: set[str]) -> Iterator[tuple[str, str]]:
    for kind, pattern in _PATHS:
        match = pattern.fullmatch(path)
        if match is None or re.search(r"\s", match[1]):
            continue
        if kind == "programs" and match[1] not in programs and not match[1].endswith("-config"):
            continue
        yield kind, match[1]


def _able(kind: str, package: str) -> bool:
    section, _, name = package.rpartition("/")
    if section.rpartition("/")[2] in _SECTIONS or _FOREIGN.search(name):
        return False
    return kind not in {"headers", "libraries"} or name.endswith("-dev") or section == "libdevel"


def chosen(found: Candidates, kept: Kept) -> Owners:
    """One package for each name: the preferred, else the plainest."""
    instead = kept["instead"]
    owners = {}
    for key, packages in found.items():
        best = min(packages, key=lambda package: rank(package, kept["preferred"]))
        name = best.rpartition("/")[2]
        owners[key] = instead.get(name, name)
    return owners


def rank(package: str, preferred: Mapping[str, str]) -> tuple[bool, bool, bool, int, int, str]:
    """Less is better: kept preferences, libdevel and -dev, few versions, short names."""
    section, _, name = package.rpartition("/")
    versions = len(re.findall(r"\d+(?:\.\d+)*", name))
    return (
        name not in preferred,
        section != "libdevel",
        not name.endswith("-dev"),
        versions,
        len(name),
        name,
    )


def collapsed(owners: Owners, kept: Kept) -> Owners:
    """Headers of one package in one folder as ``folder/``; common names are left out."""
    common = set(kept["common"].split())
    packages: dict[str, set[str]] = defaultdict(set)
    for (kind, name), package in owners.items():
        if kind == "headers":
            for folder in folders(name):
                packages[folder].add(package)
    kept_names: Owners = {}
    for (kind, name), package in owners.items():
        whole = (folder for folder in folders(name) if len(packages[folder]) == 1)
        entry = next(whole, name) if kind == "headers" else name
        if kind != "headers" or not _vague(entry, common):
            kept_names[kind, entry] = package
    return kept_names


def _vague(entry: str, common: set[str]) -> bool:
    first = next(folders(entry), entry)
    return entry.lower() in common or first.lower() in common or _deep(entry)


def _deep(entry: str) -> bool:
    """Whether it lies deeper than ``folder/folder/`` or ``folder/folder/header.h``."""
    return entry.count("/") > 2


def folders(name: str) -> Iterator[str]:
    """The folders of a header, widest first, each with its slash."""
    for match in re.finditer("/", name):
        yield name[: match.end()]


def uncurated(owners: Owners, curated: Mapping[str, Mapping[str, Any]]) -> Owners:
    """Without what the tables kept by hand answer."""
    by_hand = {
        (kind, name)
        for table in curated.values()
        for kind, names in table.items()
        if isinstance(names, list)
        for name in names
    }
    return {
        (kind, name): package
        for (kind, name), package in owners.items()
        if (kind, name) not in by_hand
        and not any((kind, folder) in by_hand for folder in folders(name))
    }


def bounded(owners: Owners) -> Owners:
    """Without the headers of a top-level folder that has more than ``_MOST`` entries of its own."""
    counts: dict[str, int] = defaultdict(int)
    for kind, name in owners:
        if kind == "headers":
            counts[next(folders(name), "")] += 1
    counts[""] = 0
    return {
        (kind, name): package
        for (kind, name), package in owners.items()
        if kind != "headers" or counts[next(folders(name), "")] <= _MOST
    }


def written(owners: Owners) -> str:
    """A line for each kind and package: ``kind TAB package TAB names``, all sorted."""
    names: dict[tuple[str, str], list[str]] = defaultdict(list)
    for (kind, name), package in sorted(owners.items()):
        names[kind, package].append(name)
    lines = ("\t".join((*key, " ".join(listed))) for key, listed in sorted(names.items()))
    return "".join(f"{line}\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main())

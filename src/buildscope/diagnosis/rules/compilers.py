"""What compilers and linkers say: headers, libraries, errors in the source."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from packaging.utils import canonicalize_name

from buildscope.diagnosis import system, tree
from buildscope.diagnosis.compiling import blamed, compiler_error, missing_include, within
from buildscope.diagnosis.remedies import advice, cause, extra, older
from buildscope.diagnosis.rules.capi import removed_from_c, was_pythons
from buildscope.diagnosis.rules.flags import flags_for
from buildscope.diagnosis.tables import distributions
from buildscope.model.failure import Remedy, SystemNeed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.diagnosis.facts import FailedPhase
    from buildscope.diagnosis.output import Line
    from buildscope.model.failure import Cause, Evidence

_LIBRARY = re.compile(
    r"(?:\bld(?:\.\w+)?: |collect2: )?(?:cannot find -l|library not found for -l|unable to find library -l|"
    r"library '(?=[\w.+-]+' not found))(?P<name>[\w.+-]+)|"
    r"LINK : fatal error LNK1181: cannot open input file '(?P<lib>[\w.+-]+?)(?:\.lib)?'"
)
_LOADED = re.compile(
    r"\blib(?P<name>[\w+-]+)\.(?:so|dylib)[\w.]*: cannot open shared object file|"
    r"Library not loaded: \S*?lib(?P<mac>[\w+-]+)\.[\w.]*dylib"
)
_LINK = re.compile(
    r"undefined reference to [`'\u2018](?P<symbol>[^'`\u2019]+)|Undefined symbols for architecture"
)
_CUDA = re.compile(
    r"^(cuda|cudnn|cublas|curand|cufft|cusparse|cusolver|nvToolsExt|nvml|thrust/|cub/|nv/)"
)
_STANDARD: Final = re.compile(
    r"^(std(io|lib|int|bool|def|arg)|string|math|stdalign|limits|errno|assert|ctype|time|"
    r"sys/types|unistd)\.h$"
)
_TOOLCHAINS: Final = (
    (_CUDA, "CUDA"),
    (re.compile(r"^(jni|jni_md|jvmti)\.h$"), "Java"),
    (re.compile(r"^mpi\.h$"), "MPI"),
    (_STANDARD, "C"),
    (re.compile(r"^(Qt\w+/.*|Q[A-Z]\w+|qglobal\.h)$"), "Qt"),
)
_OTHER_SYSTEM: Final = re.compile(
    r"(?i)^(windows|winsock2?|ws2tcpip|windef|winbase|io|conio|direct|process|atlbase|tchar|intrin|basetsd)\.h$|"
    r"^(Carbon|CoreFoundation|CoreServices|Foundation|AppKit|Cocoa|IOKit|ApplicationServices|Security)/|"
    r"^(mach/|mach-o/|objc/|libkern/|sys/event\.h|sys/sysctl\.h)"
)
_INTERFACE: Final = re.compile(r"[`'\u2018](?:struct )?_?Py(?:[A-Z]\w+|_\w+)")
"""A word of CPython's C interface, quoted by a compiler."""
_MOST = 3


def missing_header(facts: FailedPhase) -> Iterator[Cause]:
    """A header was not found: the system's, a distribution's, the project's own."""
    seen: set[str] = set()
    for line in facts.output.suspects:
        error = compiler_error(line)
        name = missing_include(error.text) if error is not None else None
        if error is None or name is None or name in seen:
            continue
        file = within(facts.project, error.file)
        if was_pythons(facts, name, file):
            continue
        seen.add(name)
        yield _header(facts, line, name, file)
        if len(seen) == _MOST:
            return


def missing_library(facts: FailedPhase) -> Iterator[Cause]:
    """The linker, or the program that loads it, did not find a library."""
    seen: set[str] = set()
    for line in facts.output.suspects:
        linked, loaded = _LIBRARY.search(line.text), _LOADED.search(line.text)
        found = linked or loaded
        name = next((group for group in found.groups() if group), None) if found else None
        if not name or name in seen:
            continue
        seen.add(name)
        who = "The linker" if linked else "The build"
        certain = linked is None and facts.chain and _LOADED.search(facts.chain[-1].text)
        yield cause(
            facts,
            "missing-library",
            f"{who} does not find the library {name}{system.which('libraries', name)}",
            facts.at_line(line),
            confidence="certain" if certain else facts.output_confidence(),
            remedies=[system.install("libraries", name)],
        )
        if len(seen) == _MOST:
            return


def compile_error(facts: FailedPhase) -> Iterator[Cause]:
    """The compiler rejects the source, and no other rule says why: its first error."""
    for line in facts.output.suspects:
        error = compiler_error(line)
        place = blamed(facts.output, line) if error is not None else None
        if error is None or place is None or not error.text or missing_include(error.text):
            continue
        if next(removed_from_c(facts), None) is not None:
            return
        then = _at_upload(facts)
        of_python = bool(then) and _INTERFACE.search(error.text) is not None
        version = ".".join(map(str, facts.python))
        where = f" with the headers of Python {version}" if of_python else ""
        yield cause(
            facts,
            "unsupported-python" if of_python else "compile-error",
            f"{within(facts.project, place.file)} line {place.line} does not compile{where}: {error.text[:200]}",
            facts.at_line(line),
            confidence=facts.output_confidence("likely"),
            remedies=[*flags_for(facts), *then],
        )
        return


def link_error(facts: FailedPhase) -> Iterator[Cause]:
    """The linker misses a symbol, or has it twice."""
    for line in facts.output.suspects:
        found = _LINK.search(line.text)
        flags = flags_for(facts) if found is None and "multiple definition" in line.text else []
        if found is None and not flags:
            continue
        symbol = (found["symbol"] if found else None) or "a symbol"
        what = f"does not find {symbol}" if found else "finds a symbol more than once"
        yield cause(
            facts,
            "compile-error",
            f"The linker {what}, which the compiled sources {'use' if found else 'define'}",
            facts.at_line(line),
            confidence=facts.output_confidence("likely"),
            remedies=flags,
        )
        return


def _header(facts: FailedPhase, line: Line, name: str, file: str) -> Cause:
    evidence = facts.at_line(line)
    table = distributions().headers
    brings = next(
        (d for entry, d in table.items() if name == entry or name.startswith(entry)), None
    )
    if brings is not None:
        return _from_distribution(facts, evidence, name, file, brings)
    if name == "Python.h":
        return _no_python_headers(facts, evidence)
    tool = next((tool for pattern, tool in _TOOLCHAINS if pattern.match(name)), None)
    if tool is not None:
        return system.toolchain(facts, evidence, tool, f"{file} includes {name}")
    if _OTHER_SYSTEM.match(name):
        return _other_system(facts, evidence, name, file)
    own = '"' in "".join(facts.output.after(line, 1)) and not system.is_known("headers", name)
    if own and tree.find_file(facts, name) is None and facts.project is not None:
        return cause(
            facts,
            "missing-source-file",
            f"{file} includes {name}, a file of the project's own that is not in this source tree",
            evidence,
            confidence="likely",
            remedies=[advice(f"take {name} from the project's repository, or build from there")],
        )
    return cause(
        facts,
        "missing-header",
        f"{file} includes {name}, which is not on this machine{system.which('headers', name)}",
        evidence,
        confidence=facts.output_confidence(),
        remedies=[system.install("headers", name)],
    )


def _from_distribution(
    facts: FailedPhase, evidence: Evidence, name: str, file: str, distribution: str
) -> Cause:
    version = facts.installed.get(canonicalize_name(distribution))
    if version is None:
        return cause(
            facts,
            "undeclared-build-requirement",
            f"{file} includes {name} of {distribution}, which nothing declares",
            evidence,
            confidence=facts.output_confidence(),
            remedies=[extra(distribution)],
        )
    major = version.partition(".")[0]
    return cause(
        facts,
        "incompatible-build-requirement",
        f"{file} includes {name}, which {distribution} {version} does not have, "
        "or has where the build does not look",
        evidence,
        confidence="likely",
        remedies=[older(facts, [f"{distribution}<{major}"])] if major.isdigit() else (),
    )


def _no_python_headers(facts: FailedPhase, evidence: Evidence) -> Cause:
    version = ".".join(map(str, facts.python))
    wanted = SystemNeed(
        kind="header", name="Python.h", apt=f"python{version}-dev", dnf=f"python{version}-devel"
    )
    said = (
        f"install them: apt install {wanted.apt} · dnf install {wanted.dnf}, "
        "or use a Python that has them, with -p"
    )
    return cause(
        facts,
        "missing-header",
        f"Python.h is not on this machine: the headers of Python {version} are not installed",
        evidence,
        remedies=[Remedy(summary=said, system=(wanted,))],
    )


def _other_system(facts: FailedPhase, evidence: Evidence, name: str, file: str) -> Cause:
    where = "macOS" if "/" in name else "Windows"
    return cause(
        facts,
        "compile-error",
        f"{file} includes {name}, a header of {where}: this release is not for this system",
        evidence,
        confidence="likely",
        remedies=[advice(f"build it on {where}, or look for another package")],
    )


def _at_upload(facts: FailedPhase) -> list[Remedy]:
    fitting = system.python_of_its_time(facts)
    return [fitting] if fitting is not None else []


RULES = (missing_header, missing_library, compile_error, link_error)

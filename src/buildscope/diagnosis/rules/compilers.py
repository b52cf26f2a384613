"""What compilers and linkers say: headers, libraries, errors in the source."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from buildscope.diagnosis import system, tree
from buildscope.diagnosis.compiling import blamed, compiler_error
from buildscope.diagnosis.remedies import advice, cause, extra, older
from buildscope.diagnosis.tables import distributions, python_removals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.diagnosis.facts import FailedPhase
    from buildscope.diagnosis.output import Line
    from buildscope.model.failure import Cause, Evidence, Remedy

_HEADER = re.compile(
    r"(?:Cannot open include file: )?['\"<]?(?P<name>[\w./+-]+?\.?(?:h|hh|hpp|hxx|inc|h\+\+)?)['\">]?"
    r"(?:: No such file or directory| file not found)"
)
_LIBRARY = re.compile(
    r"(?:\bld(?:\.\w+)?: |collect2: )?(?:cannot find -l|library not found for -l|unable to find library -l|"
    r"library '(?=[\w.+-]+' not found))(?P<name>[\w.+-]+)|"
    r"LINK : fatal error LNK1181: cannot open input file '(?P<lib>[\w.+-]+?)(?:\.lib)?'"
)
_LINK = re.compile(
    r"undefined reference to [`'\u2018](?P<symbol>[^'`\u2019]+)|Undefined symbols for architecture"
)
_CUDA = re.compile(
    r"^(cuda|cudnn|cublas|curand|cufft|cusparse|cusolver|nvToolsExt|nvml|thrust/|cub/|nv/)"
)
_MOST = 3


def missing_header(facts: FailedPhase) -> Iterator[Cause]:
    """A header was not found: the system's, a distribution's, the project's own."""
    seen: set[str] = set()
    for line in facts.output.suspects:
        error = compiler_error(line)
        found = _HEADER.match(error.text) if error is not None else None
        if error is None or found is None or found["name"] in seen or _is_pythons(found["name"]):
            continue
        seen.add(found["name"])
        yield _header(facts, line, found["name"], error.file)
        if len(seen) == _MOST:
            return


def missing_library(facts: FailedPhase) -> Iterator[Cause]:
    """The linker did not find a library."""
    seen: set[str] = set()
    for line in facts.output.suspects:
        found = _LIBRARY.search(line.text)
        name = found and (found["name"] or found["lib"])
        if not name or name in seen:
            continue
        seen.add(name)
        yield cause(
            facts,
            "missing-library",
            f"The linker does not find the library {name}{system.which('libraries', name)}",
            facts.at_line(line),
            confidence=facts.output_confidence(),
            remedies=[system.install("libraries", name)],
        )
        if len(seen) == _MOST:
            return


def compile_error(facts: FailedPhase) -> Iterator[Cause]:
    """The compiler rejects the source, and no other rule says why: its first error."""
    for line in facts.output.suspects:
        error = compiler_error(line)
        place = blamed(facts.output, line) if error is not None else None
        if error is None or place is None or not error.text or _HEADER.match(error.text):
            continue
        yield cause(
            facts,
            "compile-error",
            f"{place.file} line {place.line} does not compile: {error.text[:200]}",
            facts.at_line(line),
            confidence=facts.output_confidence("likely"),
            remedies=_at_upload(facts),
        )
        return


def link_error(facts: FailedPhase) -> Iterator[Cause]:
    """The linker misses a symbol."""
    for line in facts.output.suspects:
        found = _LINK.search(line.text)
        if found is not None:
            symbol = found["symbol"] or "a symbol"
            yield cause(
                facts,
                "compile-error",
                f"The linker does not find {symbol}, which the compiled sources use",
                facts.at_line(line),
                confidence=facts.output_confidence("likely"),
            )
            return


def _is_pythons(name: str) -> bool:
    """Whether the header is CPython's own, which the rules for interpreters explain."""
    return any(
        re.search(entry.pattern, f"fatal error: {name}: No such file")
        for entry in python_removals().c
    )


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
    if _CUDA.match(name):
        return system.toolchain(facts, evidence, "CUDA", f"{file} includes {name}")
    own = '"' in "".join(facts.output.after(line, 1)) and system.package("headers", name) is None
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
    return cause(
        facts,
        "missing-header",
        f"Python.h is not on this machine: the headers of Python {version} are not installed",
        evidence,
        remedies=[
            advice(
                f"install them: apt install python{version}-dev, or dnf install python3-devel, "
                "or use a Python that has them, with -p"
            )
        ],
    )


def _at_upload(facts: FailedPhase) -> list[Remedy]:
    fitting = system.python_of_its_time(facts)
    return [fitting] if fitting is not None else []


RULES = (missing_header, missing_library, compile_error, link_error)

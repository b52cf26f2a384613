"""Requirements that the project's code asks for in words, after it looked for them itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from packaging.utils import canonicalize_name

from buildscope.diagnosis.facts import place
from buildscope.diagnosis.remedies import cause, extra
from buildscope.diagnosis.tables import distribution_of
from buildscope.diagnosis.tree import has_file, has_module

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.diagnosis.facts import FailedPhase, Raised
    from buildscope.model.failure import Cause

_ASKS = re.compile(
    r"\b(?:requires?|required|prerequisites?|need(?:s|ed)?|must (?:be installed|first|install|have)|install(?:ed|ing)?|missing|"
    r"not (?:found|available|installed)|(?:could not|cannot|can't|unable to) (?:find|import))\b",
    re.IGNORECASE,
)
_NAMES: Final = {
    "cffi": "cffi",
    "cppy": "cppy",
    "cython": "Cython",
    "mpi4py": "mpi4py",
    "nanobind": "nanobind",
    "numpy": "numpy",
    "pkgconfig": "pkgconfig",
    "py-cpuinfo": "py-cpuinfo",
    "pybind11": "pybind11",
    "pythran": "pythran",
    "scikit-build": "scikit-build",
    "scipy": "scipy",
    "semantic-version": "semantic-version",
    "setuptools-rust": "setuptools-rust",
    "setuptools-scm": "setuptools-scm",
    "torch": "torch",
    "pytorch": "torch",
    "tensorflow": "tensorflow",
}
"""Build tools by the words in which messages name them; other words mean too many things."""
_INSTEAD = re.compile(
    r"tried to install|instead of|install \S+ instead|rather than|deprecated|renamed|has been (?:removed|replaced)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z][\w-]*\w")
_PXD = re.compile(r"'([\w./\\\\]+)\.pxd' not found")
_CYTHONS: Final = frozenset({"cpython", "cython", "libc", "libcpp", "openmp", "posix"})
_TAIL: Final = 12


def asks(facts: FailedPhase) -> Iterator[Cause]:
    """An error of the project's own says that a tool is required, and it is not there."""
    if not facts.chain or facts.nested:
        return
    raised = facts.chain[0]
    frame = raised.origin
    if frame is None or frame.owner != "project":
        return
    for text in _said(facts, raised):
        asked = _ASKS.search(text) and not _INSTEAD.search(text)
        wanted = _lacking(facts, text) if asked else []
        if wanted:
            yield cause(
                facts,
                "undeclared-build-requirement",
                f"{place(frame)} asks for {' and '.join(wanted)}, which nothing declares: {text[:200]}",
                facts.at_exception(raised),
                confidence="likely",
                remedies=[extra(*wanted)],
            )
            return


def not_cimported(facts: FailedPhase) -> Iterator[Cause]:
    """Cython does not find the declarations of a distribution that nothing declares."""
    for line in facts.output.suspects:
        found = _PXD.search(line.text)
        if found is None:
            continue
        top = re.split(r"[./\\\\]", found[1])[0]
        distribution = distribution_of(top)
        known = canonicalize_name(distribution) in facts.installed
        if known or not top or top in _CYTHONS or has_file(facts, top) or has_module(facts, top):
            continue
        yield cause(
            facts,
            "undeclared-build-requirement",
            f"{facts.subject} cimports {top}, which nothing declares",
            facts.at_line(line),
            confidence=facts.output_confidence(),
            remedies=[extra(distribution)],
        )
        return


def _said(facts: FailedPhase, raised: Raised) -> list[str]:
    """The exception's message by lines; where it is a mere exit code, what was printed last."""
    message = raised.exception.message.strip()
    if message and not message.lstrip("-").isdigit():
        return [" ".join(message.split())]
    lines = (*facts.output.tail("stderr", _TAIL), *facts.output.tail("stdout", _TAIL))
    return [line.text.strip() for line in lines if 'File "' not in line.text]


def _lacking(facts: FailedPhase, text: str) -> list[str]:
    words = (_NAMES.get(canonicalize_name(word)) for word in _WORD.findall(text))
    wanted = dict.fromkeys(word for word in words if word)
    return [name for name in wanted if canonicalize_name(name) not in facts.installed]


RULES = (asks, not_cimported)

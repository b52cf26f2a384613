"""Sentences in which ``setup.py``, ``configure`` and CMake files say what the machine lacks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from packaging.utils import canonicalize_name

from buildscope.diagnosis import system
from buildscope.diagnosis.messages import read_severity
from buildscope.diagnosis.output import STREAMS
from buildscope.diagnosis.tables import is_standard

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.diagnosis.facts import FailedPhase
    from buildscope.model.failure import Cause, Evidence
    from buildscope.model.names import Confidence

_NAME = r"['\"`\u2018]?(?P<name>[A-Za-z][\w+-]*(?:\.\d[\w.]*|\.[A-Za-z]\w*)?(?: DB)?)['\"`\u2019]?"
_KIND = (
    r"(?P<kind>(?: (?:C|C\+\+|development|dev|devel|shared|static|system|library|header|include|compiler))*"
    r" (?:librar(?:y|ies)|headers?|libs?|files?|packages?|includes?|installation|SDK|compiler|development files))"
)
_FILLER = r"(?:(?:a|an|the|any|your|system|required|local|suitable|working|valid|usable|C|installed|library|libraries|headers?|program|client) )*"
_UNFOUND = r"(?:not|n't) (?:be )?(?:found|installed|available|detected|present|located)"
_HEADER = (
    re.compile(
        rf"['\"<]?(?P<name>[\w./+-]+\.h(?:pp)?)['\">]?(?: header)?(?: file)? (?:was |is |could |can)?{_UNFOUND}"
    ),
    re.compile(
        r"(?:[Cc]ould not|[Cc]ouldn't|[Cc]an ?not|[Cc]an't|[Uu]nable to|[Dd]id not) (?:find|locate|include) "
        r"(?:the )?(?:header )?(?:file )?['\"<]?(?P<name>[\w./+-]+\.h(?:pp)?)\b"
    ),
    re.compile(r"[Mm]issing (?:the )?(?:header )?(?:file )?['\"<]?(?P<name>[\w./+-]+\.h(?:pp)?)\b"),
)
_SENTENCES = (
    re.compile(
        r"(?:[Cc]ould not|[Cc]ouldn't|[Cc]an ?not|[Cc]an't|[Uu]nable to|[Dd]id not|[Ff]ailed to) "
        rf"(?:find|locate|detect|load|link (?:to|with|against)) {_FILLER}{_NAME}{_KIND}?(?=[\s.,;:!)'\"]|$)"
    ),
    re.compile(
        rf"(?<![\w-]){_NAME}{_KIND}?(?: (?:or|and) (?:its )?(?:headers?|librar(?:y|ies)|development files))?"
        rf",? (?:(?:is|are|was|were|could|can|has|have|but|required|needed|appears?|seems?|to be|been) ?)*{_UNFOUND}"
    ),
    re.compile(
        r"(?:[Pp]lease|[Nn]eed to|[Mm]ust|[Ss]hould|[Hh]ave to|[Tt]ry to|^[Ii]nstall(?= )|^) ?(?:first )?[Ii]nstall "
        rf"{_FILLER}{_NAME}{_KIND}?(?=[\s.,;:!)'\"]|$)"
    ),
    re.compile(
        rf"(?<![\w-]){_NAME}{_KIND}?,? (?:(?:is|are) (?:required|needed|missing|a prerequisite)|must be installed)"
    ),
    re.compile(
        rf"(?:[Mm]ake sure|[Ee]nsure|[Cc]heck) (?:that )?{_FILLER}{_NAME}(?: and \w+)?{_KIND}? (?:is|are) (?:properly )?installed"
    ),
    re.compile(
        rf"[Mm]issing (?:required )?{_FILLER}(?:librar(?:y|ies)|dependenc(?:y|ies)|headers?):? {_NAME}(?P<kind>)"
    ),
    re.compile(rf"^\*\*\* Could not run {_NAME}(?P<kind>) test program"),
    re.compile(rf"could not be found for (?:the )?{_NAME}(?P<kind>)"),
    re.compile(rf"[Nn]o {_FILLER}{_NAME}{_KIND}? (?:was |were )?(?:found|detected|available)"),
)
_FOUND_AS: Final[dict[str, tuple[system.Kind, str]]] = {
    "boost.python": ("cmake", "Boost"),
    "berkeley db": ("headers", "db.h"),
    "jpeg": ("headers", "jpeglib.h"),
    "gtk+": ("pkgconfig", "gtk+-3.0"),
    "hdf5": ("headers", "hdf5.h"),
    "libcap": ("headers", "sys/capability.h"),
    "libpcap": ("headers", "pcap.h"),
    "libxml2": ("pkgconfig", "libxml-2.0"),
    "freetype": ("pkgconfig", "freetype2"),
    "mysql": ("headers", "mysql.h"),
    "odbc": ("headers", "sql.h"),
    "openssl": ("headers", "openssl/ssl.h"),
    "postgresql": ("headers", "libpq-fe.h"),
    "protobuf": ("programs", "protoc"),
    "qt": ("programs", "qmake"),
    "zlib": ("headers", "zlib.h"),
}
_PYTHONS: Final = re.compile(
    r"python|numpy|cython|pybind11|torch|setuptools|pip|wheel|cuda|rust|fortran|nvcc|cargo|rustc|java|jdk|compiler|"
    r"mpi|node|nodejs|npm|go"
)
"""What other rules explain."""
_PLAIN: Final = re.compile(
    r"it|this|that|files?|library|libraries|headers?|packages?|modules?|version|dependency|dependencies|command|"
    r"program|sources?|the|and|or|which|they|them|directory|path|pkg-config|development|required|build"
)
_TAIL: Final = 25
_LAST: Final = 12
_CMAKE_ERROR = re.compile(r"^\s*CMake Error")
_CONFIGURES: Final = ("configure: error:", "*** Could not run ")
_CMAKE_NEAR: Final = 3
_KINDS: Final[tuple[system.Kind, ...]] = ("pkgconfig", "libraries", "cmake", "programs")
_NOT_SENTENCES: Final = frozenset(
    {
        "ModuleNotFoundError",
        "ImportError",
        "FileNotFoundError",
        "AttributeError",
        "SyntaxError",
        "NameError",
    }
)


def worded(facts: FailedPhase) -> Iterator[Cause]:
    """The build's own words name a header, a library or a program that is not there."""
    seen: set[str] = set()
    for text, evidence, confidence in _said(facts):
        found = _need(facts, text)
        if found is None or found[1] in seen:
            continue
        kind, name = found
        seen.add(name)
        yield system.missing(facts, kind, name, evidence, confidence)
        if len(seen) == 2:
            return


def _said(facts: FailedPhase) -> Iterator[tuple[str, Evidence, Confidence]]:
    """The project's own words: of exceptions that it raised, then those it printed at the end."""
    for raised in facts.chain:
        frame = raised.origin
        if frame is None or frame.owner != "project" or raised.exception.type in _NOT_SENTENCES:
            continue
        for text in raised.exception.message.splitlines()[:_TAIL]:
            yield text, facts.at_exception(raised), raised.confidence
    if not facts.output_decides:
        return
    ends = {line for stream in STREAMS for line in facts.output.tail(stream, _TAIL)}
    last = {line for stream in STREAMS for line in facts.output.tail(stream, _LAST)}
    leaves = bool(facts.chain) and facts.chain[0].exception.type == "SystemExit"
    own = leaves and facts.chain[0].origin is not None and facts.chain[0].origin.owner == "project"
    error = None
    for line in facts.output.suspects:
        if _CMAKE_ERROR.match(line.text):
            error = line
        in_error = error is not None and error.stream == line.stream
        told = line.text.startswith(_CONFIGURES) or (
            in_error and error is not None and line.number - error.number <= _CMAKE_NEAR
        )
        if told or (own and line in ends and read_severity(line.text) != "warning"):
            sure: Confidence = "certain" if told or line in last else "likely"
            yield line.text, facts.at_line(line), sure


def _need(facts: FailedPhase, text: str) -> tuple[system.Kind, str] | None:
    if text.lstrip().startswith(("--", "#", "from ", "import ")):
        return None
    for pattern in _HEADER:
        if found := pattern.search(text):
            return "headers", found["name"]
    for pattern in _SENTENCES:
        for found in pattern.finditer(text):
            need = _resolved(facts, found["name"], found["kind"] or "")
            if need is not None:
                return need
    return None


def _resolved(facts: FailedPhase, name: str, kind: str) -> tuple[system.Kind, str] | None:
    """What the tables know by that name, or by one that it is known by; else a library."""
    plain = name.lower().removesuffix("-devel").removesuffix("-dev")
    brought = canonicalize_name(name) in facts.installed and not kind
    if _PLAIN.fullmatch(plain) or _PYTHONS.fullmatch(plain) or is_standard(name) or brought:
        return None
    bare = plain.removeprefix("lib")
    known = _known(name, plain, bare)
    if known is not None:
        return known
    if bare != name.lower() or re.search(r"librar|header|lib|development|includes", kind):
        return "libraries", bare
    return None


def _known(name: str, plain: str, bare: str) -> tuple[system.Kind, str] | None:
    found = _FOUND_AS.get(plain) or _FOUND_AS.get(bare)
    if found is not None:
        return found
    for kind in _KINDS:
        for one in (name, plain, f"lib{bare}", bare):
            if system.is_known(kind, one):
                return kind, one
    header = f"{bare}.h"
    return ("headers", header) if system.is_known("headers", header) else None


RULES = (worded,)

"""How each tool writes its errors and warnings: one anchored pattern a form.

Every pattern is matched at the beginning of a line, and ends where the message's text begins.
No repetition stands in another one or beside one of the same characters, so that reading a
line is linear in its length (``tests/test_messages.py`` checks the structure). The forms are
those of the tools' own sources and of logs of real builds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from buildscope.diagnosis.messages.message import Severity


@dataclass(frozen=True, slots=True)
class Format:
    """One form; without a ``severity`` of its own the group of that name has it.

    ``tool`` is what the form belongs to, where the group of that name does not tell.
    """

    tool: str
    pattern: re.Pattern[str]
    severity: Severity | None = None


_INDENT = r"[ \t]*(?:\d{1,4}>)?"
_LINE, _COLUMN = r"(?P<line>\d{1,9})", r"(?P<column>\d{1,9})"
_DRIVE = r"(?:[A-Za-z]:(?=[\\/]))?"
_NAME = rf"(?P<file>{_DRIVE}[^\s:'\"()|>][^:'\"()]*|<[\w -]+>)"
_AT = rf"{_INDENT}{_NAME}:{_LINE}(?:[:.,]{_COLUMN})?(?:-\d{{1,9}})?(?:\.\d{{1,9}})?\s?:\s?"
_AT_PARENTHESES = (
    rf"{_INDENT}(?P<file>{_DRIVE}[^\s:'\"()|>][^:'\"]*)"
    rf"\({_LINE}(?:,{_COLUMN})?(?:[,-]\d{{1,9}}){{0,3}}\)\s?:\s?"
)
_SEVERITY = (
    r"(?P<severity>(?:(?:[Ff]atal|catastrophic|internal(?: compiler)?|Command line) )?[Ee]rror"
    r"|ERROR|FATAL|CRITICAL|fatal|[Ww]arning|WARNING|DEPRECATION|[Nn]ote|NOTE|remark"
    r"|Command line warning|sorry, unimplemented)"
)
_CODE = r"(?: trying to exec '[^']*'| ?\[\w+\]| (?:[A-Z]{0,4}|#)\d+(?:-D)?)?"
_SAID = _SEVERITY + _CODE + r"[ \t]{0,4}:(?=\s|$)(?!\s*\d+\s*$)\s?"
_PATH = r"(?:[^\s:]*[/\\])?"
_LINKER = r"(?:[\w-]*-)?(?:ld|ld\.\w+|ld64\.lld|lld|lld-link|wasm-ld|mold)(?:-\d+)?"
_RAISED = r"(?:Error|Exception|Exit|Interrupt|Unavailable|Failure|Failed|NotFound|NotInstalled)"


def _form(tool: str, pattern: str, severity: Severity | None = None) -> Format:
    return Format(tool, re.compile(pattern), severity)


FORMATS: Final = (
    # gcc, clang, gfortran, the assembler, Cython's warnings, meson, SWIG, bison
    _form(
        "meson",
        rf"{_INDENT}(?P<file>{_DRIVE}[^\s:'\"()|>][^:'\"()]*\.(?:build|options)|meson\.build)"
        rf":{_LINE}(?::{_COLUMN})?: {_SAID}",
    ),
    _form("", _AT + _SAID),
    _form("", _AT_PARENTHESES + _SAID),
    _form("python", _AT + r"(?P<severity>\w*Warning):\s"),
    _form(
        "cython",
        r"[ \t]*(?:(?P<severity>warning|performance hint): )?"
        rf"(?P<file>{_DRIVE}[^\s:'\"()][^:'\"()]*\.p(?:yx|xd|xi)):{_LINE}:{_COLUMN}:\s?",
    ),
    _form("make", _AT + r"\*\*\* ", "error"),
    _form(
        "gcc",
        r"[ \t]*(?:In file included )?from " + _NAME + rf":{_LINE}(?::{_COLUMN})?[:,]",
        "note",
    ),
    _form("gfortran", _AT + r"$", "note"),
    _form("g++", _AT + r"(?=(?:recursively )?required (?:from|by)|in (?:constexpr )?exp)", "note"),
    # linkers
    _form(
        "ld",
        rf"[ \t]*(?:{_PATH}{_LINKER}: )?(?:[^\s:]+\.o:)?{_NAME}"
        rf":(?:{_LINE}|\([^()]*\)): (?=undefined reference|multiple definition)",
        "error",
    ),
    _form("ld", rf"{_PATH}{_LINKER}: [^\n]{{0,400}}: in function ", "note"),
    _form(
        "ld",
        rf"{_PATH}(?P<tool>{_LINKER}): (?:warning: |(?=skipping |NOTE: |[^\n]{{0,400}}: warning: ))",
        "warning",
    ),
    _form("ld", rf"{_PATH}(?P<tool>{_LINKER}): (?:error: |fatal: )?", "error"),
    _form("ld", r"Undefined symbols for architecture ", "error"),
    _form("ld", r">>> (?:referenced by|defined at) " + _NAME + ":" + _LINE, "note"),
    _form("gcc", r"(?:\S*-)?(?P<tool>cc1(?:plus)?|f951): (?=(?:all|some) warnings being)", "error"),
    # programs that name themselves, Visual C++, nvcc
    _form("ninja", r"(?P<tool>ninja|samu): build stopped: ", "error"),
    _form(
        "make", rf"{_PATH}(?P<tool>[\w-]*make)(?:\[\d+\])?: \*\*\* (?![^\n]*\(ignored\)$)", "error"
    ),
    _form(
        "make",
        rf"{_PATH}(?P<tool>[\w-]*make)(?:\[\d+\])?: (?=[^\s:]+: (?:Command not found|No such file))",
        "error",
    ),
    _form("", rf"{_INDENT}{_PATH}(?P<tool>[A-Za-z][\w.+-]*)(?:\([\w.]+\))?(?:\[\d+\])? ?: {_SAID}"),
    _form("nvcc", rf"(?P<tool>nvcc|ptxas|nvlink|fatbinary|cicc|cudafe\+\+) {_SAID}"),
    _form(
        "sh",
        rf"{_PATH}(?P<tool>[\w.-]*sh|env|configure(?=: line )): (?:(?:line )?\d{{1,9}}: )?"
        r"(?=[^\n]*(?:not found|No such file or directory|Permission denied|syntax error)\b)",
        "error",
    ),
    # CMake, ninja, scikit-build-core, maturin, npm
    _form(
        "cmake",
        r"CMake (?:Deprecation )?(?P<severity>Error|Warning)(?: \(dev\))?"
        rf"(?: (?:at|in) {_NAME}(?::{_LINE} \([^()]*\))?)?:\s?",
    ),
    _form("cmake", r"-- Configuring incomplete, errors occurred!", "error"),
    _form("cmake", r"\*\*\* (?=CMake \w+ failed)", "error"),
    _form("ninja", r"FAILED: (?:\[code=\d+\] )?", "error"),
    _form("maturin", "\N{COLLISION SYMBOL} (?=maturin failed)", "error"),
    _form("npm", r"npm (?:ERR!|error) ", "error"),
    # cargo, rustc
    _form("rustc", r"[ \t]*(?:-->|:::) " + _NAME + rf":{_LINE}:{_COLUMN}$", "note"),
    _form(
        "rust",
        rf"thread '[^']*' (?:\(\d+\) )?panicked at {_NAME}:{_LINE}:{_COLUMN}:",
        "error",
    ),
    _form("rust", r"thread '[^']*' (?:\(\d+\) )?panicked at (?=')", "error"),
    _form("cargo", r"cargo::?(?P<severity>warning|error)="),
    # pkg-config
    _form("pkg-config", r"(?=Package \S+ was not found in the pkg-config search path)", "error"),
    _form("pkg-config", r"(?=Package '[^']*', required by '[^']*', not found)", "error"),
    _form("pkg-config", r"(?=No package '[^']*' found)", "error"),
    # Python, setuptools, pip, uv, git, and all that begin with the word
    _form("python", r"[ \t|+]*File \"(?P<file>[^\"]+)\", line " + _LINE, "note"),
    _form("python", rf"(?: {{6}}|[ +]*\| )?(?=[A-Za-z_][\w.]*{_RAISED}(?::\s|:?$))", "error"),
    _form("rustc", r"(?P<severity>error)\[E\d+\]: "),
    _form("setuptools", r" {0,8}(?P<severity>error): (?=command \S+ (?:failed|terminated))"),
    _form("git", r"(?P<severity>fatal): (?!\d+\s*$)"),
    _form("", r" {0,8}" + _SAID),
    _form("python", r"(?P<severity>ERROR|CRITICAL|WARNING):(?=[\w.]+:)"),
    _form("", r" {0,8}\[(?P<severity>ERROR|FATAL|WARNING|WARN)\] "),
    _form("", r" {0,8}\N{MULTIPLICATION SIGN} (?=\S)", "error"),
)
"""Tried in this order."""

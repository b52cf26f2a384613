"""Compiler options with which sources for an older compiler are accepted by today's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from buildscope.diagnosis.compiling import compiler_error
from buildscope.diagnosis.remedies import remedy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.diagnosis.facts import FailedPhase
    from buildscope.model.failure import Remedy

_AS_ERROR = re.compile(r"\[-Werror=([\w+-]+?)=?\]\s*$")
_REFUSED = re.compile(r"\[-W((?!error|fatal)[\w+-]+)(?:,[^\]]*)?\]\s*$")
_OLD_CXX = re.compile(
    r"ISO C\+\+(?:17|1z|20) does not allow|"
    r"(?:no (?:member|template|type) named|[\u2018'](?:std::)?)\s*.?"
    r"(?:auto_ptr|random_shuffle|unary_function|binary_function|bind1st|bind2nd|ptr_fun|mem_fun|unexpected)\b|"
    r"reference to .byte. is ambiguous"
)
_OLD_C = re.compile(
    r"cannot be (?:defined via|used as a function)[^\n]*typedef|.bool. cannot be defined via|"
    r"two or more data types in declaration specifiers"
)
_PERMISSIVE: Final = "[-fpermissive]"
_TWICE: Final = "multiple definition of"


def flags_for(facts: FailedPhase) -> list[Remedy]:
    """What ``CFLAGS`` and ``CXXFLAGS`` may add, where every kind of error asks for it."""
    wanted = list(dict.fromkeys(_flags(facts)))
    if not wanted:
        return []
    told = " ".join(wanted)
    names = ("CFLAGS", "CXXFLAGS")
    env = {name: f"{facts.settings.env.get(name, '')} {told}".strip() for name in names}
    return [remedy(f"compile as older compilers did, with {told}", env=env)]


def _flags(facts: FailedPhase) -> Iterator[str]:
    for line in facts.output.suspects:
        text = line.text
        if _TWICE in text:
            yield "-fcommon"
            continue
        if compiler_error(line) is None:
            continue
        as_error, refused = _AS_ERROR.search(text), _REFUSED.search(text)
        if as_error is not None:
            yield f"-Wno-error={as_error[1]}"
        elif refused is not None:
            yield f"-Wno-{refused[1]}"
        elif _PERMISSIVE in text:
            yield "-fpermissive"
        elif _OLD_CXX.search(text):
            yield "-std=gnu++14"
        elif _OLD_C.search(text):
            yield "-std=gnu17"

"""The C interface of one CPython, from its headers: their names, words, members of structures."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path

Kept: TypeAlias = Mapping[str, Any]
"""What ``cpython_kept.toml`` holds."""


class RemovalsError(Exception):
    """An interpreter or a compiler did not do its part."""


def public_headers(include: Path) -> set[str]:
    """Public headers, relative to ``include``."""
    found = (path.relative_to(include) for path in include.rglob("*.h"))
    return {path.as_posix() for path in found if path.parts[0] != "internal"}


def code(include: Path) -> str:
    """The text of all public headers, without comments."""
    texts = (
        (include / name).read_text("utf-8", "replace") for name in sorted(public_headers(include))
    )
    text = re.sub(r"/\*.*?\*/", " ", "\n".join(texts), flags=re.DOTALL)
    return re.sub(r"//[^\n]*", "", text)


def words(include: Path) -> set[str]:
    """Every identifier of two characters or more."""
    return set(re.findall(r"\b[A-Za-z_]\w+\b", code(include)))


def members(include: Path, kept: Kept, compiler: str) -> list[str]:
    """The ``Structure.member`` that the compiler accepts after ``#include <Python.h>``."""
    rules = kept["members"]
    tried = [
        (structure, word)
        for word in sorted(declared(code(include), rules["prefixed"]))
        for structure in structures(word, rules)
    ]
    names = ["Python.h", *(name for name in rules["headers"].split() if (include / name).is_file())]
    lines = [f"#include <{name}>" for name in names]
    before = len(lines) + 1
    lines += [
        f"void f{index}(void) {{ (void)(({structure} *)0)->{word}; }}"
        for index, (structure, word) in enumerate(tried)
    ]
    refused = rejected("\n".join(lines), include, compiler)
    return [".".join(pair) for line, pair in enumerate(tried, before) if line not in refused]


def declared(text: str, prefixes: Iterable[str]) -> set[str]:
    """Words that may be members, those too that a macro pastes together: ``prefix##_frame``."""
    plain = r"\b([a-z]\w+)\s*(?:\[[^\]]*\]|:\s*\d+)?\s*[;,]|\(\*\s*([a-z]\w+)\)"
    found = {first or second for first, second in re.findall(plain, text)}
    endings = {word.lstrip("_") for word in re.findall(r"##\s*([a-z_]\w+)", text)}
    return found | {prefix + ending for prefix in prefixes for ending in endings}


def structures(word: str, rules: Mapping[str, Any]) -> list[str]:
    """Those that can have a member of this name."""
    for prefix, names in rules["prefixed"].items():
        if word.startswith(prefix):
            return str(names).split()
    return str(rules["plain"]).split()


def rejected(source: str, include: Path, compiler: str) -> set[int]:
    """The lines with an error; raises ``RemovalsError`` for a header that is lacking."""
    ran = subprocess.run(
        [
            compiler,
            "-fsyntax-only",
            "-w",
            "-fmax-errors=0",
            "-fno-diagnostics-show-caret",
            f"-I{include}",
            "-xc",
            "-",
        ],
        input=source,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "LC_ALL": "C"},
        check=False,
    )
    if fatal := re.search(r"^.*fatal error: .*$", ran.stderr, re.MULTILINE):
        raise RemovalsError(f"headers in {include}: {fatal[0]}")
    # The error of a word that is a macro stands in the header, a note of it here.
    told = re.findall(r"^<stdin>:(\d+):\d+: (?:error:|note: in exp)", ran.stderr, re.MULTILINE)
    return {int(line) for line in told}

"""A ``setup.py`` that asks git for its version, given the answer in the place of the question."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final

from buildscope.diagnosis.source_edits import Change, changed, dotted, parsed

if TYPE_CHECKING:
    from collections.abc import Iterator

_ASKS: Final = frozenset({"check_output", "getoutput"})
_VERSION: Final = frozenset({"describe", "tag"})
_TEXTUAL: Final = frozenset({"text", "universal_newlines", "encoding"})
_TABLE: Final = ("[tool.versioningit]", "[tool.hatch.version]")


def with_answer(text: str, line: int, version: str) -> str | None:
    """``text`` where the call of git that begins or goes on in ``line`` is its answer.

    ``None`` where there is none, or git is asked for something else than a version.
    """
    tree = parsed(text)
    if tree is None:
        return None
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    there = (one for one in calls if one.lineno <= line <= (one.end_lineno or 0))
    question = next((one for one in there if _asks_for_version(one)), None)
    return changed(text, [Change(question, _answer(question, version))]) if question else None


def with_default_version(text: str, version: str) -> str | None:
    """A ``pyproject.toml`` that tells versioningit the version; ``None`` where it is not used."""
    for header in _TABLE:
        at = re.search(rf"(?m)^{re.escape(header)}[ \t]*\r?$", text)
        if at is not None and "versioningit" in text and "default-version" not in text:
            return f'{text[: at.end()]}\ndefault-version = "{version}"{text[at.end() :]}'
    return None


def _asks_for_version(call: ast.Call) -> bool:
    if dotted(call.func).rpartition(".")[2] not in _ASKS:
        return False
    words = set(_words(call))
    return "git" in words and bool(words & _VERSION)


def _words(call: ast.Call) -> Iterator[str]:
    for argument in call.args[:1]:
        for node in ast.walk(argument):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield from node.value.split()


def _answer(call: ast.Call, version: str) -> str:
    """Bytes, or text where the call asks for that."""
    named = {one.arg for one in call.keywords}
    textual = dotted(call.func).endswith("getoutput") or bool(named & _TEXTUAL)
    return f'"{version}"' if textual else f'b"{version}"'

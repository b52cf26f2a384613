"""Unified diffs that both ``patch -p1`` and ``git apply`` take."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_NO_NEWLINE: Final = "\\ No newline at end of file\n"


def make_patch(project: Path, files: Mapping[str, str]) -> str:
    """What makes ``files`` (path in the project, ``/`` between parts: whole new text) of ``project``.

    Files that are not there are new; bytes that are no UTF-8 are surrogates, as they are in the
    new texts. Empty where nothing differs.
    """
    return "".join(file_patch(path, _read(project / path), files[path]) for path in sorted(files))


def file_patch(path: str, before: str | None, after: str) -> str:
    """The difference of one file as git writes it: so a new file may be empty, a name have spaces.

    ``before`` is ``None`` for a new file. Empty where nothing differs.
    """
    if before == after:
        return ""
    tab = "\t" if " " in path else ""
    head = f"diff --git a/{path} b/{path}\n"
    origin = f"a/{path}{tab}"
    if before is None:
        head += "new file mode 100644\n"
        origin = "/dev/null"
    lines = difflib.unified_diff(_lines(before or ""), _lines(after), origin, f"b/{path}{tab}")
    return head + "".join(x if x.endswith("\n") else f"{x}\n{_NO_NEWLINE}" for x in lines)


def _lines(text: str) -> list[str]:
    """Lines as ``patch`` knows them; ``splitlines`` also ends one at a form feed."""
    *whole, rest = text.split("\n")
    return [f"{line}\n" for line in whole] + ([rest] if rest else [])


def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return None

"""One mark a phase, and what stands in for every mark on a terminal without UTF-8."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from buildscope.model.run import Attempt, PhaseRun
    from buildscope.tui.view.rows import Piece

MARKS: Mapping[str, Piece] = {
    "pending": ("·", "dim"),
    "running": ("▸", "running"),
    "paused": ("▹", "warned"),
    "passed": ("✓", "passed"),
    "warned": ("!", "warned"),
    "failed": ("✗", "failed"),
    "carried": ("=", "carried"),
    "skipped": ("-", "dim"),
    "cancelled": ("x", "warned"),
}
"""Status to mark and style; ``warned`` is a phase that passed with a warning."""

_ASCII = {
    "·": ".",
    "▸": ">",
    "▾": "v",
    "▹": ">",
    "✓": "+",
    "✗": "X",
    "❱": ">",
    "▎": "|",
    "▌": "|",
    "│": "|",
    "─": "-",
    "━": "=",
    "├": "|",
    "└": "`",
    "→": ">",
    "↑": "^",
    "↓": "v",
    "…": "~",
}
_TRANSLATED = str.maketrans(_ASCII)


def to_ascii(text: str) -> str:
    """``text`` with our own symbols in ASCII, one cell for one cell, and all else as ``?``."""
    return text.translate(_TRANSLATED).encode("ascii", errors="replace").decode("ascii")


def has_unicode(environ: Mapping[str, str], encoding: str) -> bool:
    """Whether a terminal with that output encoding shows the marks (the Linux console does not)."""
    named = encoding.lower().replace("-", "").replace("_", "")
    return named == "utf8" and environ.get("TERM", "") not in {"linux", "dumb"}


def mark(attempt: Attempt, run: PhaseRun) -> Piece:
    """The mark of one phase of an attempt."""
    pause = attempt.paused
    if pause is not None and (pause.phase, pause.when) == (run.name, "before"):
        return MARKS["paused"]
    if run.status == "passed" and any(
        warned.evidence is not None and warned.evidence.phase == run.name
        for warned in attempt.warnings
    ):
        return MARKS["warned"]
    return MARKS[run.status]


def marks(attempt: Attempt) -> tuple[Piece, ...]:
    """The nine marks of an attempt."""
    return tuple(mark(attempt, run) for run in attempt.phases)

"""The Source tab: the files of the tree, one file, and what was edited."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from buildscope.reports.sanitize import TAB_WIDTH
from buildscope.tui.view.remembered import remembered
from buildscope.tui.view.rows import Row, row
from buildscope.tui.view.syntax import highlight
from buildscope.tui.view.units import plural, size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.model.run import Attempt

_NAME = 44
_MARGIN = 7
_FIRST = ("pyproject.toml", "setup.py", "setup.cfg")
_PATCH = {"+": "passed", "-": "failed", "@": "accent"}


@dataclass(frozen=True, slots=True)
class Opened:
    """The line (from 1) that a file was opened at, and what was said of it there."""

    line: int
    column: int = 0
    text: str = ""


@remembered
def list_rows(
    attempt: Attempt | None, files: tuple[tuple[str, int], ...], patch: str
) -> tuple[Row, ...]:
    """The tree, what builds read first; enter on a file opens it, ``o`` edits it."""
    if attempt is None or attempt.source is None:
        return (row(("There is no source yet.", "dim")),)
    source = attempt.source
    return (
        row((source.project, "strong")),
        row((f"{source.origin} · {plural(len(files), 'file')}", "dim")),
        *_state(attempt),
        row(),
        *_edited(patch),
        *_files(attempt, files),
    )


@remembered
def file_rows(
    path: str,
    text: tuple[int, tuple[str, ...]],
    marked: int | None,
    opened: Opened | None = None,
) -> tuple[Row, ...]:
    """One file, with numbers; ``marked`` is the line (from 1) that matters.

    ``text`` is the number of the first line and the lines. What ``opened`` says of its line
    stands below that, with the column marked.
    """
    first, lines = text
    verb = "not of this project: read only" if PurePath(path).is_absolute() else "o edits this one"
    head = row((path, "strong"), (f"   esc lists the files · {verb}", "dim"))
    coloured = highlight(lines, path)
    rows = [head, *(_line(path, at, pieces, marked) for at, pieces in enumerate(coloured, first))]
    if opened is not None and opened.text and 0 <= opened.line - first < len(lines):
        at = opened.line - first
        rows.insert(at + 2, _said(lines[at], opened))
    return tuple(rows)


def _said(line: str, opened: Opened) -> Row:
    before = line[: max(opened.column - 1, 0)].expandtabs(TAB_WIDTH)
    caret = f"{' ' * len(before)}^ " if opened.column else ""
    return row((" " * _MARGIN + caret + opened.text, "failed"))


def _line(path: str, number: int, pieces: tuple[tuple[str, str], ...], marked: int | None) -> Row:
    arrow = "❱" if number == marked else " "
    style = "strong" if number == marked else "dim"
    return row((arrow, "failed"), (f"{number:>5} ", style), *pieces, where=(path, number))


def _state(attempt: Attempt) -> Iterator[Row]:
    if attempt.dirty:
        yield row(("dirty: ", "warned"), "it went on in the tree that its parent left")
    changes = attempt.tree_changes
    if changes is not None:
        counts = (len(changes.created), len(changes.changed), len(changes.removed))
        yield row(("hooks created {}, changed {}, removed {} files here".format(*counts), "dim"))


def _edited(patch: str) -> Iterator[Row]:
    if not patch:
        return
    yield row(("Edited", "strong"), ("   w takes it away as a patch", "dim"))
    for line in patch.rstrip("\n").split("\n"):
        yield row("  ", (line, _PATCH.get(line[:1], "")))
    yield row()


def _files(attempt: Attempt, files: tuple[tuple[str, int], ...]) -> Iterator[Row]:
    first = [found for found in files if found[0] in _FIRST]
    first.sort(key=lambda found: _FIRST.index(found[0]))
    for name, count in (*first, *(found for found in files if found[0] not in _FIRST)):
        edited = ("  edited", "warned") if name in attempt.settings.edits else ("", "")
        yield row(
            f"{name:<{_NAME}}",
            (f" {size(count)}", "dim"),
            edited,
            key=f"file:{name}",
            where=(name, 1),
        )

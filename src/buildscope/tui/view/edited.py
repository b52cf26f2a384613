"""What the edits of a retry line change, as the first lines of a diff above the line."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from msgspec.structs import replace

from buildscope.tui.view.rows import Row, cut, row
from buildscope.tui.view.units import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.model.run import Attempt
    from buildscope.model.settings import Request

Edits: TypeAlias = tuple[tuple[str, str], ...]
"""Paths in the project, and the kept files of their new text."""

_STYLES = {"+": "passed", "-": "failed", "@": "accent"}


def fresh_edits(attempt: Attempt, request: Request) -> Edits:
    """The edits of ``request`` that ``attempt`` had not."""
    had = attempt.settings.edits
    return tuple(
        (path, kept) for path, kept in request.settings.edits.items() if had.get(path) != kept
    )


def with_edits(attempt: Attempt, edits: Edits) -> Attempt:
    """``attempt`` with these edits and no others, for its patch."""
    return replace(attempt, settings=replace(attempt.settings, edits=dict(edits)))


def patch_rows(patch: str, width: int, most: int) -> tuple[Row, ...]:
    """At most ``most`` rows of a unified diff, without what names its files."""
    lines = list(_hunks(patch))
    shown = lines if len(lines) <= most else lines[: most - 1]
    rows = [
        row((cut(f" {line.expandtabs()}", width), _STYLES.get(line[:1], "dim"))) for line in shown
    ]
    if len(lines) > len(shown):
        more = f" … {plural(len(lines) - len(shown), 'more line')} of the change"
        rows.append(row((cut(more, width), "dim")))
    return tuple(rows)


def _hunks(patch: str) -> Iterator[str]:
    """The lines of all hunks; all lines of what is no diff."""
    inside = not patch.startswith("diff ")
    for line in patch.removesuffix("\n").split("\n"):
        inside = line.startswith("@@") or (inside and not line.startswith("diff "))
        if inside:
            yield line

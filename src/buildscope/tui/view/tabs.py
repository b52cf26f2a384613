"""The tab bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildscope.tui.view.place import TABS
from buildscope.tui.view.rows import Row, fit, row, spread
from buildscope.tui.view.units import plural

if TYPE_CHECKING:
    from collections.abc import Mapping

    from buildscope.model.run import PhaseRun
    from buildscope.tui.view.place import Tab
    from buildscope.tui.view.rows import Piece


LABELS: Mapping[Tab, str] = {
    "traceback": "Traceback",
    "output": "Output",
    "environment": "Environment",
    "source": "Source",
    "metadata": "Metadata",
    "explain": "eXplain",
}
"""With the letter that shows it in upper case."""


def tab_rows(
    tab: Tab, told: tuple[Piece, ...], width: int, height: int, *, output_at: int | None
) -> tuple[Row, ...]:
    """The names, and a rule beneath where there is room for two rows.

    ``told`` is said of Output: at the right when that is the tab, or from column ``output_at``
    on where Output has a pane of its own.
    """
    names: list[Piece] = []
    rule: list[Piece] = []
    for name in TABS:
        label = f" {LABELS[name]} "
        names.append((label, "strong accent" if name == tab else "dim"))
        rule.append(("━" * len(label), "accent") if name == tab else ("─" * len(label), "rule"))
    rule.append(("─" * width, "rule"))
    if output_at is not None:
        beside = (("│", "rule"), (" Output", "strong"), (" · ", "dim"), *told)
        first = (*fit(names, output_at), *fit(beside, width - output_at))
    else:
        first = spread(names, (*told, (" ", "")) if tab == "output" else (), width)
    rows = (row(*first), row(*((text, style) for text, style in _clip(rule, width))))
    return rows[:height]


def output_told(run: PhaseRun | None, lines: int) -> tuple[Piece, ...]:
    """``get_requires · 31 lines · ▎stderr``: whose output, how much, what the margin means."""
    if run is None:
        return ()
    return (
        (f"{run.name} · {plural(lines, 'line')} · ", "dim"),
        ("▎", "failed"),
        ("stderr", "dim"),
    )


def _clip(pieces: list[Piece], width: int) -> list[Piece]:
    clipped: list[Piece] = []
    for text, style in pieces:
        clipped.append((text[: max(width, 0)], style))
        width -= len(text)
    return clipped

"""The tab bar."""

from __future__ import annotations

from pathlib import PurePath
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
    "did": "Did",
    "environment": "Environment",
    "source": "Source",
    "metadata": "Metadata",
    "explain": "eXplain",
    "fix": "Fix",
}
"""With the letter that shows it in upper case."""


def tab_rows(
    tab: Tab,
    told: tuple[Piece, ...],
    width: int,
    height: int,
    *,
    output_at: int | None,
    searched: bool = False,
) -> tuple[Row, ...]:
    """The names, and a rule beneath where there is room for two rows.

    ``told`` is said of Output: at the right when that is the tab, or from column ``output_at``
    on where Output has a pane of its own. ``searched``: a cure was searched for.
    """
    names: list[Piece] = []
    rule: list[Piece] = []
    for name in TABS:
        if name == "fix" and not searched:
            continue
        label = f" {LABELS[name]} "
        names.append((label, "strong accent" if name == tab else "dim"))
        rule.append(("━" * len(label), "accent") if name == tab else ("─" * len(label), "rule"))
    rule.append(("─" * width, "rule"))
    if output_at is not None:
        beside = (("│", "rule"), (" Output", "strong"), (" · ", "dim"), *told)
        first = (*fit(names, output_at), *fit(beside, width - output_at))
    else:
        room = max(0, width - sum(len(text) for text, _ in names) - 2)
        right = (*told, (" ", "")) if row(*told).width <= room else fit(told, room)
        first = spread(names, right if tab == "output" else (), width)
    rows = (row(*first), row(*((text, style) for text, style in _clip(rule, width))))
    return rows[:height]


def output_told(run: PhaseRun | None, lines: int, log: int = 0) -> tuple[Piece, ...]:
    """``get_requires · 31 lines · ▎stderr``: whose output, how much, what the margin means.

    Of a backend's own log (the one numbered ``log``, from 1) its name; ``O`` goes through all.
    Where there is little room the end is cut.
    """
    if run is None:
        return ()
    count = len(run.logs) + 1
    more = f" {log % count + 1}/{count} (O next)" if count > 1 else ""
    if 0 < log < count:
        return ((f"{log_name(run, log)}{more}", "accent"), (f" · {plural(lines, 'line')}", "dim"))
    return (
        (f"{run.name}{more} · {plural(lines, 'line')} · ", "dim"),
        ("▎", "failed"),
        ("stderr", "dim"),
    )


def log_name(run: PhaseRun, log: int) -> str:
    """The name of the log numbered ``log``, from 1; of the output that of the phase, for 0."""
    return PurePath(run.logs[log - 1].path).name if log else run.name


def _clip(pieces: list[Piece], width: int) -> list[Piece]:
    clipped: list[Piece] = []
    for text, style in pieces:
        clipped.append((text[: max(width, 0)], style))
        width -= len(text)
    return clipped

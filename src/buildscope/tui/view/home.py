"""The rows of home: the project here, what was built lately."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from buildscope.tui.view.marks import MARKS
from buildscope.tui.view.rows import Row, cut, row
from buildscope.tui.view.units import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from buildscope.session.here import Here
    from buildscope.session.listed import Listed
    from buildscope.tui.view.rows import Piece

TRUST = "Building runs the target's code, with your rights. buildscope watches; it is no sandbox."
LINE = (("enter", "open"), ("tab", "complete"), ("↓", "recent"), ("esc ?", "help"))
LISTS = (("enter", "open"), ("j k", "move"), ("esc", "the line"), ("?", "help"), ("q", "quit"))
QUIT = ("esc q", "quit")
_BROAD, _NARROW, _AGE = 32, 24, 9
_MARK_OF = {
    "built": "passed",
    "failed": "failed",
    "not_obtained": "failed",
    "stopped": "paused",
    "running": "running",
}


def home_rows(
    here: Here | None, recent: Sequence[Listed], now: float, width: int
) -> tuple[Row, ...]:
    """What enter takes beside the line; keys are ``target:`` and ``session:`` with a name."""
    name = _BROAD if width >= 100 else _NARROW
    return (*_here(here, name, width), *_recent(recent, now, name, width))


def _here(here: Here | None, name: int, width: int) -> Iterator[Row]:
    if here is None:
        return
    told = cut(f"{here.told} · {_short(here.directory)}", width - name - 2)
    yield row(("Here", "strong"))
    yield row("  ", (f"{'.':<{name}}", "strong"), (told, "dim"), key="target:.")
    yield row()


def _recent(recent: Sequence[Listed], now: float, name: int, width: int) -> Iterator[Row]:
    yield row(("Recent", "strong"))
    if not recent:
        yield row(("  nothing was built yet", "dim"))
    for one in recent:
        told = f"{one.words} · {plural(one.attempts, 'attempt')}"
        yield row(
            _mark(one),
            f"{cut(one.target, name - 1):<{name}}",
            (f"{age(now - one.changed):<{_AGE}}", "dim"),
            cut(told, width - name - _AGE - 2),
            key=f"session:{one.id}",
        )


def _mark(one: Listed) -> Piece:
    mark, style = MARKS[_MARK_OF.get(one.outcome or "", "cancelled")]
    return (f"{mark} ", style)


def _short(path: str) -> str:
    home = str(Path.home())
    return "~" + path.removeprefix(home) if path.startswith(f"{home}/") else path


def age(seconds: float) -> str:
    """``3 min``, ``2 h``, ``5 d``."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return "now"

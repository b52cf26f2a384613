"""What isolation off would take, in words for the retry line and the settings form."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from buildscope.session.choices import Adoptable


def adopted_lines(found: Adoptable | str) -> tuple[str, ...]:
    """Which environment, and what is declared and missing there; or why there is none."""
    if isinstance(found, str):
        return (found,)
    where = f"takes {_short(found.path)} (Python {found.interpreter.version}) as it is; "
    lacking = "; ".join(f"wanted {want}, found {have or 'none'}" for want, have in found.missing)
    return (
        f"{where}what you add goes into a layer on top",
        f"declared and missing there: {lacking}" if lacking else "it has all that is declared",
    )


def _short(path: str) -> str:
    home = str(Path.home())
    return "~" + path.removeprefix(home) if path.startswith(f"{home}/") else path

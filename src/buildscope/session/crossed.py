"""What crossed to a backend and back, as a phase kept it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from buildscope.reports.explain import Crossed

if TYPE_CHECKING:
    from buildscope.model.run import PhaseRun

_MOST_BYTES = 1_000_000


def read_crossed(run: PhaseRun) -> Crossed:
    """The JSON files of a hook; empty where the phase calls none, or has written none yet."""
    if run.stdout is None:
        return Crossed()
    folder = Path(run.stdout).parent
    return Crossed(given=_read(folder / "input.json"), returned=_read(folder / "output.json"))


def _read(file: Path) -> Any:
    """``None`` too for a file that is being written, and one that is too large to be shown."""
    try:
        if file.stat().st_size > _MOST_BYTES:
            return None
        return json.loads(file.read_bytes())
    except (FileNotFoundError, ValueError):
        return None

"""What crossed to a backend and back, as a phase kept it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from buildscope.reports.explain import Crossed

if TYPE_CHECKING:
    from buildscope.model.run import PhaseRun


def read_crossed(run: PhaseRun) -> Crossed:
    """The JSON files of a hook; empty where the phase calls none or has not run."""
    if run.stdout is None:
        return Crossed()
    folder = Path(run.stdout).parent
    return Crossed(given=_read(folder / "input.json"), returned=_read(folder / "output.json"))


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_bytes())
    except FileNotFoundError:
        return None

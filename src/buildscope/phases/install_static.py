"""Phase 4: install the static requirements, and the user's extra ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildscope.phases.installing import install_phase
from buildscope.phases.outcome import Skipped

if TYPE_CHECKING:
    from buildscope.phases.context import Context, Recorder


def run(context: Context, recorder: Recorder) -> None:
    """Install; with isolation off only what ``--extra`` adds, in a layer of its own."""
    extras = context.settings.extra
    isolated = context.environment.isolated
    requirements = (*context.backend.requires, *extras) if isolated else extras
    if not requirements:
        raise Skipped(
            "the backend declares no static requirements"
            if isolated
            else "isolation is off: nothing is installed"
        )
    install_phase(context, recorder, requirements)

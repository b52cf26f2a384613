"""Phase 8: have the backend build the wheel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildscope.errors import PhaseError
from buildscope.phases.hook_results import check_wheel_name
from buildscope.phases.hooking import call
from buildscope.phases.order import HOOKS

if TYPE_CHECKING:
    from buildscope.phases.context import Context, Recorder

HOOK = HOOKS["build_wheel"]


def run(context: Context, recorder: Recorder) -> None:
    """Call the hook, handing it the prepared ``.dist-info`` directory itself (PEP 517)."""
    directory = context.places.evidence / "wheel"
    directory.mkdir(mode=0o700, exist_ok=True)
    prepared = context.facts.metadata_directory
    outcome = call(
        context,
        recorder,
        HOOK,
        {
            "wheel_directory": str(directory),
            "metadata_directory": None if prepared is None else str(prepared),
        },
    )
    if outcome.missing:
        raise PhaseError(
            f"the backend {context.backend.backend} has no {HOOK}, which PEP 517 requires",
            cause="hook-contract",
        )
    recorder.set(result=outcome.result)
    context.facts.wheel = check_wheel_name(outcome.result, directory, hook=HOOK)

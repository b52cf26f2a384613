"""Phase 7: have the backend write the core metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildscope.errors import PhaseError
from buildscope.phases.hook_results import check_dist_info
from buildscope.phases.hooking import call
from buildscope.phases.metadata import read_metadata
from buildscope.phases.order import HOOKS
from buildscope.phases.outcome import Skipped
from buildscope.phases.warn import warnings_for

if TYPE_CHECKING:
    from pathlib import Path

    from buildscope.phases.context import Context, Recorder

HOOK = HOOKS["prepare_metadata"]


def run(context: Context, recorder: Recorder) -> None:
    """Call the hook and read the ``METADATA`` that it wrote."""
    directory = context.places.evidence / "metadata"
    directory.mkdir(mode=0o700, exist_ok=True)
    outcome = call(context, recorder, HOOK, {"metadata_directory": str(directory)})
    if outcome.missing:
        raise Skipped(f"the backend has no {HOOK} (it is optional); the wheel's own is read")
    recorder.set(result=outcome.result)
    dist_info = check_dist_info(outcome.result, directory, hook=HOOK)
    reading = read_metadata(_written(dist_info), where=f"{dist_info.name}/METADATA")
    recorder.set(metadata=reading.metadata)
    context.facts.metadata = reading
    context.facts.metadata_directory = dist_info
    for warning in warnings_for(context.snapshot(), declared=context.declared, metadata=reading):
        context.warn(warning)


def _written(dist_info: Path) -> bytes:
    try:
        return (dist_info / "METADATA").read_bytes()
    except OSError as error:
        raise PhaseError(
            f"{HOOK} wrote {dist_info.name} without a readable METADATA file: {error.strerror}",
            cause="invalid-metadata",
        ) from error

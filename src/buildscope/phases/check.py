"""Phase 9: open the wheel and hold it against the standard, phase 7 and the sdist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildscope.phases.outcome import Skipped
from buildscope.phases.warn import warnings_for
from buildscope.phases.wheel import check_wheel

if TYPE_CHECKING:
    from buildscope.phases.context import Context, Recorder


def run(context: Context, recorder: Recorder) -> None:
    """Check the wheel; what passes and is wrong becomes a warning."""
    facts = context.facts
    if facts.wheel is None:
        raise Skipped("there is no wheel")
    reading = check_wheel(facts.wheel, prepared=facts.metadata, interpreter=facts.interpreter)
    recorder.set(metadata=reading.metadata.metadata, result=reading.filename, note=reading.note)
    for warning in warnings_for(
        context.snapshot(), declared=context.declared, metadata=facts.metadata, wheel=reading
    ):
        context.warn(warning)

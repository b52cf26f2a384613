"""Phase 1: obtain and unpack the source tree."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from buildscope.model import events as ev
from buildscope.sources.edited import apply_edits
from buildscope.sources.manifest import manifest
from buildscope.sources.obtain import obtain

if TYPE_CHECKING:
    from buildscope.phases.context import Context, Recorder


def run(context: Context, recorder: Recorder) -> None:
    """Obtain the target; raises ``SourceError``."""
    places = context.places
    facts = obtain(
        context.target,
        context.settings,
        work=places.work,
        cache=places.cache,
        environ=context.environ,
        python_version=context.facts.interpreter.version,
        on_progress=recorder.progress,
        stop=context.stop,
        spool=recorder.spool,
        redactor=context.redactor,
        copy=context.retry and not context.settings.in_place,
        left=context.left,
    )
    context.facts.source = facts
    context.facts.pristine = manifest(Path(facts.tree), whole=not facts.in_place)
    apply_edits(context.settings.edits, facts)
    context.journal.write(ev.SourceObtained(at=time.time(), attempt=context.attempt, source=facts))
    recorder.set(note=facts.note, result=facts.filename or facts.project)

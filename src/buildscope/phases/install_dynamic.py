"""Phase 6: install the dynamic requirements, resolved together with all others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildscope.environments.adopt import declared_missing
from buildscope.phases.environment import missing_words
from buildscope.phases.hooking import keep_tree
from buildscope.phases.installing import install_phase
from buildscope.phases.outcome import Skipped

if TYPE_CHECKING:
    from buildscope.phases.context import Context, Recorder


def run(context: Context, recorder: Recorder) -> None:
    """Install what phase 5 asked for; with isolation off only say what is missing."""
    dynamic = context.facts.dynamic
    if not dynamic:
        raise Skipped("there are no dynamic requirements")
    recorder.set(requires=dynamic)
    missing = declared_missing(context.environment, dynamic)
    if not context.environment.isolated:
        words = missing_words(missing) or "all dynamic requirements are there"
        raise Skipped(f"isolation is off: nothing is installed; {words}")
    if not missing:
        recorder.set(note="all are there already")
        return
    keep_tree(context, recorder)
    install_phase(context, recorder, (*context.backend.requires, *context.settings.extra, *dynamic))

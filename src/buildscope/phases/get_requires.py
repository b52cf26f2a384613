"""Phase 5: ask the backend for its dynamic requirements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildscope.phases.hook_results import check_requirements
from buildscope.phases.hooking import call
from buildscope.phases.order import HOOKS
from buildscope.phases.outcome import Skipped

if TYPE_CHECKING:
    from buildscope.phases.context import Context, Recorder

HOOK = HOOKS["get_requires"]


def run(context: Context, recorder: Recorder) -> None:
    """Call the hook; what it returns must be a list of PEP 508 strings."""
    outcome = call(context, recorder, HOOK, {})
    if outcome.missing:
        raise Skipped(f"the backend has no {HOOK} (it is optional)")
    recorder.set(result=outcome.result)
    requirements = check_requirements(outcome.result, hook=HOOK)
    context.facts.dynamic = requirements
    recorder.set(requires=requirements)

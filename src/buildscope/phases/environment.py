"""Phase 3: create the isolated build environment, or adopt the user's own."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from buildscope.environments.adopt import declared_missing
from buildscope.environments.inventory import inventory
from buildscope.model import events as ev
from buildscope.model.run import EnvironmentFacts

if TYPE_CHECKING:
    from buildscope.phases.context import Context, Recorder


def run(context: Context, recorder: Recorder) -> None:
    """Have an environment; what an adopted one lacks of the static requirements is listed."""
    environment = context.prepared.result()
    context.facts.environment = environment
    missing: tuple[tuple[str, str | None], ...] = ()
    if not environment.isolated:
        missing = declared_missing(environment, context.backend.requires)
        recorder.set(installed=inventory(environment))
    tell(context, missing)
    recorder.set(result=environment.path, note=missing_words(missing))


def tell(context: Context, missing: tuple[tuple[str, str | None], ...]) -> None:
    """Record the environment as it is now."""
    environment = context.environment
    facts = EnvironmentFacts(
        path=environment.path,
        python=environment.python,
        isolated=environment.isolated,
        layer=environment.layer,
        missing=missing,
    )
    context.journal.write(
        ev.EnvironmentReady(at=time.time(), attempt=context.attempt, environment=facts)
    )


def missing_words(missing: tuple[tuple[str, str | None], ...]) -> str | None:
    """Requirements that are not satisfied, in words; ``None`` when there are none."""
    if not missing:
        return None
    listed = ", ".join(f"{wanted} (found {found or 'none'})" for wanted, found in missing)
    return f"declared and not there: {listed}"

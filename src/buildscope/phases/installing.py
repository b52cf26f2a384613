"""What all that installs shares: run the installer, read back what is there."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from buildscope.environments import bytecode
from buildscope.environments.adopt import declared_missing
from buildscope.environments.install import install
from buildscope.environments.inventory import inventory
from buildscope.environments.layer import install_layer
from buildscope.errors import Cancelled, PhaseError
from buildscope.model import events as ev
from buildscope.phases.environment import tell
from buildscope.phases.order import load_ahead

if TYPE_CHECKING:
    from collections.abc import Sequence

    from buildscope.journal.spool import Spool
    from buildscope.phases.context import Context, Recorder
    from buildscope.process.ended import Ended


def install_requirements(
    context: Context, spool: Spool, requirements: Sequence[str], *, pins: Sequence[str] = ()
) -> Ended:
    """Install into the isolated environment, or with isolation off into a layer before it.

    ``pins`` are exact versions that were recorded. Raises ``Cancelled`` when it was stopped; an installer that fails is in what is returned.
    """
    places, environment = context.places, context.environment
    load_ahead()
    if environment.isolated:
        ended = install(
            environment,
            requirements,
            context.settings,
            constraints=context.settings.constraints,
            cwd=places.neutral,
            spool=spool,
            stop=context.stop,
            environ=context.environ,
            cache=places.cache,
            offline_first=context.retry,
            pins=pins,
        )
        if ended.ok:
            bytecode.seed(environment, places.cache)
    else:
        ended, context.facts.environment = install_layer(
            environment,
            requirements,
            context.settings,
            layer=places.work / "layer",
            constraints=context.settings.constraints,
            cwd=places.neutral,
            spool=spool,
            stop=context.stop,
            environ=context.environ,
            cache=places.cache,
        )
        tell(context, declared_missing(context.environment, context.backend.requires))
    if ended.stopped:
        raise Cancelled(context.stop.reason)
    return ended


def install_phase(context: Context, recorder: Recorder, requirements: Sequence[str]) -> None:
    """Install for a phase; raises ``PhaseError`` when the installer fails."""
    recorder.set(requires=tuple(requirements))
    ended = install_requirements(context, recorder.spool, requirements)
    recorder.set(exit_code=ended.exit_code, signal=ended.signal)
    if not ended.ok:
        installer, listed = context.settings.installer, ", ".join(requirements)
        raise PhaseError(f"{installer} could not install {listed}")
    installed = inventory(context.environment)
    recorder.set(installed=installed)
    context.journal.write(
        ev.Installed(
            at=time.time(), attempt=context.attempt, phase=recorder.name, installed=installed
        )
    )

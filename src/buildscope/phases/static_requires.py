"""Phase 2: read ``pyproject.toml``, pick the backend and its static requirements."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from buildscope.model import events as ev
from buildscope.phases.declared import read_declared
from buildscope.phases.pyproject import read_backend

if TYPE_CHECKING:
    from buildscope.phases.context import Context, Recorder


def run(context: Context, recorder: Recorder) -> None:
    """Read the backend; raises ``PhaseError`` with file, line and column."""
    project = Path(context.source.project)
    declared = context.facts.declared = read_declared(project)
    backend = read_backend(
        project, python_version=context.facts.interpreter.version, declared=declared
    )
    context.facts.backend = backend
    context.journal.write(
        ev.BackendChosen(at=time.time(), attempt=context.attempt, backend=backend)
    )
    recorder.set(requires=backend.requires, result=backend.backend, note=backend.reason or None)

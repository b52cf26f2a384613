"""What is done when the phases of an attempt have ended."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from buildscope.journal.reader import read_session
from buildscope.model import events as ev
from buildscope.model.run import TreeChanges
from buildscope.sources.directory import changes_since

if TYPE_CHECKING:
    from buildscope.phases.context import Context
    from buildscope.phases.pipeline import PipelineEnd

LARGEST_EVIDENCE = 64 * 1024 * 1024
"""Bytes of changed files that are copied from a directory built in place."""
_DIAGNOSED = {"failed", "not_obtained"}


def finish(context: Context, end: PipelineEnd) -> str | None:
    """Keep evidence, diagnose a failure; returns the artifact's path."""
    _keep_changes(context)
    if end.outcome in _DIAGNOSED:
        from buildscope.diagnosis import diagnose
        from buildscope.session.vetting import vet

        causes = vet(
            diagnose(read_session(context.places.session), context.attempt),
            context.settings,
            environ=context.environ,
            cache=context.places.cache,
            python_version=context.facts.interpreter.version,
            stop=context.stop,
        )
        context.journal.write(ev.Diagnosed(at=time.time(), attempt=context.attempt, causes=causes))
        return None
    return _artifact(context)


def _keep_changes(context: Context) -> None:
    """What hooks created or changed in the user's own directory is evidence, and stays there."""
    source = context.facts.source
    if source is None or not source.in_place or source.archive is None:
        return
    found = changes_since(Path(source.archive), Path(source.tree))
    kept = context.places.evidence / "changed"
    room = LARGEST_EVIDENCE
    for name in (*found.created, *found.changed):
        path = Path(source.tree) / name
        if path.is_symlink() or not path.is_file() or path.stat().st_size > room:
            continue
        room -= path.stat().st_size
        (kept / name).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copy2(path, kept / name)
    changes = TreeChanges(
        created=found.created, changed=found.changed, removed=found.removed, kept=str(kept)
    )
    context.journal.write(ev.TreeChanged(at=time.time(), attempt=context.attempt, changes=changes))


def _artifact(context: Context) -> str | None:
    made = context.facts.wheel
    if made is None and context.settings.build == "metadata":
        made = context.facts.metadata_directory
    if made is None or context.settings.out is None:
        return None if made is None else str(made)
    out = Path(context.settings.out)
    out.mkdir(parents=True, exist_ok=True)
    if made.is_dir():
        return str(shutil.copytree(made, out / made.name, dirs_exist_ok=True))
    return str(shutil.copy2(made, out / made.name))

"""Where a retry starts."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from buildscope.errors import UsageError
from buildscope.journal.lines import SpoolReader
from buildscope.model.names import PHASES, Phase, phase_index
from buildscope.phases.touched import first_touched

if TYPE_CHECKING:
    from buildscope.model.run import Attempt
    from buildscope.model.settings import Request

_BUILT = re.compile(rb"^[ ]*(?:Building|Built) (?:wheel for )?[\w.-]+ ?(?:==|@|\()", re.MULTILINE)
_DONE = frozenset({"passed", "carried", "skipped"})


def retry_start(parent: Attempt, request: Request) -> Phase:
    """The phase that a retry of ``parent`` starts at.

    Raises ``UsageError`` when the phase that the request names comes after one that has to
    run.
    """
    unfinished = next((run.name for run in parent.phases if run.status not in _DONE), None)
    last: Phase = unfinished or "build_wheel"
    if parent.settings.build == "metadata" and unfinished is None:
        last = "prepare_metadata"
    backend = parent.backend
    touched = first_touched(
        parent.settings,
        request.settings,
        last,
        nested_build=_built_a_requirement(parent),
        backend_path=backend.backend_path if backend is not None else (),
    )
    if parent.dirty and not request.here:
        touched = min(touched, parent.first_phase, key=phase_index)
    return touched if request.start is None else _named(request.start, touched, parent)


def _named(start: Phase, touched: Phase, parent: Attempt) -> Phase:
    if phase_index(start) <= phase_index(touched):
        return start
    run = parent.phase(touched)
    why = (
        f"the change touches {touched}"
        if run.status in _DONE
        else f"{touched} of #{parent.id} {'failed' if run.status == 'failed' else 'was not passed'}"
    )
    choices = ", ".join(PHASES[: phase_index(touched) + 1])
    raise UsageError(f"from {start} is too late: {why}", hint=f"from one of: {choices}")


def _built_a_requirement(attempt: Attempt) -> bool:
    """Whether a static requirement was itself built, as uv and pip tell it in their output."""
    index = attempt.phase("install_static").index
    if index is None:
        return False
    with closing(SpoolReader(Path(index).parent)) as output:
        return bool(output.search(_BUILT))

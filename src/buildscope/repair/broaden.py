"""Where no rule has the cure: other interpreters, and the index as it was at the upload."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from buildscope.repair.candidates import Candidate
from buildscope.repair.history import cutoff_for, pythons_of_time, upload_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.model.run import Attempt, Interpreter

MOST_PYTHONS: Final = 4


def broadened(attempt: Attempt, interpreters: tuple[Interpreter, ...]) -> Iterator[list[Candidate]]:
    """Batches to try side by side: for each interpreter by itself, and with the older index.

    The newest interpreter of the upload's time comes first, then the nearest ones to it.
    """
    moment = upload_of(attempt)
    pythons = [minor_of(one) for one in pythons_of_time(moment, interpreters, attempt)]
    current = minor_of(attempt.interpreter) if attempt.interpreter is not None else ""
    cutoff = None
    if moment is not None and attempt.settings.exclude_newer is None:
        backend = attempt.backend
        cutoff = cutoff_for(moment, legacy_backend=backend is not None and backend.legacy)
    for python in pythons[:MOST_PYTHONS]:
        batch = []
        if python != current:
            batch.append(
                Candidate(
                    strategy="interpreter",
                    why=f"Python {python} is nearer to the time of this release"
                    if moment
                    else f"Python {python} is on this machine",
                    delta={"python": python},
                )
            )
        if cutoff is not None:
            delta = {"exclude_newer": cutoff}
            if python != current:
                delta["python"] = python
            batch.append(
                Candidate(
                    strategy="travel",
                    why="the index as it was when this release was uploaded",
                    delta=delta,
                )
            )
        if batch:
            yield batch


def minor_of(interpreter: Interpreter) -> str:
    """``3.11`` of an interpreter of version 3.11.7."""
    return ".".join(interpreter.version.split(".")[:2])

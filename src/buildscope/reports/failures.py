"""When two attempts failed in the same way, and which of them came further."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from buildscope.model.names import phase_index

if TYPE_CHECKING:
    from buildscope.model.run import Attempt, SessionRecord

Signature: TypeAlias = tuple[str | None, str, str]


def signature(attempt: Attempt) -> Signature | None:
    """Phase, kind and text, which make two failures the same; ``None`` when it passed."""
    if attempt.failed_phase is None:
        return None
    run = attempt.phase(attempt.failed_phase)
    if run.exception is not None:
        return (attempt.failed_phase, run.exception.type, run.exception.message)
    if attempt.causes:
        return (attempt.failed_phase, attempt.causes[0].id, attempt.causes[0].summary)
    message = run.failure.message if run.failure else ""
    return (attempt.failed_phase, str(run.exit_code or run.signal), message)


def same_failure(a: Attempt, b: Attempt) -> bool:
    """Whether both failed, and in the same way."""
    found = signature(a)
    return found is not None and found == signature(b)


def parent_of(record: SessionRecord | None, attempt: Attempt) -> Attempt | None:
    """Find the attempt that was changed into this one."""
    attempts = record.attempts if record is not None else ()
    return next((one for one in attempts if one.id == attempt.parent), None)


def is_same(record: SessionRecord | None, attempt: Attempt) -> bool:
    """Whether a retry failed exactly as its parent did."""
    parent = parent_of(record, attempt)
    return parent is not None and same_failure(parent, attempt)


def phases_further(a: Attempt, b: Attempt) -> int | None:
    """How many phases later ``b`` failed than ``a``; ``None`` unless both failed."""
    if a.failed_phase is None or b.failed_phase is None:
        return None
    return phase_index(b.failed_phase) - phase_index(a.failed_phase)

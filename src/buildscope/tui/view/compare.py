"""A failed retry against its parent: further, the same, or earlier."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from buildscope.model.names import phase_index
from buildscope.tui.view.units import plural

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


def parent_of(record: SessionRecord | None, attempt: Attempt) -> Attempt | None:
    """Find the attempt that was changed into this one."""
    attempts = record.attempts if record is not None else ()
    return next((one for one in attempts if one.id == attempt.parent), None)


def is_same(record: SessionRecord | None, attempt: Attempt) -> bool:
    """Whether a retry failed exactly as its parent did."""
    parent = parent_of(record, attempt)
    found = signature(attempt)
    return parent is not None and found is not None and found == signature(parent)


def against_parent(record: SessionRecord | None, attempt: Attempt) -> str | None:
    """Say it: ``3 phases further than #1``, ``same as #1: +torch changed nothing``."""
    parent = parent_of(record, attempt)
    if parent is None or parent.failed_phase is None or attempt.failed_phase is None:
        return None
    if is_same(record, attempt):
        return f"same as #{parent.id}: {attempt.label} changed nothing"
    steps = phase_index(attempt.failed_phase) - phase_index(parent.failed_phase)
    if steps > 0:
        return f"new failure, {plural(steps, 'phase')} further than #{parent.id}"
    if steps < 0:
        return f"new failure, {plural(-steps, 'phase')} earlier than #{parent.id}"
    return f"new failure in the same phase as #{parent.id}"

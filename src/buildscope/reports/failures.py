"""When two attempts failed in the same way, and which of them came further."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildscope.model.names import phase_index
from buildscope.reports.varying import usual

if TYPE_CHECKING:
    from buildscope.model.failure import Frame
    from buildscope.model.run import Attempt, SessionRecord

_TOOL_FAILED = re.compile(
    r"exit (?:status|code)|returned non-zero|[Cc]ommand .* failed|^-?\d*$", re.DOTALL
)


def same_failure(a: Attempt, b: Attempt) -> bool:
    """Whether both failed in the same phase, for the same cause or with the same words.

    A cause may name what was changed and words may quote a command line: one of them is enough.
    Words that only say that a tool failed are not: what the tool said has to be the same too.
    Directories of an attempt do not count.
    """
    if a.failed_phase is None or a.failed_phase != b.failed_phase:
        return False
    cause, other = _cause(a), _cause(b)
    if cause is not None and cause == other:
        return True
    if _words(a) != _words(b):
        return False
    return not _says_little(a) or _said(a) == _said(b)


def _cause(attempt: Attempt) -> tuple[str, str] | None:
    first = attempt.causes[0] if attempt.causes else None
    if first is None or first.id == "unknown":
        return None
    return (first.id, usual(attempt, first.summary))


def _said(attempt: Attempt) -> str | None:
    """The line that the first cause rests on."""
    first = attempt.causes[0] if attempt.causes else None
    if first is None or first.evidence is None or first.evidence.text is None:
        return None
    return usual(attempt, first.evidence.text)


def _says_little(attempt: Attempt) -> bool:
    """Whether the exception says no more than that a tool, or the hook itself, failed."""
    run = attempt.phase(attempt.failed_phase or "source")
    return run.exception is None or bool(_TOOL_FAILED.search(run.exception.message))


def _words(attempt: Attempt) -> tuple[str, str]:
    """What the failed phase raised, else how it ended."""
    run = attempt.phase(attempt.failed_phase or "source")
    if run.exception is not None:
        return (run.exception.type, usual(attempt, run.exception.message))
    message = run.failure.message if run.failure is not None else ""
    return (str(run.exit_code or run.signal), usual(attempt, message))


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


def left_out_words(frame: Frame) -> str:
    """What was called from a frame and is left out, said above it; nothing where all is told."""
    if not frame.left_out:
        return ""
    if not frame.cycle:
        return f"… {frame.left_out} frames left out"
    which = "frame below comes" if frame.cycle == 1 else f"{frame.cycle} frames below come"
    return f"… the {which} {frame.left_out // frame.cycle} times more"

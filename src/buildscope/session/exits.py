"""Exit codes, fixed by the design's section 6."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from buildscope.model.names import Outcome

BUILT = 0
FAILED = 1
USAGE = 2
NOT_OBTAINED = 3
FAULT = 4
INTERRUPTED = 130

BY_OUTCOME: Mapping[Outcome, int] = {
    "built": BUILT,
    "stopped": BUILT,
    "failed": FAILED,
    "cancelled": FAILED,
    "not_obtained": NOT_OBTAINED,
    "interrupted": INTERRUPTED,
    "running": INTERRUPTED,
}

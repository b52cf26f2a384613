"""Where an attempt keeps what it makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from buildscope.model.names import Phase


@dataclass(frozen=True)
class Places:
    """Directories of one attempt.

    ``evidence`` is below the session's directory and stays; ``work`` is below the cache and
    holds the source tree and the environment. ``neutral`` is empty: installers run there,
    so that no project's configuration reaches them.
    """

    session: Path
    evidence: Path
    work: Path
    neutral: Path
    cache: Path

    def phase(self, name: Phase) -> Path:
        """Where output and reports of a phase are kept."""
        return self.evidence / name

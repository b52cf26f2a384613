"""Puts the files that a user edited into a tree."""

from __future__ import annotations

import shutil
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from buildscope.errors import SourceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from buildscope.model.target import SourceFacts


def checked_path(path: str) -> str:
    """``path`` in its normal form; raises ``UsageError`` for one that leaves the project."""
    pure = PurePosixPath(path.replace("\\", "/"))
    if pure.is_absolute() or ".." in pure.parts or not pure.parts or Path(path).is_absolute():
        raise UsageError(
            f"{path!r} is no file of the project", hint="name it relative to the project"
        )
    return str(pure)


def apply_edits(edits: Mapping[str, str], facts: SourceFacts) -> None:
    """Replace files of the project; times are those of the edits, so that builders notice.

    Raises ``SourceError`` when an edit is gone, or the tree is the user's own directory.
    """
    if edits and facts.in_place:
        raise SourceError(
            f"{facts.tree} is built in place, and your own files are never changed",
            hint="edit the file there, or build a copy (--copy)",
        )
    for path, kept in edits.items():
        destination = Path(facts.project, checked_path(path))
        try:
            destination.parent.mkdir(parents=True, exist_ok=True)
            mode = destination.stat().st_mode if destination.exists() else None
            shutil.copy2(kept, destination)
            if mode is not None:
                destination.chmod(mode)
        except OSError as error:
            raise SourceError(
                f"the edit of {path} cannot be applied: {error.strerror}: {error.filename}",
                hint="edit the file anew",
            ) from error

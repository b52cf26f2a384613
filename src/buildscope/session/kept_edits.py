"""Edited files of the source, kept with the session and named by what is in them."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import msgspec

from buildscope.errors import UsageError
from buildscope.session.places import make_private
from buildscope.sources.edited import checked_path

if TYPE_CHECKING:
    from buildscope.model.run import SessionRecord
    from buildscope.model.settings import Settings

EDITS = "edits"


def keep_edit(session: Path, path: str, file: Path) -> str:
    """Keep ``file`` as a text of the project's file ``path``; returns the absolute copy.

    Raises ``UsageError`` when ``file`` cannot be read or ``path`` is none of the project.
    """
    path = checked_path(path)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UsageError(f"the edit {file} of {path} cannot be read: {error.strerror}") from error
    return keep_text(session, path, content)


def keep_text(session: Path, path: str, content: bytes) -> str:
    """Keep ``content`` as that of the project's file ``path``; returns the absolute copy.

    Raises ``UsageError`` when ``path`` is none of the project.
    """
    path = checked_path(path)
    key = hashlib.sha256(content).hexdigest()[:16]
    folder = make_private(session / EDITS / key)
    kept = folder / PurePosixPath(path).name
    if not kept.exists():
        descriptor, making = tempfile.mkstemp(dir=folder)
        with os.fdopen(descriptor, "wb") as made:
            made.write(content)
        Path(making).replace(kept)
    return str(kept)


def keep_edits(session: Path, settings: Settings) -> Settings:
    """``settings`` with its edits kept, so that they outlive the files they came from."""
    if not settings.edits:
        return settings
    kept = {
        checked_path(path): keep_edit(session, path, Path(file))
        for path, file in settings.edits.items()
    }
    return msgspec.structs.replace(settings, edits=kept)


def newest_edits(record: SessionRecord) -> dict[str, str]:
    """The newest text of each file that any attempt had edited."""
    found: dict[str, str] = {}
    for attempt in record.attempts:
        found.update(attempt.settings.edits)
    return found

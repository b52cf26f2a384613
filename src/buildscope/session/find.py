"""Finds recorded sessions by what a user types for them."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING

from buildscope.errors import UsageError
from buildscope.journal.writer import JOURNAL
from buildscope.session.places import state_directory

if TYPE_CHECKING:
    from collections.abc import Mapping

LAST = "last"


def list_sessions(environ: Mapping[str, str]) -> list[Path]:
    """The directories of all recorded sessions, the one written last first."""
    sessions = state_directory(environ) / "sessions"
    if not sessions.is_dir():
        return []
    found = [
        (journal.stat().st_mtime_ns, journal.parent)
        for directory in sessions.iterdir()
        if (journal := directory / JOURNAL).is_file()
    ]
    return [directory for _, directory in sorted(found, reverse=True)]


def find_session(named: str, environ: Mapping[str, str]) -> Path:
    """The directory of the session that ``named`` is: ``last``, an id, a prefix of one, a path.

    Raises ``UsageError`` when there is none, or several.
    """
    if (Path(named) / JOURNAL).is_file():
        return Path(named).resolve()
    sessions = list_sessions(environ)
    if named == LAST:
        if not sessions:
            raise UsageError("no session is recorded yet", hint="buildscope TARGET makes one")
        return sessions[0]
    found = [one for one in sessions if one.name == named]
    found = found or [one for one in sessions if one.name.startswith(named)]
    if len(found) == 1:
        return found[0]
    names = [one.name for one in found or sessions]
    if found:
        raise UsageError(
            f"{named!r} is the beginning of {len(found)} sessions", hint=", ".join(names[:8])
        )
    near = difflib.get_close_matches(named, names, 3, 0.4) or names[:3]
    hint = f"near: {', '.join(near)}" if near else "buildscope sessions list shows them"
    raise UsageError(f"there is no session {named!r}", hint=hint)

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

    from buildscope.model.run import Attempt, SessionRecord

LAST = "last"
_MOST_NAMED = 8


def session_directories(environ: Mapping[str, str]) -> list[Path]:
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


def find_session(named: str, environ: Mapping[str, str], cwd: Path | None = None) -> Path:
    """The directory of the session that ``named`` is: ``last``, an id, a prefix of one, a path.

    Raises ``UsageError`` when there is none, or several.
    """
    sessions = session_directories(environ)
    if named == LAST:
        if not sessions:
            raise UsageError("no session is recorded yet", hint="buildscope TARGET makes one")
        return sessions[0]
    found = [one for one in sessions if one.name == named]
    found = found or [one for one in sessions if named and one.name.startswith(named)]
    if len(found) == 1:
        return found[0]
    path = (cwd or Path.cwd()) / Path(named).expanduser()
    if named and (path / JOURNAL).is_file():
        return path.resolve()
    if found:
        raise UsageError(
            f"{named!r} is the beginning of {len(found)} sessions",
            hint=", ".join(one.name for one in found[:_MOST_NAMED]),
        )
    raise UsageError(f"there is no session {named!r}", hint=_near(named, sessions))


def find_attempt(record: SessionRecord, number: int | None) -> Attempt:
    """The attempt called ``number``, else the last; raises ``UsageError`` where there is none."""
    for attempt in reversed(record.attempts):
        if number is None or attempt.id == number:
            return attempt
    known = ", ".join(str(attempt.id) for attempt in record.attempts) or "none"
    said = (
        f"session {record.id} has no attempt" if number is None else f"there is no attempt {number}"
    )
    raise UsageError(said, hint=f"attempts: {known}")


def _near(named: str, sessions: list[Path]) -> str:
    names = [one.name for one in sessions]
    on_target = [name for name in names if name.partition("-")[2] == named]
    near = on_target or difflib.get_close_matches(named, names, 3, 0.4) or names[:3]
    return f"near: {', '.join(near[:3])}" if near else "`buildscope sessions` lists them"

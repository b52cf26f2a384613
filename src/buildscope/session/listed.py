"""Recorded sessions in a line each, told from the ends of their journals."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec

from buildscope.journal.writer import JOURNAL
from buildscope.model import events as ev
from buildscope.model.base import Record
from buildscope.model.names import Outcome, Phase
from buildscope.session.find import session_directories
from buildscope.session.lock import LOCK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import BinaryIO

_BLOCK = 32 * 1024
"""Bytes read from the end of a journal at first, four times as many each time they do not do."""
_OF_ATTEMPTS = b'{"event":"Attempt'
_decoder: msgspec.json.Decoder[ev.Event] = msgspec.json.Decoder(ev.Event)


class Listed(Record, frozen=True):
    """A session; ``attempts`` counts them, the rest is of the last one.

    ``started`` and ``changed`` are seconds since the epoch, ``outcome`` is ``None`` where
    nothing was attempted.
    """

    id: str
    directory: str
    target: str
    started: float
    changed: float
    attempts: int = 0
    outcome: Outcome | None = None
    failed_phase: Phase | None = None

    @property
    def words(self) -> str:
        """The outcome in words: ``failed in get_requires``."""
        where = f" in {self.failed_phase}" if self.failed_phase is not None else ""
        return f"{(self.outcome or 'nothing run').replace('_', ' ')}{where}"


def list_sessions(environ: Mapping[str, str], most: int | None = None) -> list[Listed]:
    """The recorded sessions, the one written last first; at most ``most`` of them.

    A session of another version that cannot be read is left out.
    """
    found: list[Listed] = []
    for directory in session_directories(environ):
        if most is not None and len(found) >= most:
            break
        listed = _listed(directory)
        if listed is not None:
            found.append(listed)
    return found


def _listed(directory: Path) -> Listed | None:
    try:
        with (directory / JOURNAL).open("rb") as journal:
            first = _decoder.decode(journal.readline())
            if not isinstance(first, ev.SessionStarted):
                return None
            changed = os.fstat(journal.fileno()).st_mtime
            last = _last_of_attempt(journal)
    except (OSError, msgspec.MsgspecError):
        return None
    listed = Listed(
        id=first.id,
        directory=str(directory),
        target=first.target.text,
        started=first.at,
        changed=changed,
    )
    if last is None:
        return listed
    if isinstance(last, ev.AttemptEnded):
        outcome, phase = last.outcome, last.failed_phase
    else:
        outcome, phase = ("running" if _is_held(directory) else "interrupted"), None
    return msgspec.structs.replace(
        listed, attempts=last.attempt, outcome=outcome, failed_phase=phase
    )


def _last_of_attempt(journal: BinaryIO) -> ev.AttemptStarted | ev.AttemptEnded | None:
    """The last event that begins or ends an attempt."""
    for line in _lines_backwards(journal):
        if line.startswith(_OF_ATTEMPTS):
            event = _decoder.decode(line)
            if isinstance(event, (ev.AttemptStarted, ev.AttemptEnded)):
                return event
    return None


def _lines_backwards(journal: BinaryIO) -> Iterator[bytes]:
    """Whole lines, the last first; what a kill left unfinished is passed over."""
    size = end = journal.seek(0, os.SEEK_END)
    rest, block, finished = b"", _BLOCK, False
    while end > 0:
        start = max(0, end - block)
        journal.seek(start)
        lines = (journal.read(end - start) + rest).split(b"\n")
        rest = lines.pop(0)
        if lines and not finished:
            lines.pop()
            finished = True
        yield from reversed(lines)
        end, block = start, min(4 * block, size)
    if finished:
        yield rest


def _is_held(directory: Path) -> bool:
    """Whether the process that wrote it last still lives."""
    try:
        os.kill(int((directory / LOCK).read_text()), 0)
    except (OSError, ValueError):
        return False
    return True

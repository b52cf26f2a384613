"""Rebuilds a session from its files alone, once or while it is being written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from buildscope.errors import UsageError
from buildscope.journal.snapshot import reduce_event
from buildscope.journal.writer import JOURNAL
from buildscope.model.events import Event

if TYPE_CHECKING:
    from pathlib import Path

    from buildscope.model.run import SessionRecord

_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


class Follower:
    """Follows a journal; ``poll`` takes in what was appended since the last call.

    A last line without its newline (a kill in the middle of a write) is left for later.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.record: SessionRecord | None = None
        self._offset = 0

    def poll(self) -> list[Event]:
        """The events that are new; ``record`` is the snapshot after them."""
        try:
            with (self.directory / JOURNAL).open("rb") as journal:
                journal.seek(self._offset)
                raw = journal.read()
        except FileNotFoundError:
            return []
        complete = raw[: raw.rfind(b"\n") + 1]
        self._offset += len(complete)
        events = [self._decode(line) for line in complete.splitlines()]
        for event in events:
            self.record = reduce_event(self.record, event, self.directory)
        return events

    def _decode(self, line: bytes) -> Event:
        try:
            return _decoder.decode(line)
        except msgspec.MsgspecError as error:
            path = self.directory / JOURNAL
            message = f"{path} has a line that is no event of this version: {error}"
            raise UsageError(message, hint="open it with the version that wrote it") from error


def read_session(directory: Path) -> SessionRecord:
    """The session recorded in ``directory``.

    Raises ``UsageError`` when there is none or a line cannot be read.
    """
    follower = Follower(directory)
    follower.poll()
    if follower.record is None:
        raise UsageError(f"{directory} holds no session", hint="see `buildscope sessions`")
    return follower.record

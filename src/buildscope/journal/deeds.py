"""Reads what a hook did from its ``reports.jsonl``, while it grows or afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from buildscope.model.did import Command, DidEvent, Exited, More, Spawned, Stack

if TYPE_CHECKING:
    from pathlib import Path

    from buildscope.model.did import Deed
    from buildscope.model.failure import Frame

REPORTS = "reports.jsonl"
_DECODER = msgspec.json.Decoder(DidEvent)


class DeedReader:
    """Follows one file; a missing one reads as empty."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.more: list[More] = []
        self.stack: tuple[Frame, ...] = ()
        self.version = 0
        self._offset = 0
        self._tail = b""
        self._deeds: list[Deed] = []
        self._started: dict[str, int] = {}

    @property
    def deeds(self) -> tuple[Deed, ...]:
        """What was done, in the order of its beginning."""
        return tuple(self._deeds)

    def refresh(self) -> bool:
        """Read what has been written since; whether that told anything (``version`` grows)."""
        try:
            with self.path.open("rb") as file:
                file.seek(self._offset)
                data = file.read()
        except FileNotFoundError:
            return False
        self._offset += len(data)
        *lines, self._tail = (self._tail + data).split(b"\n")
        before = self.version
        for line in lines:
            self._take(line)
        return self.version != before

    def _take(self, line: bytes) -> None:
        try:
            event = _DECODER.decode(line)
        except msgspec.DecodeError:  # an exception, a warning: told elsewhere
            return
        self.version += 1
        if isinstance(event, Spawned):
            self._started[event.id] = len(self._deeds)
            self._deeds.append(Command(start=event))
        elif isinstance(event, Exited):
            self._take_end(event)
        elif isinstance(event, Stack):
            self.stack = event.content
        elif isinstance(event, More):
            self.more.append(event)
        else:
            self._deeds.append(event)

    def _take_end(self, event: Exited) -> None:
        at = self._started.pop(event.id, None)
        if at is not None:
            started = self._deeds[at]
            assert isinstance(started, Command)
            self._deeds[at] = msgspec.structs.replace(started, end=event)


def read_deeds(path: Path) -> tuple[Deed, ...]:
    """Everything that one file tells."""
    reader = DeedReader(path)
    reader.refresh()
    return reader.deeds

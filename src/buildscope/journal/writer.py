"""Appends events to ``journal.jsonl``, each redacted, on disk before the call returns."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

    from buildscope.journal.redact import Redactor
    from buildscope.model.events import Event

JOURNAL = "journal.jsonl"


class JournalWriter:
    """The one writer of a session's journal; ``write`` may be called from any thread."""

    def __init__(self, directory: Path, redactor: Redactor) -> None:
        self.directory = directory
        self.redactor = redactor
        self._lock = threading.Lock()
        self._encoder = msgspec.json.Encoder()
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        self._file = os.open(directory / JOURNAL, flags, 0o600)
        _drop_torn_line(directory / JOURNAL)

    def write(self, event: Event) -> None:
        """Append one event as one line."""
        plain = self.redactor.plain(msgspec.to_builtins(event))
        line = self._encoder.encode(plain) + b"\n"
        with self._lock:
            while line:
                line = line[os.write(self._file, line) :]

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        with self._lock:
            if self._file >= 0:
                os.close(self._file)
                self._file = -1


def _drop_torn_line(journal: Path) -> None:
    """A kill in the middle of a write left half a line, which no reader has ever taken in."""
    with journal.open("rb+") as file:
        content = file.read()
        complete = content.rfind(b"\n") + 1
        if complete != len(content):
            file.truncate(complete)

"""What the inspector reports while a hook runs: redacted, kept on disk, and decoded."""

from __future__ import annotations

import json
import os
import threading
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import msgspec

from buildscope.hooks.dumped import Dump
from buildscope.journal.deeds import REPORTS
from buildscope.model.base import Record
from buildscope.model.did import DidEvent, Spawned, Stack
from buildscope.model.failure import ExceptionRecord, Frame

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from buildscope.journal.redact import Redactor


class _Event(Record, frozen=True, tag_field="event", tag=str.lower):
    """A line from the inspector; ``inside/inspector.py`` writes them."""


class Missing(_Event, frozen=True):
    """The backend has no such hook."""


class Warn(_Event, frozen=True, tag="warning"):
    """A warning of Python's ``warnings``."""

    category: str
    text: str
    file: str
    line: int


class Raised(_Event, frozen=True, tag="exception"):
    """An exception left the hook."""

    content: ExceptionRecord


class Fault(_Event, frozen=True):
    """The inspector itself failed."""

    text: str


class Held(_Event, frozen=True):
    """The process waits at its exception."""


class Log(_Event, frozen=True):
    """The text of a backend's own log that is about to be deleted."""

    path: str
    text: str


_LONGEST_TAIL = 32_000_000

Event: TypeAlias = Missing | Warn | Raised | Fault | Held | Log | DidEvent
E = TypeVar("E", bound=Event)
_DECODER: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


class ReportLog:
    """Takes the inspector's events as they come; ``feed`` may be called from another thread.

    Each line is redacted before it is written to ``reports.jsonl``. The inspector is not
    told the secrets, since the hook's code could read them there. ``keep_log`` is handed the
    text of each log that a backend deletes; ``held`` is called when the process waits.
    """

    def __init__(
        self,
        directory: Path,
        redactor: Redactor,
        project: Path,
        *,
        held: Callable[[], None],
        keep_log: Callable[[str, str], None],
    ) -> None:
        self._redactor = redactor
        self._tell_held = held
        self._keep_log = keep_log
        self._roots = (f"{project}{os.sep}", f"{os.path.realpath(project)}{os.sep}")
        self._lock = threading.Lock()
        self._tail = b""
        self._events: list[Event] = []
        self._stack: tuple[Frame, ...] = ()
        self._dump = Dump(project)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | getattr(os, "O_BINARY", 0)
        self._file = os.open(directory / REPORTS, flags, 0o600)

    def feed(self, chunk: bytes) -> None:
        """Take in bytes from the inspector's pipe."""
        with self._lock:
            *lines, self._tail = (self._tail + chunk).split(b"\n")
            for line in lines:
                self._take(line)
            if len(self._tail) > _LONGEST_TAIL:
                self._tail = b""
            dumped = self._dump.frames()
            if dumped:
                self._keep(Stack(content=dumped))

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        with self._lock:
            if self._file >= 0:
                os.close(self._file)
                self._file = -1

    @property
    def missing(self) -> bool:
        """Whether the backend has no such hook."""
        return bool(self._of(Missing))

    @property
    def exception(self) -> ExceptionRecord | None:
        """The exception that left the hook, if one did."""
        found = self._of(Raised)
        return found[-1].content if found else None

    @property
    def stack(self) -> tuple[Frame, ...]:
        """Where the hook was when it was stopped, the outermost call first."""
        return self._stack

    @property
    def warnings(self) -> tuple[str, ...]:
        """Python's warnings, as ``file:line: Category: text``."""
        return tuple(
            f"{self._relative(it.file)}:{it.line}: {it.category}: {it.text}"
            for it in self._of(Warn)
        )

    @property
    def faults(self) -> tuple[str, ...]:
        """Tracebacks of the inspector's own failures."""
        return tuple(it.text for it in self._of(Fault))

    def _of(self, kind: type[E]) -> list[E]:
        with self._lock:
            return [event for event in self._events if isinstance(event, kind)]

    def _take(self, line: bytes) -> None:
        event = self._event(line)
        if event is None:
            self._dump.take(self._redactor.text(line.decode("utf-8", "backslashreplace")))
            return
        if isinstance(event, Log):
            self._keep_log(event.path, event.text)
        elif isinstance(event, Held):
            self._tell_held()
        else:
            self._keep(event)

    def _keep(self, event: Event) -> None:
        if isinstance(event, Stack):  # Python's own tells more than what was dumped before it
            self._stack = event.content
            self._dump.frames()
        elif not isinstance(event, DidEvent):
            self._events.append(event)
        data = memoryview(msgspec.json.encode(event) + b"\n")
        while data and self._file >= 0:
            data = data[os.write(self._file, data) :]

    def _event(self, line: bytes) -> Event | None:
        """Decode a line, redacted; None for what is none, since the hook can write there too."""
        if b"\\" not in line:  # no escape hides a secret, and most lines have none
            event = self._plain_event(line)
            if event is not None:
                return event
        try:
            told = valid_text(json.loads(line))
            self._learn(told)
            plain = self._redactor.plain(told)
            told_event: Event = msgspec.convert(plain, Event)
        except (ValueError, RecursionError):
            return None
        return told_event

    def _plain_event(self, line: bytes) -> Event | None:
        """The event of a line in which there is nothing to redact: a third of the work."""
        try:
            event: Event = _DECODER.decode(line)
        except (ValueError, RecursionError):
            return None
        if isinstance(event, Spawned):
            self._learn({"environ": event.environ})
        return event if self._redactor.data(line) == line else None

    def _learn(self, told: Any) -> None:
        """Take note of secrets that the hook itself hands to a command."""
        given = told.get("environ") if isinstance(told, dict) else None
        if isinstance(given, dict):
            self._redactor.learn_environ({name: it for name, it in given.items() if it})

    def _relative(self, file: str) -> str:
        for root in self._roots:
            if file.startswith(root):
                return file.removeprefix(root)
        return file


def valid_text(value: Any) -> Any:
    """JSON-like ``value``, with a question mark for each half of a surrogate pair.

    A hook may return or report them (undecodable file names); UTF-8, and so the journal, has
    no place for them.
    """
    text = json.dumps(value, ensure_ascii=False)
    return json.loads(text.encode("utf-8", "replace")) if not text.isascii() else value

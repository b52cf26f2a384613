"""Runs a session's attempts in a thread, so that the client's own stays free."""

from __future__ import annotations

import threading
import traceback
from typing import TYPE_CHECKING, Protocol

from buildscope.errors import BuildscopeError, Cancelled
from buildscope.process.stop import Stop

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from buildscope.model.run import Attempt
    from buildscope.model.settings import Request, Settings
    from buildscope.model.target import Target
    from buildscope.model.waiting import ProcessState
    from buildscope.phases.gate import Gate
    from buildscope.process.handle import Handle
    from buildscope.session.choices import Choices
    from buildscope.session.frame import FramePrompt

REPORT = "fault.txt"


class SessionLike(Protocol):
    """What a runner needs of a session; ``buildscope.session.Session`` is one."""

    @property
    def directory(self) -> Path:
        """Where the journal and everything it points at lies."""

    @property
    def target(self) -> Target:
        """What the user named."""

    @property
    def gate(self) -> Gate:
        """Where attempts pause."""

    @property
    def handle(self) -> Handle:
        """A hand on the hook that runs, or waits at its exception."""

    @property
    def drafts(self) -> dict[str, str]:
        """The newest text of each edited file: its path in the project to the kept copy."""

    @property
    def choices(self) -> Choices:
        """What a user may choose from here."""

    def keep_edit(self, path: str, file: Path) -> str:
        """Keep ``file`` as the new text of ``path``; returns the copy."""

    def keep_text(self, path: str, text: str) -> str:
        """Keep ``text`` as that of ``path``; returns the copy."""

    def look(self) -> tuple[ProcessState, ...]:
        """What the processes of the hook that runs do now; it reports its stack too."""

    def frame(self) -> FramePrompt:
        """A prompt in the frame of the failure."""

    def release(self) -> None:
        """End the process that waits at its exception."""

    def ready(self) -> None:
        """Begin in the background what makes the next retry fast."""

    def run(self, settings: Settings, stop: Stop) -> Attempt:
        """The first attempt; returns at its end."""

    def retry(self, parent: int, request: Request, stop: Stop) -> Attempt:
        """Another attempt, made from ``parent``; returns at its end."""


class Runner:
    """Owns the one thread that builds, and what stops it.

    ``fault`` is the traceback of an engine that raised, kept in ``fault.txt`` of the session
    too; ``refusal`` the last request that could not be carried out as given. ``recorded``: what the
    session holds was made before, and nothing has run since.
    """

    def __init__(self, session: SessionLike, *, recorded: bool = False) -> None:
        self.session = session
        self.recorded = recorded
        self.fault: str | None = None
        self.refusal: BuildscopeError | None = None
        self._stop = Stop()
        self._ended = threading.Event()
        self._ended.set()

    @property
    def running(self) -> bool:
        """Whether an attempt is being made."""
        return not self._ended.is_set()

    @property
    def stopping(self) -> str:
        """The reason of a stop that was asked for and has not taken effect, else empty."""
        return self._stop.reason if self.running and self._stop.requested else ""

    def start(self, settings: Settings) -> None:
        """Begin the first attempt; raises ``RuntimeError`` while one runs."""
        self._begin(lambda stop: self.session.run(settings, stop))

    def retry(self, parent: int, request: Request) -> None:
        """Begin another attempt; raises ``RuntimeError`` while one runs."""
        self._begin(lambda stop: self.session.retry(parent, request, stop))

    def search(self, job: Callable[[Stop], object]) -> None:
        """Begin a job of several attempts; raises ``RuntimeError`` while one runs."""
        self._begin(job)

    def stop(self, reason: str) -> None:
        """Ask what runs to end; returns at once."""
        self._stop.request(reason)

    def join(self, timeout: float | None = None) -> bool:
        """Wait, at most ``timeout`` seconds, until nothing runs; whether that is so.

        Waits for an event and not for the thread: before Python 3.13 an interrupt within
        ``Thread.join`` takes a thread that runs for one that has ended (gh-90882).
        """
        return self._ended.wait(timeout)

    def report(self, text: str) -> Path:
        """Keep the traceback of a fault of our own in the session's directory."""
        path = self.session.directory / REPORT
        with path.open("a", encoding="utf-8") as file:
            file.write(text + "\n")
        return path

    def _begin(self, attempt: Callable[[Stop], object]) -> None:
        if self.running:
            raise RuntimeError("an attempt is being made")
        self._stop, self.refusal, self.fault = Stop(), None, None
        self.recorded = False
        self._ended.clear()
        threading.Thread(
            target=self._run, args=(attempt, self._stop), name="buildscope-engine", daemon=True
        ).start()

    def _run(self, attempt: Callable[[Stop], object], stop: Stop) -> None:
        try:
            attempt(stop)
        except Cancelled:
            return
        except BuildscopeError as error:
            self.refusal = error
        except BaseException:  # the outermost edge of the engine: kept, shown, exit code 4
            self.fault = traceback.format_exc()
            self.report(self.fault)
        finally:
            self._ended.set()

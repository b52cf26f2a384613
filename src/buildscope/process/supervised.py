"""The supervisor process as seen from buildscope: its pipes, and what it tells."""

from __future__ import annotations

import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from buildscope.process.ended import Ended
from buildscope.process.pump import Pump, enlarge

if TYPE_CHECKING:
    from collections.abc import Callable

    from buildscope.journal.spool import Spool

_LAST_RESORT = 15.0
_BOOT = (
    "import sys; sys.path.append(sys.argv.pop(1)); import supervisor; supervisor.main(sys.argv[1:])"
)


class Outcome:
    """What the status pipe told."""

    def __init__(self) -> None:
        self.status: int | None = None
        self.at = 0.0
        self.left = 0
        self.error = ""
        self.pid = 0
        self.timed_out = False
        self.stopped = False
        self.held = False

    def take(self, line: str) -> bool:
        """Take in one line; whether it is the last."""
        word, _, rest = line.partition(" ")
        if word == "exit":
            self.status, self.at = int(rest), time.monotonic()
        elif word == "done":
            self.left = int(rest)
        elif word == "error":
            self.error = rest
        elif word == "pid":
            self.pid = int(rest)
        return word == "done"

    def ended(self, started: float) -> Ended:
        """Make the record of it."""
        ended = self.status is not None or not self.held
        code = os.waitstatus_to_exitcode(self.status or 0)
        return Ended(
            exit_code=code if ended and code >= 0 else None,
            signal=signal_name(-code) if code < 0 else None,
            seconds=(self.at or time.monotonic()) - started,
            timed_out=self.timed_out,
            stopped=self.stopped,
            left_behind=self.left,
            held=self.held and self.status is None,
        )


class Supervised:
    """A supervisor process, our ends of its pipes, and the threads that read them."""

    def __init__(self) -> None:
        self.inbox: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.outcome = Outcome()
        self._pumps: list[Pump] = []
        self._listener: threading.Thread | None = None
        self._lock = threading.Lock()
        pipes = [os.pipe() for _ in range(5)]
        (control, self._control), (self._status, status), *outputs = pipes
        self._readers = [reader for reader, _ in outputs]
        for _, writer in outputs[:2]:
            enlarge(writer)
        stdout, stderr, report = (writer for _, writer in outputs)
        self.channel, theirs = socket.socketpair()
        hold = theirs.detach()
        inherited = (control, status, report, hold)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _BOOT, str(Path(__file__).parent)]
                + [str(descriptor) for descriptor in inherited],
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                pass_fds=inherited,
                start_new_session=True,
            )
        finally:
            for descriptor in (*inherited, stdout, stderr):
                os.close(descriptor)

    @property
    def alive(self) -> bool:
        """Whether the process is still there."""
        return self._process.poll() is None

    def begin(self, job: bytes, spool: Spool, reports: Callable[[bytes], None] | None) -> None:
        """Hand over the job and start to read."""
        sinks: list[Callable[[bytes], None]] = [
            lambda chunk: spool.write("stdout", chunk),
            lambda chunk: spool.write("stderr", chunk),
            reports or (lambda _: None),
        ]
        readers, self._readers = self._readers, []
        self._pumps = [Pump(*pair) for pair in zip(readers, sinks, strict=True)]
        self._listener = threading.Thread(target=self._listen, name="status", daemon=True)
        self._listener.start()
        self._send(job)

    def wait(self, deadline: float | None, ending: Callable[[int], None] | None = None) -> Outcome:
        """Until nothing is left of the job and all its output was taken, or until it is held.

        ``ending`` is called with the pid a moment before the job is ended by force.
        """
        while True:
            try:
                line = self.inbox.get(timeout=_until(deadline))
            except queue.Empty:
                self._tell_ending(ending)
                self._expire()
                deadline = time.monotonic() + _LAST_RESORT
                continue
            if line == "held" and not self._forced:
                self._settle()
                return self.outcome
            if line == "stop":
                self._tell_ending(ending)
                self.outcome.stopped = not self.outcome.timed_out
                deadline = time.monotonic() + _LAST_RESORT
                self._send(b"s")
            elif not line:
                self._bury()
                break
            elif self.outcome.take(line):
                break
        for pump in self._pumps:
            pump.drain()
        return self.outcome

    @property
    def _forced(self) -> bool:
        return self.outcome.timed_out or self.outcome.stopped

    def ask_stack(self) -> None:
        """Have the inspector report where the job's main thread is."""
        self._send(b"p")

    def interrupt(self) -> None:
        """Send the job what Ctrl-C would."""
        self._send(b"i")

    def close(self) -> None:
        """Let the supervisor end, and wait for it; it ends its tree first, if there is one."""
        with self._lock:
            if self._control >= 0:
                os.close(self._control)
                self._control = -1
        self.channel.close()
        self._process.wait()
        for pump in self._pumps:
            pump.drain()
        for descriptor in self._readers:
            os.close(descriptor)
        if self._listener is None:
            os.close(self._status)
        else:
            self._listener.join(_LAST_RESORT)
        self._readers = []

    def _settle(self) -> None:
        """The job waits: what it has printed is all that belongs to the record."""
        self.outcome.held = True
        for pump in self._pumps:
            pump.settle()

    def _tell_ending(self, ending: Callable[[int], None] | None) -> None:
        if ending is not None and not self._forced and self.outcome.status is None:
            ending(self.outcome.pid)

    def _expire(self) -> None:
        """When the time is over: the first time ask for the end, later end the supervisor itself."""
        if self._forced:
            self._process.kill()
            return
        if self.outcome.status is None:
            self.outcome.timed_out = True
            self._send(b"s")

    def _bury(self) -> None:
        """After the supervisor was killed: end what is known of its tree, and tell how it died."""
        code = self._process.wait()
        if self.outcome.pid:
            with suppress(OSError):
                os.killpg(self.outcome.pid, signal.SIGKILL)
        if self.outcome.status is None:
            self.outcome.status = -code if code < 0 else code << 8

    def _send(self, data: bytes) -> None:
        with self._lock:
            view = memoryview(data if self._control >= 0 else b"")
            try:
                while view:
                    view = view[os.write(self._control, view) :]
            except BrokenPipeError:  # it died; the status pipe tells
                return

    def _listen(self) -> None:
        with os.fdopen(self._status, "r", encoding="ascii") as lines:
            for line in lines:
                self.inbox.put(line.strip())
        self.inbox.put("")


def signal_name(number: int) -> str:
    """Name of a signal (``SIGKILL``); ``SIG40`` for one that has none."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"SIG{number}"


def _until(deadline: float | None) -> float | None:
    return None if deadline is None else max(0.0, deadline - time.monotonic())

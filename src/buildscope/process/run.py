"""Runs one process under a supervisor and pumps its output to a spool."""

from __future__ import annotations

import atexit
import errno
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from buildscope.errors import BuildscopeError
from buildscope.process.ended import Ended

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from buildscope.journal.spool import Spool
    from buildscope.process.stop import Stop

_CHUNK = 1 << 16
_PIPE_SIZE = 1 << 20
_DRAIN_PATIENCE = 0.4
_LAST_RESORT = 15.0
_BOOT = (
    "import sys; sys.path.append(sys.argv.pop(1)); import supervisor; supervisor.main(sys.argv[1:])"
)


def run(
    command: Sequence[str],
    *,
    cwd: Path | str,
    env: Mapping[str, str],
    spool: Spool,
    stop: Stop,
    timeout: float | None = None,
    reports: Callable[[bytes], None] | None = None,
) -> Ended:
    """Run ``command`` to its end, its output going to ``spool``; leaves no process behind.

    ``timeout`` is in seconds. A stop or a timeout ends the whole tree. With ``reports`` the
    command gets a third pipe as descriptor 3, whose bytes go there (from another thread), and
    SIGUSR1 a moment before it is ended. A command that fails is no error; raises
    ``BuildscopeError`` when it cannot be started at all.
    """
    job = _encode_job(command, cwd=cwd, env=env, inspected=reports is not None)
    supervised = _take_spare() or _Supervised()
    started = time.monotonic()
    unsubscribe = None
    try:
        supervised.begin(job, spool, reports)
        unsubscribe = stop.subscribe(lambda: supervised.inbox.put("stop"))
        outcome = supervised.wait(None if timeout is None else started + timeout)
    finally:
        if unsubscribe is not None:
            unsubscribe()
        supervised.close()
    if outcome.error:
        raise _not_started(command, cwd, outcome.error)
    return outcome.ended(started)


def prepare() -> None:
    """Start the supervisor of the next ``run`` ahead of time; returns at once.

    Saves that run about 10 ms. A second call before that run does nothing, and a
    supervisor that is never used ends with this process.
    """
    with _spares_lock:
        if not _spares:
            _spares.append(_Supervised())


class _Outcome:
    """What the status pipe told."""

    def __init__(self) -> None:
        self.status: int | None = None
        self.at = 0.0
        self.left = 0
        self.error = ""
        self.pid = 0
        self.timed_out = False
        self.stopped = False

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
        code = os.waitstatus_to_exitcode(self.status or 0)
        return Ended(
            exit_code=code if code >= 0 else None,
            signal=signal_name(-code) if code < 0 else None,
            seconds=(self.at or time.monotonic()) - started,
            timed_out=self.timed_out,
            stopped=self.stopped,
            left_behind=self.left,
        )


class _Supervised:
    """A supervisor process, our ends of its pipes, and the threads that read them."""

    def __init__(self) -> None:
        self.inbox: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.outcome = _Outcome()
        self._pumps: list[_Pump] = []
        self._lock = threading.Lock()
        pipes = [os.pipe() for _ in range(5)]
        (control, self._control), (self._status, status), *outputs = pipes
        self._readers = [reader for reader, _ in outputs]
        for _, writer in outputs[:2]:
            _enlarge(writer)
        stdout, stderr, report = (writer for _, writer in outputs)
        inherited = (control, status, report)
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

    def begin(self, job: bytes, spool: Spool, reports: Callable[[bytes], None] | None) -> None:
        """Hand over the job and start to read."""
        sinks: list[Callable[[bytes], None]] = [
            lambda chunk: spool.write("stdout", chunk),
            lambda chunk: spool.write("stderr", chunk),
            reports or (lambda _: None),
        ]
        readers, self._readers = self._readers, []
        self._pumps = [_Pump(*pair) for pair in zip(readers, sinks, strict=True)]
        threading.Thread(target=self._listen, name="status", daemon=True).start()
        self._send(job)

    def wait(self, deadline: float | None) -> _Outcome:
        """Until nothing is left of the job and all its output was taken."""
        while True:
            try:
                line = self.inbox.get(timeout=_until(deadline))
            except queue.Empty:
                self._expire()
                deadline = time.monotonic() + _LAST_RESORT
                continue
            if line == "stop":
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

    def close(self) -> None:
        """Let the supervisor end, and wait for it; it ends its tree first, if there is one."""
        with self._lock:
            if self._control >= 0:
                os.close(self._control)
                self._control = -1
        self._process.wait()
        for pump in self._pumps:
            pump.drain()
        for descriptor in self._readers:
            os.close(descriptor)
        if not self._pumps:
            os.close(self._status)
        self._readers = []

    def _expire(self) -> None:
        """When the time is over: the first time ask for the end, later end the supervisor itself."""
        if self.outcome.timed_out or self.outcome.stopped:
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


class _Pump:
    """A thread that passes on what comes out of a pipe."""

    def __init__(self, descriptor: int, sink: Callable[[bytes], None]) -> None:
        self._descriptor = descriptor
        self._sink = sink
        self._lock = threading.Lock()
        self._abandoned = False
        self._chunks = 0
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._pump, name="pump", daemon=True)
        self._thread.start()

    def _pump(self) -> None:
        try:
            while chunk := os.read(self._descriptor, _CHUNK):
                with self._lock:
                    if self._abandoned:
                        return
                    self._sink(chunk)
                    self._chunks += 1
        except Exception as error:  # a full disk, say: `drain` raises it in the caller's thread
            self._error = error
        finally:
            os.close(self._descriptor)

    def drain(self) -> None:
        """Wait for the end of the pipe, but not for one that somebody holds open in silence.

        Raises what the sink raised.
        """
        seen = -1
        while self._thread.is_alive() and seen != self._chunks:
            seen = self._chunks
            self._thread.join(_DRAIN_PATIENCE)
        with self._lock:
            self._abandoned = True
        error, self._error = self._error, None
        if error is not None:
            raise error


def signal_name(number: int) -> str:
    """Name of a signal (``SIGKILL``); ``SIG40`` for one that has none."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"SIG{number}"


_spares: list[_Supervised] = []
_spares_lock = threading.Lock()


def _take_spare() -> _Supervised | None:
    with _spares_lock:
        return _spares.pop() if _spares else None


@atexit.register
def _close_spares() -> None:
    while (spare := _take_spare()) is not None:
        spare.close()


def _until(deadline: float | None) -> float | None:
    return None if deadline is None else max(0.0, deadline - time.monotonic())


def _encode_job(
    command: Sequence[str], *, cwd: Path | str, env: Mapping[str, str], inspected: bool
) -> bytes:
    variables = [f"{name}={value}" for name, value in env.items()]
    fields = ["1" if inspected else "0", os.fspath(cwd), str(len(command)), *command, *variables]
    if any("\0" in field for field in fields):
        raise BuildscopeError(f"cannot run {command[0]!r}: an argument or variable has a zero byte")
    data = b"".join(os.fsencode(field) + b"\0" for field in fields)
    return b"%d\n" % len(data) + data


def _not_started(command: Sequence[str], cwd: Path | str, error: str) -> BuildscopeError:
    number, _, where = error.partition(" ")
    reason = os.strerror(int(number))
    if where == "cwd":
        return BuildscopeError(f"cannot run {command[0]!r} in {str(cwd)!r}: {reason}")
    hint = None
    if int(number) == errno.ENOENT:
        hint = "is it installed, and on PATH? A script may also name an interpreter that is gone."
    return BuildscopeError(f"cannot run {command[0]!r}: {reason}", hint=hint)


def _enlarge(descriptor: int) -> None:
    """Give a pipe more room where the system allows it; fewer switches for much output."""
    if sys.platform != "linux":
        return
    import fcntl

    try:
        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, _PIPE_SIZE)
    except OSError:  # the user's share of pipe memory is used up
        return

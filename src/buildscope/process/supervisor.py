"""Runs one command and ends everything that it started; stdlib only, never imported by the package.

``run`` starts it as ``python -I -S`` with the ends of the pipes in ``sys.argv``. It is session
leader (so Ctrl-C in the terminal does not reach it) and, on Linux, sub-reaper: whoever leaves
the session or loses its parent becomes its child. It reads one job from the control pipe,
starts it, and then obeys that pipe: ``s``, or its end (buildscope died), ends the whole tree; a
second one ends it without grace; ``p`` has the inspector report its stack, ``i`` interrupts the
command and its process group as Ctrl-C would. It writes to the status pipe, a line each::

    pid N           the command was started
    error N WHERE   errno of what kept it from being started (``cwd`` or ``program``)
    exit N          the wait status of the command
    done N          nothing is left; N processes had to be killed after the command ended

What is imported here is paid by every hook: ``_signal`` spares ``enum`` (5 ms), ``_ctypes``
spares ``ctypes`` (4 ms), ``posix`` spares ``os`` (2 ms).
"""

from __future__ import annotations

import posix
import select
import sys
import time

try:
    import _signal as signal  # type: ignore[import-not-found]
except ImportError:  # an interpreter without the private module
    import signal

LINUX = sys.platform == "linux"
STACK_GRACE = 0.2
BETWEEN_STACKS = 0.1
"""A handler of ``faulthandler`` that comes while it still runs uses up the C stack."""
TERM_GRACE = 1.5
SETTLE = 0.15
KILL_LIMIT = 5.0
REPORT_FD = 3
HOLD_FD = 4
_PR_SET_CHILD_SUBREAPER = 36
_ENOENT, _ENOTDIR = 2, 20


class Job:
    """What to run: the command, where, with which environment; ``inspected`` has the inspector."""

    def __init__(self, inspected: bool, cwd: bytes, argv: list[bytes], env: list[bytes]) -> None:
        self.inspected = inspected
        self.cwd = cwd
        self.argv = argv
        self.env = dict(item.split(b"=", 1) for item in env)


class Supervisor:
    """One command and all that descends from it."""

    def __init__(
        self, control: int, status: int, report: int, hold: int, *, subreaper: bool
    ) -> None:
        self.control = control
        self.status = status
        self.report = report
        self.hold = hold
        self.subreaper = subreaper
        self.child = 0
        self.inspected = False
        self.ended: int | None = None
        self.requests = 0
        self.rested = 0.0
        self.orphaned = False
        self.wake = _wake_pipe()

    def supervise(self, job: Job) -> None:
        """Run ``job`` to its end and leave no process of it behind."""
        self._start(job)
        while self.ended is None and not self.requests:
            self._pause(None)
        if self.ended is None:
            self._end()
        self._tell(f"exit {int(self.ended or 0)}")
        self._tell(f"done {self._sweep()}")

    def _start(self, job: Job) -> None:
        self.inspected = job.inspected
        self.child = posix.fork()
        if self.child == 0:
            _become(job, self.status, self.report, self.hold)
        self._tell(f"pid {self.child}")
        null = posix.open("/dev/null", posix.O_RDWR)
        for descriptor in (1, 2, self.report, self.hold):
            posix.dup2(null, descriptor, inheritable=False)
        posix.close(null)

    def _end(self) -> None:
        if self._ask_stack():
            self._wait_for_end(STACK_GRACE)
        if self.requests < 2:
            self._send(self.remaining(), signal.SIGTERM)
            self._wait_for_end(TERM_GRACE)
        deadline = time.monotonic() + KILL_LIMIT
        while self.ended is None and time.monotonic() < deadline:
            self._send([self.child], signal.SIGKILL)
            self._pause(0.05)
        if self.ended is None:
            self.ended = signal.SIGKILL

    def _sweep(self) -> int:
        """End what outlived the command; how many there were."""
        deadline = time.monotonic() + SETTLE
        while self._others() and time.monotonic() < deadline:
            self._pause(0.02)
        if not self._others():
            return 0
        left = self.remaining()
        self._send(left, signal.SIGTERM)
        deadline = time.monotonic() + SETTLE
        while self._others() and time.monotonic() < deadline:
            self._pause(0.02)
        deadline = time.monotonic() + KILL_LIMIT
        while (found := self.remaining()) and time.monotonic() < deadline:
            self._send(found, signal.SIGKILL)
            self._pause(0.01)
        return len(left)

    def _wait_for_end(self, grace: float) -> None:
        asked = self.requests
        deadline = time.monotonic() + grace
        while self.ended is None and self.requests == asked:
            rest = deadline - time.monotonic()
            if rest <= 0:
                break
            self._pause(rest)

    def _pause(self, seconds: float | None) -> None:
        """Wait for a child to end, a request or the time; take note of all of them."""
        watched = [self.wake] if self.orphaned else [self.wake, self.control]
        ready = select.select(watched, [], [], seconds)[0]
        if self.control in ready:
            data = posix.read(self.control, 16)
            self._obey(data)
            self.orphaned = not data
        if self.wake in ready:
            signals = posix.read(self.wake, 64)
            self.requests += sum(number != signal.SIGCHLD for number in signals)
        self._reap()

    def _obey(self, data: bytes) -> None:
        self.requests += data.count(b"s") if data else 1
        if self.ended is None:
            if b"p" in data and time.monotonic() >= self.rested:
                self.rested = time.monotonic() + BETWEEN_STACKS
                self._ask_stack()
            if b"i" in data:
                self._send([-self.child], signal.SIGINT)

    def _ask_stack(self) -> bool:
        """Signal the inspector, where one listens: the signal would end anything else."""
        asked = self.inspected and (not LINUX or _listens(self.child))
        if asked:
            self._send([self.child], signal.SIGUSR1)
        return asked

    def _reap(self) -> None:
        """Reap by pid, the command and (where there is ``waitid``) adopted orphans."""
        if not LINUX:
            if self.ended is None:
                pid, status = posix.waitpid(self.child, posix.WNOHANG)
                self.ended = status if pid else None
            return
        while True:
            try:
                found = posix.waitid(posix.P_ALL, 0, posix.WEXITED | posix.WNOHANG | posix.WNOWAIT)
            except ChildProcessError:
                return
            if found is None:
                return
            _, status = posix.waitpid(found.si_pid, 0)
            if found.si_pid == self.child:
                self.ended = status

    def _others(self) -> bool:
        if not (LINUX and self.subreaper):
            return bool(self.remaining())
        try:
            posix.waitid(posix.P_ALL, 0, posix.WEXITED | posix.WNOHANG | posix.WNOWAIT)
        except ChildProcessError:
            return False
        return True

    def remaining(self) -> list[int]:
        """Pids of all that descends from the command; a negative one names a process group."""
        if LINUX:
            return _descendants()
        try:
            posix.killpg(self.child, 0)
        except OSError:
            return []
        return [-self.child]

    def _send(self, pids: list[int], number: int) -> None:
        for pid in pids:
            _kill(pid, number)

    def _tell(self, line: str) -> None:
        try:
            posix.write(self.status, line.encode() + b"\n")
        except OSError:  # buildscope died; the tree is still ours to end
            self.requests += 1


def _kill(pid: int, number: int) -> None:
    try:
        posix.kill(pid, number)
    except OSError:  # it ended, or became another user's
        return


def _become(job: Job, status: int, report: int, hold: int) -> None:
    """In the forked child: turn into the command, or say why not."""
    where = "cwd"
    try:
        posix.setpgid(0, 0)
        status, report, hold = _moved_up(status), _moved_up(report), _moved_up(hold)
        if job.inspected:
            posix.dup2(report, REPORT_FD)
            posix.dup2(hold, HOLD_FD)
            signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # until the inspector listens
        for name in ("SIGPIPE", "SIGXFSZ"):  # Python ignores them, programs expect the default
            signal.signal(getattr(signal, name), signal.SIG_DFL)
        posix.chdir(job.cwd)
        where = "program"
        _execute(job)
    except OSError as error:
        posix.write(status, f"error {error.errno} {where}\n".encode())
    finally:
        posix._exit(127)  # noqa: SLF001


def _moved_up(descriptor: int) -> int:
    """A copy that is not in the way of those with a fixed number."""
    while descriptor <= HOLD_FD:
        descriptor = posix.dup(descriptor)
    return descriptor


def _execute(job: Job) -> None:
    """``execvpe``, without the import of ``warnings`` that the library's needs."""
    program = job.argv[0]
    if b"/" in program:
        posix.execve(program, job.argv, job.env)
    failures = [
        _failure(directory + b"/" + program, job)
        for directory in job.env.get(b"PATH", b"/bin:/usr/bin").split(b":")
    ]
    telling = [it for it in failures if it.errno not in {_ENOENT, _ENOTDIR}]
    raise (telling or failures)[0]


def _failure(path: bytes, job: Job) -> OSError:
    """Turn into the program at ``path``; what kept it from that, if anything did."""
    try:
        posix.execve(path, job.argv, job.env)
    except OSError as error:
        return error


def _descendants() -> list[int]:
    """Living processes below this one, and others of its session, read from ``/proc``."""
    me = posix.getpid()
    living = {int(name): entry for name in posix.listdir("/proc") if (entry := _read_stat(name))}
    found = {pid for pid, (_, session) in living.items() if session == me}
    grown = True
    while grown:
        below = {pid for pid, (parent, _) in living.items() if parent == me or parent in found}
        grown = not below <= found
        found |= below
    return sorted(found - {me})


def _read_stat(pid: str) -> tuple[int, int] | None:
    """Parent and session of a process (proc(5)); None when it is gone or a zombie.

    A zombie with threads is alive: only its first thread has ended.
    """
    if not pid.isdigit():
        return None
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 - without pathlib
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    if fields[0] in {b"Z", b"X"} and int(fields[17]) <= 1:
        return None
    return int(fields[1]), int(fields[3])


def _listens(pid: int) -> bool:
    """Whether the process has a handler for SIGUSR1 (``SigCgt``, proc(5))."""
    try:
        with open(f"/proc/{pid}/status", "rb") as file:  # noqa: PTH123 - without pathlib
            caught = file.read().partition(b"\nSigCgt:")[2].split(None, 1)[0]
    except (OSError, IndexError):
        return False
    return bool(int(caught, 16) >> (signal.SIGUSR1 - 1) & 1)


def _wake_pipe() -> int:
    """End to read of a pipe that gets a byte, its number, for each signal."""
    reader, writer = posix.pipe()
    posix.set_blocking(reader, False)
    posix.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    return reader


def _adopt_orphans() -> bool:
    """Become sub-reaper (prctl(2)); whether that worked."""
    if not LINUX:
        return False
    arguments = (_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        import _ctypes

        program = _ctypes.dlopen(None, posix.RTLD_NOW)  # type: ignore[arg-type]
        prctl = _ctypes.dlsym(program, "prctl")
        return bool(_ctypes.call_function(prctl, arguments) == 0)
    except (ImportError, AttributeError, OSError):
        return _adopt_orphans_slowly(arguments)


def _adopt_orphans_slowly(arguments: tuple[int, ...]) -> bool:
    try:
        import ctypes

        return bool(ctypes.CDLL(None).prctl(*arguments) == 0)
    except (ImportError, AttributeError, OSError):
        return False


def _read_job(control: int) -> Job | None:
    """Read the job; None when buildscope went away before it sent one.

    A decimal length and a newline, then fields that each end with a zero byte: inspected,
    directory, number of arguments, arguments, variables.
    """
    head = b""
    while not head.endswith(b"\n"):
        byte = posix.read(control, 1)
        if not byte:
            return None
        head += byte
    missing, parts = int(head), []
    while missing:
        chunk = posix.read(control, missing)
        if not chunk:
            return None
        parts.append(chunk)
        missing -= len(chunk)
    inspected, cwd, count, *rest = b"".join(parts).split(b"\0")[:-1]
    return Job(inspected == b"1", cwd, rest[: int(count)], rest[int(count) :])


def main(argv: list[str]) -> None:
    """Serve the one job that comes over the control pipe; the arguments are its descriptors."""
    control, status, report, hold = map(int, argv)
    for descriptor in (control, status, report, hold):
        posix.set_inheritable(descriptor, False)
    supervisor = Supervisor(control, status, report, hold, subreaper=_adopt_orphans())
    job = _read_job(control)
    if job is not None:
        supervisor.supervise(job)
    posix._exit(0)  # noqa: SLF001

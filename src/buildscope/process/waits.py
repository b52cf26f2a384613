"""Finds out what a thread waits for: by its system call, else by the kernel's function it is in."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from buildscope.process import proc_texts
from buildscope.process.blocked import Thread, Wait
from buildscope.process.descriptors import describe
from buildscope.process.system_calls import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable

_LOCK_COMMANDS: Final = (7, 38)
"""``F_SETLKW`` and ``F_OFD_SETLKW``, the ones of ``fcntl`` that wait."""
_POLL_INPUT, _POLL_OUTPUT = 1, 4
_MOST_POLLED: Final = 64
_BY_PID, _BY_PIDFD = 1, 3
_WORD: Final = 1 << 32


def by_call(at: Thread) -> Wait | None:
    """What the system call says that a thread is in; nothing where it is not to be known."""
    call = at.proc.call(at.pid, at.thread)
    names = NAMES.get(at.proc.machine)
    if call is None or names is None or call.number < 0 or call.stack < _WORD:
        return None  # below: a 32-bit program, whose calls have other numbers
    found = _CALLS.get(names.get(call.number, ""))
    return found(at, call.arguments) if found is not None else None


def by_kernel_function(at: Thread) -> Wait:
    """What the kernel's function says that a thread sleeps in: less, and less often readable."""
    if at.thread is None and at.pid in at.proc.locks:
        return at.lock()
    function = at.kernel_function
    for part, found in _FUNCTIONS:
        if part in function:
            return found(at)
    if function:
        return Wait(f"waits in the kernel's function {function}", vague=True)
    return Wait("waits, the system does not say what for", vague=True)


def _signed(value: int) -> int:
    """An argument of C's type ``int``."""
    value &= _WORD - 1
    return value - _WORD if value >= _WORD >> 1 else value


def _poll(at: Thread, arguments: tuple[int, ...]) -> Wait:
    address, count = arguments[:2]
    if count == 0:
        return _SLEEPS
    raw = at.proc.memory(at.pid, address, 8 * min(count, _MOST_POLLED))
    inputs: list[int] = []
    outputs: list[int] = []
    for number, events, _ in struct.iter_unpack("=ihh", raw[: len(raw) // 8 * 8]):
        if number >= 0:
            only_output = events & (_POLL_INPUT | _POLL_OUTPUT) == _POLL_OUTPUT
            (outputs if only_output else inputs).append(number)
    return at.any_of(inputs, outputs) if inputs or outputs else _SEVERAL


def _select(at: Thread, arguments: tuple[int, ...]) -> Wait:
    count = arguments[0]
    inputs, outputs = (_set(at, address, count) for address in arguments[1:3])
    if inputs or outputs:
        return at.any_of(inputs, outputs)
    return _SEVERAL if count else _SLEEPS


def _set(at: Thread, address: int, count: int) -> list[int]:
    """The descriptors in an ``fd_set``."""
    if not address:
        return []
    raw = at.proc.memory(at.pid, address, (min(count, 1024) + 7) // 8)
    return [8 * at_ + bit for at_, byte in enumerate(raw) for bit in range(8) if byte >> bit & 1]


def _epoll(at: Thread, arguments: tuple[int, ...]) -> Wait:
    facts = at.proc.descriptor_facts(at.pid, _signed(arguments[0]))
    numbers = proc_texts.watched(facts)[:_MOST_POLLED]
    return at.any_of(numbers, []) if numbers else _SEVERAL


def _waitid(at: Thread, arguments: tuple[int, ...]) -> Wait:
    kind, which = arguments[0], _signed(arguments[1])
    if kind == _BY_PIDFD:
        found = describe(at.proc, at.pid, which)
        return Wait(f"waits for {found.text}", found.pids)
    return at.child(which if kind == _BY_PID else 0)


def _fcntl(at: Thread, arguments: tuple[int, ...]) -> Wait | None:
    return at.lock(_signed(arguments[0])) if arguments[1] in _LOCK_COMMANDS else None


def _to_disk(at: Thread, arguments: tuple[int, ...]) -> Wait:
    found = describe(at.proc, at.pid, _signed(arguments[0]), writes=True)
    return Wait(f"waits for the disk to have {found.text}")


def _calls(
    names: str, found: Callable[[Thread, tuple[int, ...]], Wait | None]
) -> dict[str, Callable[[Thread, tuple[int, ...]], Wait | None]]:
    return dict.fromkeys(names.split(), found)


_SEVERAL: Final = Wait("waits for input from one of several descriptors", vague=True)
_SLEEPS: Final = Wait("sleeps", vague=True)
_SIGNAL: Final = Wait("waits for a signal", vague=True)
_STARTS: Final = Wait("waits until a child of it has started its program", vague=True)

_CALLS: Final = {
    **_calls(
        "read readv pread64 preadv recvfrom recvmsg recvmmsg",
        lambda at, arguments: at.read(_signed(arguments[0])),
    ),
    **_calls(
        "write writev pwrite64 pwritev sendto sendmsg sendmmsg",
        lambda at, arguments: at.write(_signed(arguments[0])),
    ),
    **_calls("connect", lambda at, arguments: at.connect(_signed(arguments[0]))),
    **_calls("accept accept4", lambda at, arguments: at.accept(_signed(arguments[0]))),
    **_calls("poll ppoll", _poll),
    **_calls("select pselect6", _select),
    **_calls("epoll_wait epoll_pwait epoll_pwait2", _epoll),
    **_calls("wait4", lambda at, arguments: at.child(_signed(arguments[0]))),
    **_calls("waitid", _waitid),
    **_calls("flock", lambda at, arguments: at.lock(_signed(arguments[0]))),
    **_calls("fcntl", _fcntl),
    **_calls("futex futex_waitv", lambda at, _: at.memory_lock()),
    **_calls("open", lambda at, arguments: at.open(arguments[0])),
    **_calls("openat openat2", lambda at, arguments: at.open(arguments[1])),
    **_calls("fsync fdatasync", _to_disk),
    **_calls("sync", lambda *_: Wait("waits for the disk to have everything")),
    **_calls("nanosleep clock_nanosleep", lambda *_: _SLEEPS),
    **_calls("pause rt_sigsuspend rt_sigtimedwait", lambda *_: _SIGNAL),
    **_calls("clone clone3 vfork", lambda *_: _STARTS),
    **_calls("execve", lambda *_: Wait("starts its program")),
    **_calls("semop semtimedop", lambda *_: Wait("waits for a semaphore")),
}

_FUNCTIONS: Final[tuple[tuple[str, Callable[[Thread], Wait]], ...]] = (
    ("futex", lambda at: at.memory_lock()),
    ("do_wait", lambda at: at.child(0)),
    ("nanosleep", lambda _: _SLEEPS),
    ("wait_for_partner", lambda at: at.open(0)),
    ("pipe_read", lambda _: Wait("reads a pipe", vague=True)),
    ("pipe_write", lambda _: Wait("waits to write to a pipe", vague=True)),
    ("lock_inode_wait", lambda at: at.lock()),
    ("inet_csk_accept", lambda _: Wait("waits for a connection to a listening socket")),
    ("inet_wait_for_connect", lambda _: Wait("connects to a socket")),
    ("tty_read", lambda _: Wait("reads the terminal")),
    ("wait_woken", lambda at: at.woken()),
    ("unix_stream", lambda _: Wait("reads a local socket", vague=True)),
    ("skb_wait", lambda _: Wait("reads a socket")),
    ("poll", lambda _: _SEVERAL),
    ("select", lambda _: _SEVERAL),
    ("sigsuspend", lambda _: _SIGNAL),
    ("sigtimedwait", lambda _: _SIGNAL),
)
"""Parts of names of the kernel's functions; ``futex_do_wait`` is why the order matters."""

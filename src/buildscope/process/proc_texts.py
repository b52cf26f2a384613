"""Reads the texts of ``/proc``: proc(5), and ``Documentation/filesystems/proc.rst`` of Linux.

Every function takes what a file has and returns nothing where it makes no sense of it: files of
a process that vanishes are empty or cut.
"""

from __future__ import annotations

import re
import socket
import sys
from typing import NamedTuple

CONNECTING, LISTENING = 2, 10
"""TCP states, from ``include/net/tcp_states.h``."""
_WRITE_ONLY, _ACCESS = 1, 3
_LOCK = re.compile(
    r"^(\d+): +(-> +)?\S+ +\S+ +\S+ +(-?\d+) +[0-9a-f]+:[0-9a-f]+:(\d+)", re.MULTILINE
)


class Stat(NamedTuple):
    """Of ``/proc/PID/stat``: ``state`` is the letter, the times are in clock ticks."""

    pid: int
    name: str
    state: str
    parent: int
    cpu: int
    started: int


class Call(NamedTuple):
    """Of ``/proc/PID/syscall``: what the process is in; ``number`` is -1 where that is no call."""

    number: int
    arguments: tuple[int, ...]
    stack: int


class Socket(NamedTuple):
    """A line of ``/proc/net/tcp``, ``udp`` or ``unix``; addresses are texts, empty where unknown."""

    protocol: str
    local: str
    remote: str = ""
    state: int = 0


class HeldLock(NamedTuple):
    """What a process waits for: the file's inode, and who holds it (-1 where nobody knows)."""

    inode: int
    holder: int


def stat(text: str) -> Stat | None:
    """The process of a ``stat`` file; its name may have blanks and parentheses."""
    start, closed, rest = text.rpartition(")")
    pid, _, name = start.partition(" (")
    fields = rest.split()
    if not closed or not pid.isdigit() or len(fields) < 20:
        return None
    cpu = int(fields[11]) + int(fields[12])
    return Stat(int(pid), name, fields[0], int(fields[1]), cpu, int(fields[19]))


def call(text: str) -> Call | None:
    """What a ``syscall`` file says; nothing while the process runs."""
    fields = text.split()
    if not fields or fields[0] == "running":
        return None
    numbers = [int(field, 16) for field in fields[1:]]
    if len(numbers) < 2:
        return None
    return Call(int(fields[0]), tuple(numbers[:-2]), numbers[-2])


def writes_only(fdinfo: str) -> bool | None:
    """Whether a descriptor is the writing end, of its ``fdinfo``; nothing where it can do both."""
    found = re.search(r"^flags:\s*([0-7]+)", fdinfo, re.MULTILINE)
    access = int(found[1], 8) & _ACCESS if found else None
    return access == _WRITE_ONLY if access in {0, _WRITE_ONLY} else None


def watched(fdinfo: str) -> list[int]:
    """The descriptors that an event queue (epoll) watches, of its ``fdinfo``."""
    return [int(number) for number in re.findall(r"^tfd:\s*(\d+)", fdinfo, re.MULTILINE)]


def pid_of(fdinfo: str) -> int:
    """The process that a pidfd means, of its ``fdinfo``; -1 where it is over."""
    found = re.search(r"^Pid:\s*(\d+)", fdinfo, re.MULTILINE)
    return int(found[1]) if found else -1


def inode_of(fdinfo: str) -> int:
    """The file's inode, of a ``fdinfo`` (Linux 5.14 and newer); -1 where it is not told."""
    found = re.search(r"^ino:\s*(\d+)", fdinfo, re.MULTILINE)
    return int(found[1]) if found else -1


def locks(text: str) -> dict[int, HeldLock]:
    """Of ``/proc/locks``: for every process that waits for a lock, what it waits for."""
    holders: dict[str, int] = {}
    waiting = {}
    for number, waits, pid, inode in _LOCK.findall(text):
        if waits:
            waiting[int(pid)] = HeldLock(int(inode), holders.get(number, -1))
        else:
            holders[number] = int(pid)
    return waiting


def internet_sockets(text: str, protocol: str) -> dict[int, Socket]:
    """Of ``/proc/net/tcp``, ``tcp6``, ``udp`` or ``udp6``: sockets by inode."""
    found = {}
    for line in text.splitlines()[1:]:
        fields = line.split()
        if len(fields) >= 10 and fields[9].isdigit():
            local, remote = address(fields[1]), address(fields[2])
            found[int(fields[9])] = Socket(protocol, local, remote, int(fields[3], 16))
    return found


def unix_sockets(text: str) -> dict[int, Socket]:
    """Of ``/proc/net/unix``: sockets by inode; most have no path."""
    found = {}
    for line in text.splitlines()[1:]:
        fields = line.split(maxsplit=7)
        if len(fields) >= 7 and fields[6].isdigit():
            path = fields[7] if len(fields) > 7 else ""
            found[int(fields[6])] = Socket("unix", path)
    return found


def address(text: str) -> str:
    """``0100007F:0050`` as ``127.0.0.1:80``; words are in the order of the machine."""
    host, _, port = text.partition(":")
    words = [int(host[at : at + 8], 16) for at in range(0, len(host), 8)]
    packed = b"".join(word.to_bytes(4, sys.byteorder) for word in words)
    if packed.startswith(bytes(10) + b"\xff\xff") and len(packed) == 16:
        packed = packed[12:]
    number = int(port, 16)
    if len(packed) == 4:
        return f"{socket.inet_ntop(socket.AF_INET, packed)}:{number}"
    return f"[{socket.inet_ntop(socket.AF_INET6, packed)}]:{number}"

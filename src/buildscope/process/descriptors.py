"""Says what an open descriptor of a process is, and which processes are at its other end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from buildscope.process import proc_texts
from buildscope.process.proc_texts import CONNECTING, LISTENING, Socket

if TYPE_CHECKING:
    from collections.abc import Sequence

    from buildscope.process.procfs import Procfs

_STANDARD = ("its standard input", "its standard output", "its standard error")
_TERMINAL = re.compile(r"/dev/(tty\w*|pts/\d+|console)")
_SOCKET = re.compile(r"socket:\[(\d+)\]")
_CLOSED = "a closed descriptor"
_NAMED = 2
"""Processes at the other end that are named; the others are counted."""


class Descriptor(NamedTuple):
    """``text`` in the words of a sentence; ``pids`` are the processes at its other end.

    ``connects``: it is a socket that has no answer to its wish to connect yet. ``own``: it is
    for messages from within the process, or may be.
    """

    text: str
    pids: tuple[int, ...] = ()
    connects: bool = False
    own: bool = False


def describe(
    proc: Procfs, pid: int, number: int, *, writes: bool = False, pipe: bool = False
) -> Descriptor:
    """The descriptor ``number`` of a process that ``writes`` to it or reads it.

    ``pipe`` says that it is known to be one, though its link may be the path of a named one.
    """
    link = proc.link(pid, number)
    if pipe or link.startswith("pipe:"):
        found = _pipe(proc, pid, link, writes)
    else:
        found = _what(proc, pid, number, link)
    if not (0 <= number < len(_STANDARD)):
        return found
    inside = "" if found.text == _CLOSED else f" ({_flat(found.text)})"
    return found._replace(text=f"{_STANDARD[number]}{inside}")


def named(proc: Procfs, pid: int) -> str:
    """``process 77 (git)``."""
    stat = proc.processes.get(pid)
    return f"process {pid} ({stat.name})" if stat is not None else f"process {pid}"


def by(proc: Procfs, pids: Sequence[int]) -> str:
    """``pid 77 git, pid 78 ssh and 3 more``."""
    stats = ((pid, proc.processes.get(pid)) for pid in pids[:_NAMED])
    names = [f"pid {pid} {stat.name}" if stat is not None else f"pid {pid}" for pid, stat in stats]
    more = len(pids) - len(names)
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")


def _what(proc: Procfs, pid: int, number: int, link: str) -> Descriptor:
    if socket := _SOCKET.fullmatch(link):
        return _socket(proc, pid, int(socket[1]))
    if link == "anon_inode:[pidfd]":
        target = proc_texts.pid_of(proc.descriptor_facts(pid, number))
        return Descriptor(named(proc, target), (target,)) if target > 0 else Descriptor("a process")
    if link.startswith("anon_inode:"):
        return Descriptor(f"its own {link.removeprefix('anon_inode:').strip('[]')}", own=True)
    if _TERMINAL.fullmatch(link):
        return Descriptor(f"the terminal {link}")
    return Descriptor(link or _CLOSED)


def _pipe(proc: Procfs, pid: int, link: str, writes: bool) -> Descriptor:
    """A pipe with those who have its other end open."""
    text = f"named pipe {link}" if link.startswith("/") else "a pipe"
    others = []
    for holder, numbers in proc.holders(link).items():
        ends = [proc_texts.writes_only(proc.descriptor_facts(holder, each)) for each in numbers]
        if any(end is not writes for end in ends):
            others.append(holder)
    done = "read" if writes else "written"
    if others == [pid] and proc.searched_all:
        return Descriptor(f"{text} ({done} by nobody but itself)", own=True)
    others = sorted(holder for holder in others if holder != pid)
    return Descriptor(f"{text} ({done} by {by(proc, others)})" if others else text, tuple(others))


def _socket(proc: Procfs, pid: int, inode: int) -> Descriptor:
    sockets = proc.sockets(pid)
    found = sockets.get(inode)
    if found is None:
        return Descriptor("a socket")
    if found.protocol == "unix":
        return Descriptor(
            f"local socket {found.local}" if found.local else "a local socket", own=not found.local
        )
    if found.protocol == "tcp" and found.state == LISTENING:
        return Descriptor(f"listening socket {found.local}")
    if found.protocol == "udp":
        answers = " (a name server)" if found.remote.endswith(":53") else ""
        there = found.local if found.remote.endswith(":0") else found.remote
        return Descriptor(f"UDP socket {there}{answers}")
    connects = found.state == CONNECTING
    pids = tuple(_peers(proc, sockets, found))
    peer = f" ({by(proc, pids)})" if pids else ""
    return Descriptor(f"socket {found.remote}{peer}", pids, connects)


def _peers(proc: Procfs, sockets: dict[int, Socket], here: Socket) -> list[int]:
    """The processes of this machine at the other end of a TCP connection."""
    for inode, there in sockets.items():
        if (there.local, there.remote) == (here.remote, here.local) and inode:
            return sorted(proc.holders(f"socket:[{inode}]"))
    return []


def _flat(text: str) -> str:
    """Without parentheses inside of those to come."""
    return text.replace(" (", ", ").replace(")", "")

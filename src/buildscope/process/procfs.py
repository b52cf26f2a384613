"""What one look at processes needs of ``/proc``, read once and never waited for.

Nothing here opens a file of another process or asks a file system for one: descriptors are
known by the texts of their links. A file that vanishes or may not be read is an empty one.
"""

from __future__ import annotations

import os
import time
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from buildscope.process import proc_texts

if TYPE_CHECKING:
    from buildscope.process.proc_texts import Call, HeldLock, Socket, Stat

_TEXT_LIMIT = 1 << 16
_TABLE_LIMIT = 1 << 22
_SEARCH_SECONDS = 0.2
"""How long the other ends of pipes are looked for, in all processes."""


class Procfs:
    """``/proc`` at one moment; ``machine`` is the processor's name as ``os.uname`` tells it."""

    def __init__(self, root: Path = Path("/proc"), machine: str | None = None) -> None:
        self._root = root
        self.machine = os.uname().machine if machine is None else machine
        self._sockets: dict[str, dict[int, Socket]] = {}
        self.searched_all = True

    @cached_property
    def processes(self) -> dict[int, Stat]:
        """All processes."""
        found = (self.stat(int(name)) for name in self._names("") if name.isdigit())
        return {stat.pid: stat for stat in found if stat is not None}

    @cached_property
    def children(self) -> dict[int, list[Stat]]:
        """The children of each process that has some, the oldest first."""
        found: dict[int, list[Stat]] = {}
        for stat in sorted(self.processes.values(), key=lambda stat: (stat.started, stat.pid)):
            found.setdefault(stat.parent, []).append(stat)
        return found

    def stat(self, pid: int, thread: int | None = None) -> Stat | None:
        """A process, or one of its threads."""
        return proc_texts.stat(self.text(f"{_place(pid, thread)}/stat"))

    def call(self, pid: int, thread: int | None = None) -> Call | None:
        """The system call that a thread is in, where that may be known."""
        return proc_texts.call(self.text(f"{_place(pid, thread)}/syscall"))

    def kernel_function(self, pid: int, thread: int | None = None) -> str:
        """The function of the kernel that a thread waits in, or nothing."""
        return self.text(f"{_place(pid, thread)}/wchan").strip("0\n")

    def threads(self, pid: int) -> list[int]:
        """The threads of a process but its main one."""
        return [int(name) for name in self._names(f"{pid}/task") if name != str(pid)]

    def link(self, pid: int, descriptor: int | str) -> str:
        """What a descriptor is: a path, ``pipe:[12]``, ``socket:[34]``, ``anon_inode:[…]``."""
        return self._link(f"{pid}/fd/{descriptor}")

    def descriptors(self, pid: int) -> list[int]:
        """The numbers of the open descriptors of a process."""
        return [int(name) for name in self._names(f"{pid}/fd")]

    def descriptor_facts(self, pid: int, descriptor: int) -> str:
        """The ``fdinfo`` of a descriptor."""
        return self.text(f"{pid}/fdinfo/{descriptor}")

    def memory(self, pid: int, address: int, size: int) -> bytes:
        """Bytes of the memory of a process; fewer, or none, where they cannot be read.

        While it waits for the disk its memory may be locked, and reading it would wait as well.
        """
        stat = self.processes.get(pid)
        if stat is None or stat.state == "D":
            return b""
        try:
            with (self._root / str(pid) / "mem").open("rb", buffering=0) as file:
                file.seek(address)
                return file.read(size) or b""
        except (OSError, OverflowError):
            return b""

    @cached_property
    def locks(self) -> dict[int, HeldLock]:
        """The file locks that are waited for, by process."""
        return proc_texts.locks(self.text("locks", _TABLE_LIMIT))

    def sockets(self, pid: int) -> dict[int, Socket]:
        """The sockets of the network that a process lives in, by inode."""
        network = self._link(f"{pid}/ns/net")
        if network not in self._sockets:
            found = proc_texts.unix_sockets(self.text(f"{pid}/net/unix", _TABLE_LIMIT))
            for table in ("tcp", "tcp6", "udp", "udp6"):
                text = self.text(f"{pid}/net/{table}", _TABLE_LIMIT)
                found |= proc_texts.internet_sockets(text, table[:3])
            self._sockets[network] = found
        return self._sockets[network]

    def holders(self, link: str) -> dict[int, list[int]]:
        """Descriptors by process, of all that have ``link`` open and may be looked at.

        ``searched_all`` is false afterwards when there may be more.
        """
        return self._open_links.get(link, {})

    @cached_property
    def _open_links(self) -> dict[str, dict[int, list[int]]]:
        deadline = time.monotonic() + _SEARCH_SECONDS
        found: dict[str, dict[int, list[int]]] = {}
        newest_first = sorted(self.processes.values(), key=lambda stat: -stat.started)
        for pid in (stat.pid for stat in newest_first):
            if time.monotonic() > deadline or not os.access(self._root / str(pid) / "fd", os.R_OK):
                self.searched_all = False
                continue
            for descriptor in self.descriptors(pid):
                link = self.link(pid, descriptor)
                found.setdefault(link, {}).setdefault(pid, []).append(descriptor)
        return found

    def text(self, path: str, limit: int = _TEXT_LIMIT) -> str:
        """At most ``limit`` bytes of a file, or nothing."""
        try:
            with (self._root / path).open("rb") as file:
                return file.read(limit).decode("utf-8", errors="replace")
        except OSError:
            return ""

    def _names(self, path: str) -> list[str]:
        try:
            return [entry.name for entry in (self._root / path).iterdir()]
        except OSError:
            return []

    def _link(self, path: str) -> str:
        try:
            link = (self._root / path).readlink()
        except OSError:
            return ""
        return os.fsencode(link).decode("utf-8", errors="replace")


def _place(pid: int, thread: int | None) -> str:
    return str(pid) if thread is None else f"{pid}/task/{thread}"

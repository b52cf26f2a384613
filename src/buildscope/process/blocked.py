"""Says in words what a thread waits for, once it is known which way it waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from buildscope.process import proc_texts
from buildscope.process.descriptors import Descriptor, by, describe, named

if TYPE_CHECKING:
    from buildscope.process.procfs import Procfs

_MOST_NAMED: Final = 3
_PATH_LIMIT: Final = 4096


class Wait(NamedTuple):
    """``text`` continues a sentence about the process; ``pids`` are those it waits for.

    ``vague``: the children may be meant. ``threads``: another thread may be meant.
    """

    text: str
    pids: tuple[int, ...] = ()
    vague: bool = False
    threads: bool = False


class Thread(NamedTuple):
    """A thread that does not run: of process ``pid``; ``thread`` is ``None`` for the main one."""

    proc: Procfs
    pid: int
    thread: int | None = None

    def read(self, number: int) -> Wait:
        """Waits for input from the descriptor ``number``."""
        found = describe(self.proc, self.pid, number, pipe=self._in_pipe)
        return Wait(f"reads {found.text}", found.pids)

    def write(self, number: int) -> Wait:
        """Waits until the descriptor ``number`` takes more."""
        found = describe(self.proc, self.pid, number, writes=True, pipe=self._in_pipe)
        return Wait(f"waits to write to {found.text}", found.pids)

    def connect(self, number: int) -> Wait:
        """Waits for the answer to its wish to connect."""
        return _connecting(describe(self.proc, self.pid, number))

    def woken(self) -> Wait:
        """Waits in a function that reads sockets and terminals, and also connects sockets."""
        links = ((each, self.proc.link(self.pid, each)) for each in self.proc.descriptors(self.pid))
        for number in (each for each, link in links if link.startswith("socket:")):
            found = describe(self.proc, self.pid, number)
            if found.connects:
                return _connecting(found)
        return Wait("reads a socket or the terminal")

    def accept(self, number: int) -> Wait:
        """Waits for somebody to connect."""
        return Wait(f"waits for a connection to {describe(self.proc, self.pid, number).text}")

    def any_of(self, inputs: list[int], outputs: list[int]) -> Wait:
        """Waits until one of its descriptors is ready."""
        reads = [describe(self.proc, self.pid, number) for number in inputs]
        writes = [describe(self.proc, self.pid, number, writes=True) for number in outputs]
        both = [*reads, *writes]
        if len(both) == 1 and both[0].connects:
            return _connecting(both[0])
        parts = [f"waits for input from {_or(reads)}"] if reads else []
        parts += [f"{'' if reads else 'waits '}to write to {_or(writes)}"] if writes else []
        pids = dict.fromkeys(pid for each in both for pid in each.pids if pid != self.pid)
        return Wait(" or ".join(parts), tuple(pids), vague=all(each.own for each in both))

    def child(self, pid: int) -> Wait:
        """Waits for the end of a child: a certain one, or any where ``pid`` is not positive."""
        if pid > 0:
            return Wait(f"waits for {named(self.proc, pid)}", (pid,))
        pids = tuple(child.pid for child in self.proc.children.get(self.pid, ()))
        if len(pids) == 1:
            return Wait(f"waits for {named(self.proc, pids[0])}", pids)
        return Wait("waits for any of its children", pids)

    def lock(self, number: int | None = None) -> Wait:
        """Waits for the lock on a file."""
        held = self.proc.locks.get(self.pid)
        path = self.proc.link(self.pid, number) if number is not None else ""
        if not path and held is not None:
            path = self._path_of(held.inode)
        text = f"waits for a lock on {path or 'a file'}"
        if held is None or held.holder <= 0:
            return Wait(text)
        if held.holder == self.pid:
            return Wait(f"{text} (held by itself)")
        return Wait(f"{text} (held by {by(self.proc, (held.holder,))})", (held.holder,))

    def memory_lock(self) -> Wait:
        """Waits at a futex: the lock, condition or end of a thread."""
        if self.thread is None and not self.proc.threads(self.pid):
            return Wait("waits for a lock in memory, and has no other thread that could free it")
        return Wait("waits for another thread", threads=True)

    def open(self, address: int) -> Wait:
        """Waits while it opens a path; where it is a named pipe, for somebody at the other end."""
        raw = self.proc.memory(self.pid, address, _PATH_LIMIT).partition(b"\0")[0]
        path = raw.decode("utf-8", errors="replace")
        if self._in_pipe or "partner" in self.kernel_function:
            return Wait(
                f"opens {f'named pipe {path}' if path else 'a named pipe'}, "
                "which nobody has open at the other end"
            )
        return Wait(f"opens {path or 'a file'}")

    @property
    def kernel_function(self) -> str:
        """Where in the kernel it sleeps."""
        return self.proc.kernel_function(self.pid, self.thread)

    @property
    def _in_pipe(self) -> bool:
        return "pipe" in self.kernel_function or "fifo" in self.kernel_function

    def _path_of(self, inode: int) -> str:
        for number in self.proc.descriptors(self.pid):
            facts = self.proc.descriptor_facts(self.pid, number)
            if proc_texts.inode_of(facts) == inode:
                return self.proc.link(self.pid, number)
        return ""


def _connecting(found: Descriptor) -> Wait:
    return Wait(f"connects to {found.text.removeprefix('socket ')}", found.pids)


def _or(found: list[Descriptor]) -> str:
    texts = list(dict.fromkeys(each.text for each in found))
    more = len(texts) - _MOST_NAMED
    return " or ".join(texts[:_MOST_NAMED]) + (f" or {more} more" if more > 0 else "")

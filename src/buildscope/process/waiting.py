"""Looks at a process and all that it started, from outside, at one moment.

On Linux all is read from ``/proc``; which system call a process is in may be read by its own
user, where the machine does not forbid it (Yama's ``ptrace_scope``, some containers); else the
answer is weaker. Elsewhere ``ps`` is asked, which says little more than the state.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Final

import msgspec

from buildscope.model.waiting import Activity, ProcessState
from buildscope.process import ps
from buildscope.process.blocked import Thread, Wait
from buildscope.process.procfs import Procfs
from buildscope.process.waits import by_call, by_kernel_function

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from buildscope.process.proc_texts import Stat

MOST_PROCESSES: Final = 50
_MOST_ARGUMENTS, _MOST_CHARACTERS = 40, 2000
_MOST_THREADS: Final = 64
_COMMAND_LIMIT: Final = 1 << 17
_PS_SECONDS: Final = 2.0

_STATES: Final[Mapping[str, Activity]] = {
    "R": "running",
    "D": "waiting for disk",
    "T": "stopped",
    "t": "stopped",
    "Z": "ended",
    "X": "ended",
}


def look(pid: int, redact: Callable[[str], str] = str) -> tuple[ProcessState, ...]:
    """The process ``pid`` and all its descendants, parents first, at most 50.

    ``redact`` takes secrets out of each argument before it is cut. A process that has vanished
    is left out: the answer is empty when there is none, or none can be seen.
    """
    if sys.platform == "linux":
        return look_in(Procfs(), pid, redact)
    return _cut(ps.below(_ps(), pid), redact)


def look_in(proc: Procfs, pid: int, redact: Callable[[str], str] = str) -> tuple[ProcessState, ...]:
    """As ``look``, in a certain ``/proc``."""
    stats = [stat for stat, _ in zip(_below(proc, pid), range(MOST_PROCESSES), strict=False)]
    waits = {stat.pid: _wait(proc, stat) for stat in stats}
    states = [_state(proc, stat, _for_whom(proc, stat, waits), waits[stat.pid]) for stat in stats]
    return _cut(states, redact)


def _below(proc: Procfs, pid: int) -> Iterator[Stat]:
    """The process and its descendants, each before its children."""
    root = proc.processes.get(pid)
    left = [root] if root is not None else []
    while left:
        stat = left.pop()
        yield stat
        left.extend(reversed(proc.children.get(stat.pid, ())))


def _state(proc: Procfs, stat: Stat, waits_for: tuple[int, ...], wait: Wait) -> ProcessState:
    ticks = os.sysconf("SC_CLK_TCK")
    arguments = proc.text(f"{stat.pid}/cmdline", _COMMAND_LIMIT).rstrip("\0")
    return ProcessState(
        pid=stat.pid,
        parent=stat.parent,
        command=tuple(arguments.split("\0")) if arguments else (stat.name,),
        state=_STATES.get(stat.state, "sleeping"),
        cpu_seconds=stat.cpu / ticks,
        age_seconds=max(_uptime() - stat.started / ticks, 0.0),
        waits=wait.text,
        waits_for=waits_for,
    )


def _uptime() -> float:
    """Seconds since the machine was started; ``/proc/uptime`` may be the container's."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if sys.platform == "linux" else time.monotonic()


def _wait(proc: Procfs, stat: Stat) -> Wait:
    if stat.state in "ZX":
        return Wait(f"has ended, process {stat.parent} has not asked how")
    if stat.state == "T":
        return Wait("is stopped until somebody sends it SIGCONT")
    if stat.state == "t":
        return Wait("is held by a debugger")
    wait = _thread_wait(Thread(proc, stat.pid), stat.state)
    if stat.state == "R":
        return wait
    return _with_threads(proc, stat.pid, wait)


def _thread_wait(thread: Thread, state: str) -> Wait:
    if state == "R":
        return Wait("computes", vague=True)
    return by_call(thread) or by_kernel_function(thread)


def _with_threads(proc: Procfs, pid: int, main: Wait) -> Wait:
    """What the main thread waits for, and what the others do meanwhile where that matters."""
    others = [stat for one in proc.threads(pid)[:_MOST_THREADS] if (stat := proc.stat(pid, one))]
    if any(stat.state == "R" for stat in others):
        link = ", which computes" if main.threads else " while another thread computes"
        return main._replace(text=main.text + link)
    if not main.threads:
        return main
    waits = [_thread_wait(Thread(proc, pid, stat.pid), stat.state) for stat in others]
    waits = sorted((wait for wait in waits if not wait.threads), key=lambda wait: wait.vague)
    found = next(iter(waits), None)
    return found._replace(text=f"{main.text}, which {found.text}") if found else main


def _for_whom(proc: Procfs, stat: Stat, waits: Mapping[int, Wait]) -> tuple[int, ...]:
    """The processes that it waits for; its children where it does not say, but helpers of its own.

    A process that computes waits only for children that compute, too.
    """
    wait = waits[stat.pid]
    if wait.pids or not wait.vague:
        return wait.pids
    children = [child for child in proc.children.get(stat.pid, ()) if child.pid in waits]
    return tuple(
        child.pid
        for child in children
        if stat.pid not in waits[child.pid].pids
        and child.state not in "ZX"
        and (stat.state != "R" or child.state == "R")
    )


def _ps() -> str:
    """What ``ps`` says of all processes; nothing where there is none, or it takes too long."""
    try:
        done = subprocess.run(
            ps.COMMAND,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PS_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", errors="replace")


def _cut(states: list[ProcessState], redact: Callable[[str], str]) -> tuple[ProcessState, ...]:
    return tuple(
        msgspec.structs.replace(state, command=_short(state.command, redact))
        for state in states[:MOST_PROCESSES]
    )


def _short(command: tuple[str, ...], redact: Callable[[str], str]) -> tuple[str, ...]:
    """At most 40 arguments and 2,000 characters, with ``…`` where there was more."""
    kept: list[str] = []
    left = _MOST_CHARACTERS
    for argument in map(redact, command[:_MOST_ARGUMENTS]):
        kept.append(argument if len(argument) <= left else argument[:left] + "…")
        left -= len(argument)
        if left <= 0:
            break
    return (*kept, "…") if len(kept) < len(command) else tuple(kept)

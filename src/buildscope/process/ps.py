"""Reads what ``ps`` of macOS, the BSDs and Linux prints, where there is no ``/proc``."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from buildscope.model.waiting import Activity, ProcessState

COMMAND: Final = ("ps", "-A", "-ww", "-o", "pid=,ppid=,stat=,etime=,time=,command=")
_LINE: Final = re.compile(r"\s*(\d+)\s+(\d+)\s+(\S+)\s+([\d:.-]+)\s+([\d:.-]+)\s+(.*)")
_STATES: Final[dict[str, tuple[Activity, str]]] = {
    "R": ("running", "computes"),
    "D": ("waiting for disk", "waits for the disk"),
    "U": ("waiting for disk", "waits for the disk"),
    "T": ("stopped", "is stopped until somebody sends it SIGCONT"),
    "Z": ("ended", "has ended, its parent has not asked how"),
}
_WAITS: Final[tuple[Activity, str]] = ("sleeping", "waits, the system does not say what for")


def below(text: str, pid: int) -> list[ProcessState]:
    """The process ``pid`` and its descendants, each before its children, of what ``ps`` printed.

    ``ps`` does not keep arguments apart: they are cut at blanks.
    """
    states = [state for line in text.splitlines() if (state := _state(line))]
    left = [state for state in states if state.pid == pid]
    found = []
    while left:
        state = left.pop()
        children = [child for child in states if child.parent == state.pid]
        found.append(_with_children(state, children))
        left.extend(reversed(children))
    return found


def seconds(text: str) -> float:
    """``[[days-]hours:]minutes:seconds`` with or without hundredths."""
    days, _, clock = text.rpartition("-")
    total = 0.0
    for part in clock.split(":"):
        total = total * 60 + float(part)
    return total + 86400 * int(days or 0)


def _state(line: str) -> ProcessState | None:
    found = _LINE.fullmatch(line)
    if found is None:
        return None
    pid, parent, state, age, cpu, command = found.groups()
    activity, waits = _STATES.get(state[0], _WAITS)
    return ProcessState(
        pid=int(pid),
        parent=int(parent),
        command=tuple(command.split()),
        state=activity,
        cpu_seconds=seconds(cpu),
        age_seconds=seconds(age),
        waits=waits,
    )


def _with_children(state: ProcessState, children: list[ProcessState]) -> ProcessState:
    """With the children that it may wait for, as ``ps`` does not say what for."""
    living = [child.pid for child in children if child.state != "ended"]
    if state.state != "sleeping" or not living:
        return state
    return msgspec.structs.replace(state, waits_for=tuple(living))

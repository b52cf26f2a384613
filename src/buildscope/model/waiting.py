"""What a process does or waits for, seen from outside at one moment."""

from __future__ import annotations

from typing import Literal, TypeAlias

from buildscope.model.base import Record

Activity: TypeAlias = Literal["running", "sleeping", "waiting for disk", "stopped", "ended"]
"""``ended``: it is over, and its parent has not asked for its exit code yet."""


class ProcessState(Record, frozen=True):
    """One process.

    ``pid`` and ``parent`` are process ids and ``command`` its arguments, cut where they are long.
    ``cpu_seconds`` is the processor time of all its threads until now, ``age_seconds`` the time
    since it was started. ``waits`` is what follows its name in a sentence (``reads socket
    10.0.0.1:443``, ``waits for process 1234 (git)``, ``computes``). ``waits_for`` are the ids of
    the processes that have to do something before it goes on, as far as they are known; where
    the wait itself does not tell (``sleeps``), those of its children that may be meant.
    """

    pid: int
    parent: int
    command: tuple[str, ...]
    state: Activity
    cpu_seconds: float
    age_seconds: float
    waits: str
    waits_for: tuple[int, ...] = ()

"""Says which of the processes of a silent build is stuck, and what each of them does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from buildscope.reports.sanitize import plain_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from buildscope.model.waiting import ProcessState

_LONGEST: Final = 60
"""Characters of a command in a line."""


def stuck(states: Sequence[ProcessState]) -> ProcessState | None:
    """The process that the others wait for: the last of the chain that begins at the first.

    Of several that one waits for, the oldest that has not ended. ``states`` are as
    ``buildscope.process.waiting.look`` gives them; nothing where there are none.
    """
    chain = _chain(states)
    return chain[-1] if chain else None


def sentence(states: Sequence[ProcessState], silent: float | None = None) -> str:
    """``git fetch (pid 1234) reads socket 140.82.112.3:443, for 24 s``, or nothing.

    ``silent`` are the seconds since the build has said something; it is shown for how long the
    process can have waited, so never longer than its age.
    """
    chain = _chain(states)
    if not chain:
        return ""
    last = chain[-1]
    text = f"{called(last)} (pid {last.pid}) {plain_line(last.waits)}"
    back = next((state for state in chain[:-1] if state.pid in last.waits_for), None)
    if back is not None:
        text += f", while {called(back)} (pid {back.pid}) waits for it"
    if silent is not None:
        text += f", for {_duration(min(silent, last.age_seconds))}"
    return text


def process_lines(states: Sequence[ProcessState]) -> tuple[str, ...]:
    """A line for each process, below the one that started it."""
    depths: dict[int, int] = {}
    for state in states:
        depths[state.pid] = depths.get(state.parent, -1) + 1
    return tuple(
        f"{'  ' * depths[state.pid]}{state.pid} {called(state)}: {plain_line(state.waits)} "
        f"({state.state}, {_duration(state.age_seconds)} old, {state.cpu_seconds:.1f} s CPU)"
        for state in states
    )


def called(state: ProcessState) -> str:
    """The command as a person would say it, cut: ``git fetch origin``."""
    program, *arguments = state.command or ("?",)
    name = program.rpartition("/")[2] or program
    text = plain_line(" ".join([name, *arguments]))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"


def _chain(states: Sequence[ProcessState]) -> list[ProcessState]:
    """The first process, the one it waits for, the one that waits for, and so on."""
    living = {state.pid: state for state in states if state.state != "ended"}
    chain = list(states[:1])
    while chain:
        passed = {state.pid for state in chain}
        wanted = [living[pid] for pid in chain[-1].waits_for if pid in living]
        found = [state for state in wanted if state.pid not in passed]
        if not found:
            break
        chain.append(max(found, key=lambda state: state.age_seconds))
    return chain


def _duration(seconds: float) -> str:
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"

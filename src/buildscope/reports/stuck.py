"""Where a hook stands that says nothing, or stood when it was stopped."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

import msgspec

from buildscope.model.did import Command, Connected, Resolved
from buildscope.reports.waiting import process_lines, sentence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from buildscope.model.did import Deed
    from buildscope.model.failure import Frame
    from buildscope.model.waiting import ProcessState

_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Stand:
    """What is known: the Python stack (outermost first), the processes, what was done last.

    ``silent`` is for how many seconds nothing was printed, where that is known.
    """

    stack: tuple[Frame, ...] = ()
    processes: tuple[ProcessState, ...] = ()
    command: Command | None = None
    connection: Connected | Resolved | None = None
    silent: float | None = None

    @property
    def known(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.stack or self.processes)


def stand(
    stack: Sequence[Frame],
    processes: Sequence[ProcessState],
    deeds: Sequence[Deed],
    silent: float | None = None,
) -> Stand:
    """Put together what is known of where a hook stands."""
    commands = [deed for deed in deeds if isinstance(deed, Command)]
    running = [command for command in commands if command.end is None]
    newest = (running or commands)[-1:]
    connections = [deed for deed in deeds if isinstance(deed, Connected | Resolved)]
    first = [msgspec.structs.replace(one, command=("the hook",)) for one in processes[:1]]
    return Stand(
        stack=tuple(stack),
        processes=(*first, *processes[1:]),
        command=newest[0] if newest else None,
        connection=connections[-1] if connections else None,
        silent=silent,
    )


def place(stack: Sequence[Frame]) -> Frame | None:
    """The project's innermost frame, else the innermost outside the standard library."""
    for owners in (("project",), ("backend",), ("stdlib", "frontend")):
        found = [frame for frame in stack if frame.owner in owners]
        if found:
            return found[-1]
    return None


def stand_sentence(found: Stand) -> str:
    """``at setup.py:5 time.sleep(100) · sleep (pid 7) sleeps, for 24 s``, or nothing."""
    frame = place(found.stack)
    at = f"at {frame.file}:{frame.line} {frame.source}".rstrip() if frame else ""
    return " · ".join(filter(None, (at, sentence(found.processes, found.silent))))


def stack_lines(found: Stand) -> Iterator[str]:
    """The Python stack, the most recent call first."""
    for frame in reversed(found.stack):
        if frame.owner != "frontend":
            file = frame.file if frame.owner == "project" else PurePath(frame.file).name
            yield f"{file}:{frame.line} {frame.function}   {frame.source}".rstrip()


def last_lines(found: Stand) -> Iterator[str]:
    """What the processes do, and what was done last."""
    yield from process_lines(found.processes)
    if found.command is not None:
        yield f"last sub-process: {_command(found.command)}"
    if found.connection is not None:
        port = f":{found.connection.port}" if found.connection.port is not None else ""
        verb = "looked up" if isinstance(found.connection, Resolved) else "connected to"
        yield f"last connection: {verb} {found.connection.host}{port}"


def _command(command: Command) -> str:
    text = shlex.join(command.start.argv)
    text = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    if command.end is None:
        return f"{text} (no end seen)"
    code = command.end.code
    return f"{text} (could not be started)" if code is None else f"{text} (exit code {code})"

"""What a hook did, in words: for the terminal, for reports and for the debugger."""

from __future__ import annotations

import re
import shlex
import signal
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from buildscope.model.did import Command, Connected, Opened, Resolved, Sought
from buildscope.reports.sanitize import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import TypeAlias

    from buildscope.model.did import Call, Deed, More
    from buildscope.model.failure import ExceptionRecord
    from buildscope.model.run import PhaseRun

    Pasted: TypeAlias = Callable[[Command], str]

OBSERVED: Final = "Observed, not a sandbox: what sub-processes do by themselves is not seen."
_COMPILER = re.compile(
    r"(?:.*-)?(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+|gfortran|f77|f95|nvcc|icc|icx|ld)(?:-[\d.]+)?"
)
_ASIDE = re.compile(
    r"-(?:[IDLWfOgmURl]|isystem|std=|pthread|pipe|NDEBUG|arch|isysroot|rpath|n\w).*"
)
"""Options of compilers that every call of a build has in common."""
_ABOVE = re.compile(r"^.*[\\/](?:(?:site|dist)-packages|python3\.\d+)[\\/]")
_PLURALS: Final = {
    "spawned": "sub-processes",
    "opened": "files opened elsewhere",
    "sought": "modules that were not found",
    "connected": "connections",
    "resolved": "host names",
}

MOST_TOLD: Final = 20
"""How many of each kind a summary lists."""


def short_command(argv: Sequence[str]) -> str:
    """A command as a person would say it: no directories of programs, no usual options.

    ``gcc … -c src/second.c -o build/second.o``
    """
    if not argv:
        return ""
    program = PurePath(argv[0]).name or argv[0]
    words = [shlex.quote(program)]
    aside = _COMPILER.fullmatch(program.removesuffix(".exe")) is not None
    for argument in argv[1:]:
        if not aside or not _ASIDE.fullmatch(argument):
            words.append(shlex.quote(argument))
        elif words[-1] != "…":
            words.append("…")
    return one_line(" ".join(words))


def full_command(argv: Sequence[str]) -> str:
    """All arguments, as words of a shell, on one line; to read and not to paste."""
    return one_line(shlex.join(argv))


def ended(command: Command, *, running: bool = False) -> str:
    """How it ended: ``exit 1``, ``killed by SIGKILL``, ``could not be started``, ``running``."""
    if command.end is None:
        return "running" if running else "its end was not seen"
    code = command.end.code
    if code is None:
        return "could not be started"
    return f"exit {code}" if code >= 0 else f"killed by {_signal(-code)}"


def short_file(call: Call) -> str:
    """The file of a call as it is imported; a project's is relative already."""
    return call.file if call.owner == "project" else _ABOVE.sub("", call.file)


def place(call: Call) -> str:
    """File and line: ``setup.py:3``."""
    return f"{short_file(call)}:{call.line}"


def origin(deed: Deed) -> Call | None:
    """The line that a person should look at: the project's where there is one."""
    return deed.led_by or deed.by


def told(deed: Deed) -> str:
    """What it is, in one line: ``$ gcc -c a.c``, ``connected to host:443``."""
    if isinstance(deed, Command):
        return f"$ {short_command(deed.start.argv)}"
    if isinstance(deed, Connected):
        port = f":{deed.port}" if deed.port is not None else ""
        return f"connected to {deed.host}{port}"
    if isinstance(deed, Resolved):
        port = f", port {deed.port}" if deed.port else ""
        return f"looked up the host {deed.host}{port}"
    if isinstance(deed, Opened):
        return f"{'wrote' if deed.writing else 'read'} {deed.path}"
    return f"import {deed.name}: not found"


def is_ours(deed: Deed) -> bool:
    """Whether the project itself did it, and not the backend on its behalf."""
    return deed.by is not None and deed.by.owner == "project"


def more_told(more: More) -> str:
    """``more than 500 files opened elsewhere: the others are not listed``."""
    kind = _PLURALS.get(more.kind, more.kind)
    return f"more than {more.most} {kind}: the others are not listed"


def failed_commands(deeds: Iterable[Deed]) -> list[Command]:
    """Those that failed, in the order of their ends."""
    found = [deed for deed in deeds if isinstance(deed, Command) and deed.failed]
    return sorted(found, key=lambda command: command.end.at if command.end else 0.0)


def deciding_command(run: PhaseRun, deeds: Sequence[Deed]) -> Command | None:
    """The command whose failure made the hook of ``run`` fail, as far as that can be told.

    The last one that failed, where what was raised names it; or where the hook only ended (it raised
    ``SystemExit``, or nothing) and started nothing else afterwards.
    """
    failed = failed_commands(deeds)
    if not failed or run.status != "failed":
        return None
    last = failed[-1]
    end = last.end.at if last.end is not None else 0.0
    if run.exception is not None and _names(run.exception, last):
        return last
    if run.exception is not None and run.exception.type != "SystemExit":
        return None
    later = any(isinstance(deed, Command) and deed.at > end for deed in deeds)
    return None if later else last


def lines(
    run: PhaseRun, deeds: Sequence[Deed], more: Iterable[More], pasted: Pasted
) -> Iterator[str]:
    """The time line of one hook, for a terminal; a failed command with the line that repeats it."""
    yield f"{run.name}: what its hook did. {OBSERVED}"
    for deed in deeds:
        yield f"{deed.at:9.2f} s  {_whole(deed)}"
        for text in _details(run, deed, pasted):
            yield f"{'':13}{text}"
    if not deeds:
        yield "  nothing that is observed: no command, connection, file elsewhere, missing module"
    for one in more:
        yield f"  {more_told(one)}"


def _whole(deed: Deed) -> str:
    return f"$ {full_command(deed.start.argv)}" if isinstance(deed, Command) else told(deed)


def _details(run: PhaseRun, deed: Deed, pasted: Pasted) -> Iterator[str]:
    parts: list[str] = []
    if isinstance(deed, Command):
        mark = "✗ " if deed.failed else ""
        parts.append(mark + ended(deed, running=run.status == "running") + duration(deed))
        parts.append(f"in {deed.start.cwd}")
    parts += [f"by {place(deed.by)}"] if deed.by is not None else []
    parts += [f"led by {place(deed.led_by)}"] if deed.led_by is not None else []
    if parts:
        yield " · ".join(parts)
    if isinstance(deed, Command) and deed.failed:
        yield f"again: {pasted(deed)}"


def duration(command: Command) -> str:
    """`` after 0.15 s``, or nothing where it is not known."""
    seconds = command.end.seconds if command.end is not None else None
    return "" if seconds is None else f" after {seconds:.2f} s"


def _names(exception: ExceptionRecord, command: Command) -> bool:
    """Whether an exception, or what it came from, tells of a process and of this one's name."""
    program = PurePath(command.start.argv[0]).name if command.start.argv else ""
    told_of = f"{exception.type}: {exception.message}"
    if program and program in told_of:
        return True
    return exception.cause is not None and _names(exception.cause, command)


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def summary(deeds: Sequence[Deed], pasted: Pasted | None) -> Iterator[tuple[str, str]]:
    """What matters of all this, each as a kind and a text; at most some of each.

    The kind ``sh`` is a line that repeats a failed command, under the ``text`` that tells of it.
    """
    failed = failed_commands(deeds)[-MOST_TOLD:]
    for command in reversed(failed):
        yield "text", f"{told(command)} ({ended(command)}{_from(command)})"
        if pasted is not None:
            yield "sh", pasted(command)
    others = [deed for deed in deeds if deed not in failed]
    for kind in (Command, (Connected, Resolved), Sought, Opened):
        of_kind = [deed for deed in others if isinstance(deed, kind) and _matters(deed)]
        for deed in of_kind[:MOST_TOLD]:
            how = f" ({ended(deed)}{_from(deed)})" if isinstance(deed, Command) else _from(deed)
            yield "text", f"{told(deed)}{how}"
        if len(of_kind) > MOST_TOLD:
            yield "text", f"and {len(of_kind) - MOST_TOLD} more like the last one"


def _matters(deed: Deed) -> bool:
    """Not what every backend tries: optional modules, files of the system that it reads."""
    if isinstance(deed, Sought):
        return is_ours(deed)
    return deed.writing if isinstance(deed, Opened) else True


def _from(deed: Deed) -> str:
    call = origin(deed)
    return f", from {place(call)}" if call is not None else ""

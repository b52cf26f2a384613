"""What a person pastes into a shell to repeat a command that a hook ran."""

from __future__ import annotations

import re
import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from buildscope.errors import UsageError
from buildscope.journal.deeds import DeedReader
from buildscope.journal.redact import MASK
from buildscope.reports.did import lines
from buildscope.reports.sanitize import strip_escapes
from buildscope.session.command import hook_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.model.did import Command
    from buildscope.model.names import Phase
    from buildscope.model.run import Attempt

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NEWLINE = '"$nl"'
_SET_NEWLINE = "nl=$(printf '\\nx') && nl=${nl%x}"
"""A substitution loses newlines at its end."""


def command_line(attempt: Attempt, command: Command) -> str:
    """One line for ``sh`` that runs ``command`` again: where it ran, with what the hook had.

    Its own changes of the environment come on top, its input is empty as a hook's is. It ends
    with the exit code of the command, or says that the directory is gone. Of a command that
    was too long to be recorded whole, the line only says so. A secret is not in it:
    ``[redacted]`` stands in its place (see ``command_notes``).
    """
    start = command.start
    if start.cut:
        shown = shlex.join(start.argv)[:200]
        said = f"buildscope: only the beginning of this command was recorded: {shown}"
        return f"(echo {_quoted(said)} >&2; false)"
    changes = start.environ
    if attempt.source is not None and attempt.environment is not None:
        environment = hook_environment(attempt, changes, _quoted)
    else:
        environment = _changes(changes)
    steps = [
        f"cd {_quoted(start.cwd)}",
        f"{environment} {' '.join(map(_quoted, _words(command)))} </dev/null",
    ]
    if any(_NEWLINE in step for step in steps):
        steps.insert(0, _SET_NEWLINE)
    return f"({' && '.join(steps)})"


def command_notes(command: Command) -> tuple[str, ...]:
    """What a person has to know who repeats ``command``."""
    start, notes = command.start, []
    texts = (*start.argv, *(value or "" for value in start.environ.values()))
    if any(MASK in text for text in texts):
        notes.append(f"a secret was taken out of the record: it belongs where {MASK} stands")
    if start.cut:
        notes.append("too long to be recorded whole, so it cannot be repeated")
    if start.program is not None and start.argv:
        notes.append(f"the program was told that it is called {start.argv[0]}")
    return tuple(notes)


def did_lines(attempt: Attempt, phase: Phase | None) -> Iterator[str]:
    """What the hooks of ``attempt`` did, or that of ``phase``, as lines for a terminal.

    Raises ``UsageError`` where no hook was looked into.
    """
    if not attempt.settings.inspect:
        raise UsageError(f"#{attempt.id} ran without the inspector (--no-inspect)")
    runs = [run for run in attempt.phases if run.reports and phase in {None, run.name}]
    if not runs:
        where = f" in {phase}" if phase is not None else ""
        raise UsageError(f"#{attempt.id} ran no hook{where}, so there is nothing that one did")
    for number, run in enumerate(runs):
        reader = DeedReader(Path(run.reports or ""))
        reader.refresh()
        if number:
            yield ""
        found = lines(run, reader.deeds, reader.more, partial(command_line, attempt))
        yield from (strip_escapes(line, keep_sgr=False) for line in found)


def _words(command: Command) -> list[str]:
    """The program and its arguments; ``env`` would take a name with ``=`` for a variable."""
    start = command.start
    words = [start.program or start.argv[0], *start.argv[1:]]
    return ["sh", "-c", 'exec "$@"', "sh", *words] if "=" in words[0] else words


def _changes(changes: dict[str, str | None]) -> str:
    gone = [f"-u {_quoted(name)}" for name, value in changes.items() if value is None]
    given = (f"{_quoted(name)}={_quoted(it)}" for name, it in changes.items() if it is not None)
    return " ".join(["env", *gone, *given])


def _quoted(text: str) -> str:
    """``text`` as one word on one line: control characters would act on the terminal."""
    found = _CONTROL.findall(text)
    if not found:
        return shlex.quote(text)
    plain = (shlex.quote(part) if part else "" for part in _CONTROL.split(text))
    controls = [_NEWLINE if it == "\n" else f"\"$(printf '\\{ord(it):03o}')\"" for it in found]
    return "".join(word for pair in zip(plain, [*controls, ""], strict=True) for word in pair)

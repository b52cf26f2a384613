"""Runs one process under a supervisor and pumps its output to a spool."""

from __future__ import annotations

import atexit
import errno
import os
import sys
import threading
import time
from typing import TYPE_CHECKING

from buildscope.errors import BuildscopeError
from buildscope.process.held import HeldProcess
from buildscope.process.supervised import Supervised

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from buildscope.journal.spool import Spool
    from buildscope.process.ended import Ended
    from buildscope.process.handle import Handle
    from buildscope.process.stop import Stop


def run(
    command: Sequence[str],
    *,
    cwd: Path | str,
    env: Mapping[str, str],
    spool: Spool,
    stop: Stop,
    timeout: float | None = None,
    reports: Callable[[bytes], None] | None = None,
    handle: Handle | None = None,
    ending: Callable[[int], None] | None = None,
) -> Ended:
    """Run ``command`` to its end, its output going to ``spool``; leaves no process behind.

    ``timeout`` is in seconds. A stop or a timeout ends the whole tree. With ``reports`` the
    command gets a third pipe as descriptor 3, whose bytes go there (from another thread), and
    SIGUSR1 a moment before it is ended. ``handle`` can ask it for its stack meanwhile, and takes
    over the process when it waits at its exception. ``ending`` is called with the pid before it is
    ended by force. A command that fails is no error; raises ``BuildscopeError`` when it cannot be
    started at all.
    """
    job = _encode_job(command, cwd=cwd, env=env, inspected=reports is not None)
    supervised = _take_spare() or Supervised()
    started = time.monotonic()
    unsubscribe, kept = None, False
    try:
        if handle is not None:
            handle.attach(supervised)
        supervised.begin(job, spool, reports)
        unsubscribe = stop.subscribe(lambda: supervised.inbox.put("stop"))
        outcome = supervised.wait(None if timeout is None else started + timeout, ending)
        if outcome.held and handle is not None:
            handle.keep(HeldProcess(supervised, started))
            kept = True
    finally:
        if unsubscribe is not None:
            unsubscribe()
        if handle is not None:
            handle.attach(None)
        if not kept:
            supervised.close()
    if not outcome.pid:
        raise BuildscopeError(
            f"cannot run {command[0]!r}: its supervisor ended before it could start it",
            hint=f"does {sys.executable!r} work?",
        )
    if outcome.error:
        raise _not_started(command, cwd, outcome.error)
    return outcome.ended(started)


def prepare() -> None:
    """Start the supervisor of the next ``run`` ahead of time; returns at once.

    Saves that run about 10 ms. A second call before that run does nothing, and a
    supervisor that is never used ends with this process.
    """
    with _spares_lock:
        if not _spares:
            _spares.append(Supervised())


_spares: list[Supervised] = []
_spares_lock = threading.Lock()


def _take_spare() -> Supervised | None:
    with _spares_lock:
        spare = _spares.pop() if _spares else None
    if spare is None or spare.alive:
        return spare
    spare.close()
    return None


@atexit.register
def _close_spares() -> None:
    while (spare := _take_spare()) is not None:
        spare.close()


def _encode_job(
    command: Sequence[str], *, cwd: Path | str, env: Mapping[str, str], inspected: bool
) -> bytes:
    variables = [f"{name}={value}" for name, value in env.items()]
    fields = ["1" if inspected else "0", os.fspath(cwd), str(len(command)), *command, *variables]
    if any("\0" in field for field in fields):
        raise BuildscopeError(f"cannot run {command[0]!r}: an argument or variable has a zero byte")
    data = b"".join(os.fsencode(field) + b"\0" for field in fields)
    return b"%d\n" % len(data) + data


def _not_started(command: Sequence[str], cwd: Path | str, error: str) -> BuildscopeError:
    number, _, where = error.partition(" ")
    reason = os.strerror(int(number))
    if where == "cwd":
        return BuildscopeError(f"cannot run {command[0]!r} in {str(cwd)!r}: {reason}")
    hint = None
    if int(number) == errno.ENOENT:
        hint = "is it installed, and on PATH? A script may also name an interpreter that is gone."
    return BuildscopeError(f"cannot run {command[0]!r}: {reason}", hint=hint)

"""``buildscope run``: progress, then the cause and what to try, or one JSON document."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

from buildscope.cli.stepping import Stepper
from buildscope.errors import UsageError
from buildscope.journal.reader import Follower
from buildscope.session.exits import BY_OUTCOME, FAULT
from buildscope.session.find import find_session
from buildscope.session.runner import Runner
from buildscope.session.session import Session
from buildscope.session.start import retry_start

if TYPE_CHECKING:
    from collections.abc import Callable

    from buildscope.cli.progress import ProgressLines
    from buildscope.model.events import Event
    from buildscope.model.run import Attempt, SessionRecord
    from buildscope.model.settings import Request, Settings
    from buildscope.phases.gate import Gate

_POLL_SECONDS = 0.05


def run_headless(target: str, settings: Settings, *, as_json: bool, gate: Gate) -> int:
    """Build once; returns the exit code."""
    session = Session.create(target, gate=gate)
    follower = Follower(session.directory)
    runner = Runner(session)
    runner.start(settings)
    return _to_the_end(session, runner, follower, as_json=as_json)


def retry_headless(
    named: str,
    attempt: int | None,
    request_for: Callable[[Session, Attempt], Request],
    *,
    as_json: bool,
    gate: Gate,
) -> int:
    """Make another attempt in a recorded session; returns the exit code.

    ``request_for`` makes the request from the attempt that is retried. Raises ``UsageError``
    when there is no such session or attempt.
    """
    session = Session.open(find_session(named, os.environ), gate=gate)
    try:
        parent = _parent(session, attempt)
        request = request_for(session, parent)
        retry_start(parent, request)
    except UsageError:
        session.close()
        raise
    follower = Follower(session.directory)
    follower.poll()
    runner = Runner(session)
    runner.retry(parent.id, request)
    return _to_the_end(session, runner, follower, as_json=as_json)


def _parent(session: Session, number: int | None) -> Attempt:
    attempts = session.record.attempts
    wanted = attempts[-1:] if number is None else [one for one in attempts if one.id == number]
    if not wanted:
        known = ", ".join(str(one.id) for one in attempts) or "none"
        raise UsageError(f"{session.id} has no attempt {number}", hint=f"attempts: {known}")
    return wanted[0]


def _to_the_end(session: Session, runner: Runner, follower: Follower, *, as_json: bool) -> int:
    stepper = Stepper(session, runner)
    try:
        if as_json:
            _wait(runner, stepper)
        else:
            _wait_and_show(runner, follower, stepper)
        if runner.refusal is not None:
            raise runner.refusal
        record = session.record
        _print(record, runner, as_json=as_json)
        return _exit_code(record, runner)
    finally:
        session.discard()


def _exit_code(record: SessionRecord, runner: Runner) -> int:
    """The exit code that the session's end stands for."""
    if runner.fault is not None or record.last is None:
        return FAULT
    return BY_OUTCOME[record.last.outcome]


def _wait(runner: Runner, stepper: Stepper) -> None:
    """Wait for the attempt's end; an interrupt stops it and what it had started."""
    while True:
        try:
            if runner.join(_POLL_SECONDS):
                return
            stepper.ask()
        except KeyboardInterrupt:
            runner.stop("interrupted")


def _wait_and_show(runner: Runner, follower: Follower, stepper: Stepper) -> None:
    """As ``_wait``, with a line for each phase.

    What prints is imported only when the engine waits for a process: until then both would
    want the interpreter's lock.
    """
    pending: list[Event] = []
    lines: ProgressLines | None = None
    with ExitStack() as stack:
        ended = False
        while not ended:
            try:
                ended = runner.join(_POLL_SECONDS)
                new = follower.poll()
                pending += new
                if lines is None and (ended or (pending and not new)):
                    lines = stack.enter_context(_progress_lines())
                if lines is not None:
                    lines.show(pending, follower.record)
                    pending.clear()
                    if stepper.waiting and not new:
                        lines.lend(stepper.ask)
            except KeyboardInterrupt:
                runner.stop("interrupted")


def _progress_lines() -> ProgressLines:

    from rich.console import Console

    from buildscope.cli.progress import ProgressLines

    return ProgressLines(Console(highlight=False))


def _print(record: SessionRecord, runner: Runner, *, as_json: bool) -> None:
    if as_json:
        from buildscope.reports.document import document

        sys.stdout.write(document(record).decode() + "\n")
        return
    from buildscope.cli.ending import print_ending

    print_ending(record, fault=runner.fault)

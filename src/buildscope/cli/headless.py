"""``buildscope run`` and ``retry``: progress, then the cause and what to try, or one JSON document."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

from buildscope.cli.stepping import Stepper
from buildscope.errors import UsageError
from buildscope.journal.reader import Follower
from buildscope.session.exits import BY_OUTCOME, FAULT
from buildscope.session.runner import Runner
from buildscope.session.session import Session

if TYPE_CHECKING:
    from buildscope.cli.progress import ProgressLines
    from buildscope.cli.retrying import Asked
    from buildscope.model.events import Event
    from buildscope.model.run import SessionRecord
    from buildscope.model.settings import Settings
    from buildscope.phases.gate import Gate

_POLL_SECONDS = 0.05


def run_headless(target: str, settings: Settings, *, as_json: bool, gate: Gate, hold: bool) -> int:
    """Build once; returns the exit code."""
    _refuse_blind(settings, hold=hold)
    session = Session.create(target, gate=gate, hold=hold)
    follower = Follower(session.directory)
    runner = Runner(session)
    runner.start(settings)
    return _to_the_end(session, runner, follower, as_json=as_json)


def retry_headless(
    named: str, attempt: int | None, asked: Asked, *, as_json: bool, gate: Gate, hold: bool
) -> int:
    """Make another attempt in a recorded session; returns the exit code.

    Raises ``UsageError`` when there is no such session or attempt, or when it cannot be
    retried as ``asked``.
    """
    from buildscope.session.find import find_attempt, find_session
    from buildscope.session.start import retry_start

    session = Session.open(find_session(named, os.environ), gate=gate, hold=hold)
    with ExitStack() as refused:
        refused.callback(session.close)
        parent = find_attempt(session.record, attempt)
        request = asked.request(parent, session.drafts)
        retry_start(parent, request)
        _refuse_blind(request.settings, hold=hold)
        refused.pop_all()
    follower = Follower(session.directory)
    follower.poll()
    runner = Runner(session)
    runner.retry(parent.id, request)
    return _to_the_end(session, runner, follower, as_json=as_json)


def _refuse_blind(settings: Settings, *, hold: bool) -> None:
    if hold and not settings.inspect:
        raise UsageError(
            "--hold needs the inspector, which --no-inspect leaves out",
            hint="give one of the two",
        )


def _to_the_end(session: Session, runner: Runner, follower: Follower, *, as_json: bool) -> int:
    stepper = Stepper(session, runner)
    try:
        if as_json:
            _wait(runner, stepper)
        else:
            _wait_and_show(runner, follower, stepper)
        if runner.refusal is not None:
            raise runner.refusal
        if as_json:
            _hold(session)
        _print(session.record, runner, as_json=as_json)
        if not as_json:
            _hold(session)
        return _exit_code(session.record, runner)
    finally:
        session.discard()


def _hold(session: Session) -> None:
    """Let the user into the failing frame, where one waits."""
    if session.handle.held is not None:
        from buildscope.cli.holding import prompt_in_frame

        prompt_in_frame(session)


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
            if stepper.waiting:
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
                waiting = stepper.waiting  # what led there is in the journal by now
                new = follower.poll()
                pending += new
                if lines is None and (ended or waiting or (pending and not new)):
                    lines = stack.enter_context(_progress_lines())
                if lines is not None:
                    lines.show(pending, follower.record)
                    pending.clear()
                    if waiting:
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

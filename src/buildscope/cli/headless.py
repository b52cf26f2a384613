"""``buildscope run``: progress, then the cause and what to try, or one JSON document."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

from buildscope.journal.reader import Follower
from buildscope.session.exits import BY_OUTCOME, FAULT
from buildscope.session.runner import Runner
from buildscope.session.session import Session

if TYPE_CHECKING:
    from buildscope.cli.progress import ProgressLines
    from buildscope.model.events import Event
    from buildscope.model.run import SessionRecord
    from buildscope.model.settings import Settings

_POLL_SECONDS = 0.05


def run_headless(target: str, settings: Settings, *, as_json: bool) -> int:
    """Build once; returns the exit code."""
    session = Session.create(target)
    runner = Runner(session)
    runner.start(settings)
    try:
        if as_json:
            _wait(runner)
        else:
            _wait_and_show(runner)
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


def _wait(runner: Runner) -> None:
    """Wait for the attempt's end; an interrupt stops it and what it had started."""
    while True:
        try:
            if runner.join(_POLL_SECONDS):
                return
        except KeyboardInterrupt:
            runner.stop("interrupted")


def _wait_and_show(runner: Runner) -> None:
    """As ``_wait``, with a line for each phase.

    What prints is imported only when the engine waits for a process: until then both would
    want the interpreter's lock.
    """
    follower = Follower(runner.session.directory)
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

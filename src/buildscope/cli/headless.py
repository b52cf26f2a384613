"""``buildscope run``: progress, then the cause and what to try, or one JSON document."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from buildscope.cli.exits import BY_OUTCOME, FAULT
from buildscope.journal.reader import Follower
from buildscope.session.runner import Runner
from buildscope.session.session import Session

if TYPE_CHECKING:
    from buildscope.cli.progress import ProgressLines
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
        _print(session.record, runner, as_json=as_json)
        return exit_code(session.record, runner)
    finally:
        session.discard()


def exit_code(record: SessionRecord, runner: Runner) -> int:
    """The exit code that the session's end stands for."""
    if runner.fault is not None or record.last is None:
        return FAULT
    return BY_OUTCOME[record.last.outcome]


def _wait_and_show(runner: Runner) -> None:
    # Imported while the engine already works: rich takes as long as a small phase.
    from rich.console import Console

    from buildscope.cli.progress import ProgressLines

    with ProgressLines(Console(highlight=False)) as lines:
        _wait(runner, lines)


def _wait(runner: Runner, lines: ProgressLines | None = None) -> None:
    """Wait for the attempt's end; an interrupt stops it and what it had started."""
    follower = Follower(runner.session.directory)
    ended = False
    while not ended:
        try:
            ended = runner.join(_POLL_SECONDS)
            if lines is not None:
                lines.show(follower.poll(), follower.record)
        except KeyboardInterrupt:
            runner.stop("interrupted")


def _print(record: SessionRecord, runner: Runner, *, as_json: bool) -> None:
    if as_json:
        from buildscope.reports.document import document

        sys.stdout.write(document(record).decode() + "\n")
        return
    from buildscope.cli.ending import print_ending

    print_ending(record, fault=runner.fault)

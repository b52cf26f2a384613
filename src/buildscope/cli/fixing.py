"""``buildscope fix``: the search line by line, then the recipe, or one JSON document."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final, cast

import msgspec
from rich.console import Console

from buildscope.cli.searching import SearchLines
from buildscope.errors import UsageError
from buildscope.journal.reader import Follower
from buildscope.model import events as ev
from buildscope.model.base import Record
from buildscope.model.recipe import FRONTENDS, Frontend
from buildscope.repair import BUDGET, find_cure
from buildscope.session.exits import BUILT, FAILED, FAULT, INTERRUPTED, NOT_OBTAINED
from buildscope.session.runner import Runner
from buildscope.session.session import Session

if TYPE_CHECKING:
    from buildscope.model.recipe import Recipe
    from buildscope.model.run import SessionRecord
    from buildscope.model.settings import Settings
    from buildscope.process.stop import Stop

_POLL_SECONDS: Final = 0.05


class Wish(Record, frozen=True):
    """What is asked of a search beside its settings."""

    budget: float = BUDGET
    max_attempts: int | None = None
    frontends: tuple[Frontend, ...] = ()


def parse_frontends(text: str) -> tuple[Frontend, ...]:
    """``uv,pip`` as names, each once; raises ``UsageError`` for one that is not known."""
    names = tuple(dict.fromkeys(filter(None, map(str.strip, text.split(",")))))
    for name in names:
        if name not in FRONTENDS:
            raise UsageError(
                f"--verify-with {name!r}: no such frontend",
                hint=f"one or more of {', '.join(FRONTENDS)}, with commas between",
            )
    return cast("tuple[Frontend, ...]", names)


def run_fix(target: str, settings: Settings, wish: Wish, *, as_json: bool) -> int:
    """Search for a cure and print what came of it; returns the exit code.

    A directory is built in copies of it: trials would fill the user's own with what they leave.
    """
    settings = msgspec.structs.replace(settings, copy=True)
    session = Session.create(target)
    follower, runner = Follower(session.directory), Runner(session)

    def job(stop: Stop) -> None:
        found = find_cure(
            session, settings, budget=wish.budget, max_attempts=wish.max_attempts, stop=stop
        )
        if found.recipe is not None and wish.frontends:
            _verify(session, found.recipe, wish.frontends, stop)

    try:
        runner.search(job)
        _wait(runner, follower, as_json=as_json)
        if runner.refusal is not None:
            raise runner.refusal
        _print(session.record, runner, as_json=as_json)
        return _exit_code(session.record, runner)
    finally:
        session.discard()


def _verify(session: Session, recipe: Recipe, frontends: tuple[Frontend, ...], stop: Stop) -> None:
    from buildscope.repair.verify import verify_with

    work = session.scratch("verify")
    for cured in verify_with(
        session.record, recipe, frontends, environ=session.environ, work=work, stop=stop
    ):
        session.write(ev.FrontendTried(at=time.time(), cured=cured))


def _wait(runner: Runner, follower: Follower, *, as_json: bool) -> None:
    """Wait for the end; an interrupt stops the search and what runs in it."""
    console = Console(highlight=False, quiet=as_json)
    with SearchLines(console) as lines:
        ended = False
        while not ended:
            try:
                ended = runner.join(_POLL_SECONDS)
                lines.show(follower.poll(), follower.record)
            except KeyboardInterrupt:
                runner.stop("interrupted")


def _print(record: SessionRecord, runner: Runner, *, as_json: bool) -> None:
    if as_json:
        from buildscope.reports.document import document

        sys.stdout.write(document(record).decode() + "\n")
        return
    from buildscope.cli.ending import print_ending, print_search

    search = record.search
    if runner.fault is not None or search is None or search.ended is None:
        print_ending(record, fault=runner.fault)
    else:
        print_search(record, search)


def _exit_code(record: SessionRecord, runner: Runner) -> int:
    search = record.search
    if runner.fault is not None or search is None or search.ended is None:
        return FAULT
    if search.ended in {"proven", "as published"}:
        return BUILT
    if search.ended == "stopped":
        return INTERRUPTED
    first = record.attempts[0] if record.attempts else None
    return NOT_OBTAINED if first is not None and first.outcome == "not_obtained" else FAILED

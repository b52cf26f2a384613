"""``buildscope TARGET``: the engine starts first, then the screen that follows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildscope.session.runner import Runner
from buildscope.session.session import Session

if TYPE_CHECKING:
    from buildscope.model.settings import Settings


def run_debugger(target: str, settings: Settings) -> int:
    """Build in the debugger; returns the exit code of the last attempt."""
    session = Session.create(target)
    try:
        session.check(settings)
        runner = Runner(session)
        runner.start(settings)
        from buildscope.tui import run_app

        code = run_app(runner)
        from buildscope.cli.ending import print_ending

        print_ending(session.record, fault=runner.fault, brief=True)
        return code
    finally:
        session.discard()

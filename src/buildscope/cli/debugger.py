"""``buildscope TARGET``: the engine starts first, then the screen that follows it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from buildscope.errors import UsageError
from buildscope.session.exits import BUILT
from buildscope.session.find import find_session
from buildscope.session.runner import Runner
from buildscope.session.session import Session

if TYPE_CHECKING:
    from buildscope.model.settings import Settings
    from buildscope.phases.gate import Gate
    from buildscope.tui.look import Look


def run_debugger(target: str, settings: Settings, gate: Gate, look: Look) -> int:
    """Build in the debugger; returns the exit code of the last attempt."""
    _check_theme(look)
    session = Session.create(target, gate=gate, hold=True)
    try:
        session.check(settings)
        runner = Runner(session)
        runner.start(settings)
        return _shown(session, runner, look)
    finally:
        session.discard()


def open_debugger(named: str, look: Look) -> int:
    """Look at a recorded session, and go on in it; raises ``UsageError`` where there is none."""
    _check_theme(look)
    session = Session.open(find_session(named, os.environ), hold=True)
    try:
        return _shown(session, Runner(session, recorded=True), look)
    finally:
        session.close()


def from_home(settings: Settings, gate: Gate, look: Look) -> int:
    """Ask what to build or to open, and do that; quitting is exit code 0."""
    from buildscope.tui import run_home

    _check_theme(look)
    kind, _, named = (run_home(look) or "").partition(":")
    if kind == "target":
        return run_debugger(named, settings, gate, look)
    return open_debugger(named, look) if kind == "session" else BUILT


def _shown(session: Session, runner: Runner, look: Look) -> int:
    from buildscope.tui import run_app

    code = run_app(runner, look)
    from buildscope.cli.ending import print_ending, print_search
    from buildscope.tui.view.followed import current_search

    record = session.record
    search = current_search(record)
    if runner.fault is None and search is not None and search.ended is not None:
        print_search(record, search)
    else:
        print_ending(record, fault=runner.fault, brief=True)
    return code


def _check_theme(look: Look) -> None:
    """Textual is imported before the engine starts only where a theme is named."""
    if look.theme is None:
        return
    from buildscope.tui.theme import theme_names

    if look.theme not in theme_names():
        raise UsageError(
            f"{look.theme_file}: there is no theme {look.theme!r}",
            hint=f"themes: {', '.join(theme_names())}",
        )

"""The terminal: a reader of a session's journal, with Textual."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from buildscope.session.exits import INTERRUPTED
from buildscope.tui.look import Look

if TYPE_CHECKING:
    from buildscope.session.runner import Runner

JOIN_SECONDS = 15.0
_LOOK = Look()


def run_app(runner: Runner, look: Look = _LOOK) -> int:
    """Show the session of ``runner`` until the user quits; what then still runs is stopped.

    ``runner`` should have been started before: Textual is imported only here. Returns the exit
    code of the last attempt; a crash of the terminal program itself is 4, an interruption 130.
    The terminal is restored in each case.
    """
    from buildscope.tui.app import BuildscopeApp

    app = BuildscopeApp(runner, look=look)
    try:
        app.run()
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        runner.stop("interrupted")
        runner.join(JOIN_SECONDS)
    if app.crash is not None:
        path = runner.report(app.crash)
        sys.stderr.write(f"{app.crash}\nThis is buildscope's fault, not the build's. ")
        sys.stderr.write(f"The traceback is kept in {path}\n")
    return app.exit_code()


def run_home(look: Look = _LOOK) -> str | None:
    """Ask what to do: ``target:`` and a target, ``session:`` and an id, ``None`` to quit.

    Raises ``RuntimeError`` with the traceback when the terminal program itself breaks.
    """
    import os
    from pathlib import Path

    from buildscope.tui.home import HomeApp

    app = HomeApp(environ=os.environ, cwd=Path.cwd(), look=look)
    chosen = app.run()
    if app.crash is not None:
        raise RuntimeError(app.crash)
    return chosen

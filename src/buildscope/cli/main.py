"""Runs the command line; every end of it is an exit code."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import click

from buildscope.cli.commands import cli
from buildscope.errors import UsageError
from buildscope.session.exits import FAULT, INTERRUPTED, USAGE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code (the design's section 6 lists them)."""
    if os.name == "nt":
        click.echo("buildscope does not run on Windows yet; it runs there in WSL", err=True)
        return USAGE
    _end_like_an_interrupt("SIGTERM", "SIGHUP")
    try:
        code = cli.main(
            args=None if arguments is None else list(arguments),
            prog_name="buildscope",
            standalone_mode=False,
        )
    except click.ClickException as error:
        error.show()
        return USAGE
    except UsageError as error:
        click.echo(f"buildscope: {error.message}", err=True)
        if error.hint:
            click.echo(f"  {error.hint}", err=True)
        return USAGE
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away; its pipe must not fail again at shutdown.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAULT
    return code if isinstance(code, int) else 0


def _end_like_an_interrupt(*names: str) -> None:
    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for name in names:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, interrupt)

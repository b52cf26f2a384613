"""Commands of the console script: each turns options into calls of a session."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import NoReturn

_INTERRUPTED = 130


def entry() -> NoReturn:
    """The console script: run the command line, and end the process at once.

    All files are closed or flushed by then; taking modules apart one by one would cost more
    than opening the session did (20 ms). Everything else is imported within, so that an
    interrupt while that goes on is no traceback.
    """
    try:
        from buildscope.cli.main import main

        code = main()
    except KeyboardInterrupt:
        code = _INTERRUPTED
    for stream in (sys.stdout, sys.stderr):
        with suppress(BrokenPipeError):
            stream.flush()
    os._exit(code)

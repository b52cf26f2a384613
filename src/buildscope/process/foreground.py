"""Runs a program that has the user's terminal for itself until it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

_KEYS = [getattr(signal, name) for name in ("SIGINT", "SIGQUIT") if hasattr(signal, name)]
"""What keys send to all that is in the foreground, and so to us too."""
_STOPPING = [getattr(signal, name) for name in ("SIGTSTP",) if hasattr(signal, name)]
T = TypeVar("T")


def run_foreground(
    command: Sequence[str], *, cwd: Path | str | None = None, env: Mapping[str, str] | None = None
) -> int:
    """Run ``command`` to its end; its exit code, negative for a signal.

    Keys that send a signal end it or not, as it wants, and never us. Whatever it leaves the
    terminal like, that is as before afterwards. Raises ``OSError`` when it cannot be started.
    """
    with _terminal_kept(), _keys_sent_to(_nothing):
        return subprocess.run(command, cwd=cwd, env=env, check=False).returncode


def lend_terminal(program: Callable[[int], T], interrupt: Callable[[], None]) -> T:
    """Have ``program`` use the terminal, whose descriptor it gets; returns what it returns.

    For a process that is not in the foreground: ``interrupt`` is called for each Ctrl-C, and no
    other key that sends a signal has an effect. The terminal is as before afterwards.
    """
    with _terminal_kept(), _keys_sent_to(lambda *_: interrupt(), *_STOPPING):
        return program(0)


@contextmanager
def _keys_sent_to(handler: Callable[[int, object], None], *ignored: int) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # A handler of ours ends where the program begins; what is ignored would stay so in it.
    before = {number: signal.signal(number, handler) for number in _KEYS}
    before |= {number: signal.signal(number, signal.SIG_IGN) for number in ignored}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, signal.SIG_DFL if earlier is None else earlier)


def _nothing(_number: int, _frame: object) -> None:
    return


@contextmanager
def _terminal_kept() -> Iterator[None]:
    """A shell that is killed leaves another group in the foreground, an editor no echo."""
    if sys.platform == "win32" or not sys.stdin or not os.isatty(0):
        yield
        return
    import termios

    mode = termios.tcgetattr(0)
    group = None
    with suppress(OSError):  # a terminal, but not the one that controls us
        group = os.tcgetpgrp(0)
    try:
        yield
    finally:
        with _as_if_in_foreground(), suppress(OSError, termios.error):
            if group is not None:
                os.tcsetpgrp(0, group)
            termios.tcsetattr(0, termios.TCSADRAIN, mode)


@contextmanager
def _as_if_in_foreground() -> Iterator[None]:
    """Without this the system stops who takes the terminal back."""
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTTOU])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)

"""``--hold``: a plain prompt in the frame of the failure."""

from __future__ import annotations

import importlib.util
import shutil
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from buildscope.errors import BuildscopeError
from buildscope.process.foreground import lend_terminal
from buildscope.session import frame_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from buildscope.session.frame import FramePrompt
    from buildscope.session.session import Session

_READY = "The frame is alive; `finally` blocks have run. ? lists the words, ctrl+d leaves."


def prompt_in_frame(session: Session) -> None:
    """Ask for lines and evaluate them until the user leaves; then the process has ended."""
    if session.handle.held is None:
        return
    prompt = session.frame()
    _say("\n".join(["", _READY, *frame_words.source_lines(prompt.current)]))
    try:
        with _at_interrupt(lambda *_: prompt.interrupt()), _line_editing(prompt):
            while prompt.alive and (line := _read(prompt)) is not None:
                if not _take(prompt, line):
                    break
    finally:
        session.release()


def _take(prompt: FramePrompt, line: str) -> bool:
    """Do what a line says; whether another one is asked for."""
    try:
        found = frame_words.word_of(line)
        if found is None:
            _evaluate(prompt, line)
            return True
        word, rest = found
        if word == "quit":
            return False
        if word == "pdb":
            _say(lend_terminal(prompt.pdb, prompt.interrupt) or "back from pdb")
        else:
            _say("\n".join(frame_words.tell(prompt, word, rest)))
    except BuildscopeError as error:
        _say(". ".join(filter(None, (error.message, error.hint))))
    return True


def _evaluate(prompt: FramePrompt, code: str) -> None:
    if not code.strip():
        return
    answer = prompt.run(code, shutil.get_terminal_size().columns)
    for text in (answer.output.rstrip("\n"), answer.value, answer.error):
        if text:
            _say(text)


def _read(prompt: FramePrompt) -> str | None:
    """A line, or several that belong together; ``None`` at the end of input."""
    where = frame_words.place(prompt.current)
    lines: list[str] = []
    while True:
        try:
            with _at_interrupt(signal.default_int_handler):
                lines.append(_ask(f"({where}) >>> " if not lines else "... "))
        except KeyboardInterrupt:  # as at Python's own prompt: what was begun is dropped
            _say("")
            lines.clear()
            continue
        except EOFError:
            _say("")
            return None
        code = "\n".join(lines)
        if code.startswith((":", "?")) or frame_words.is_complete(code):
            return code


def _ask(text: str) -> str:
    """``input`` with the line editing that Python has here; its prompt goes to the terminal."""
    if sys.stdout.isatty():
        return input(text)
    click.echo(text, err=True, nl=False)
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.rstrip("\n")


@contextmanager
def _at_interrupt(handler: Callable[[int, FrameType | None], object]) -> Iterator[None]:
    """Have ``handler`` called for Ctrl-C: it ends what is evaluated or typed, and never us."""
    before = signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _line_editing(prompt: FramePrompt) -> Iterator[None]:
    """History and completion, where this Python has ``readline``."""
    if importlib.util.find_spec("readline") is None:
        yield
        return
    import readline

    before, found = readline.get_completer(), list[str]()

    def complete(text: str, state: int) -> str | None:
        if state == 0:
            blank = not readline.get_line_buffer().strip()
            found[:] = (frame_words.INDENT,) if blank else prompt.complete(text)
        return found[state] if state < len(found) else None

    readline.set_completer(complete)
    readline.set_completer_delims(" \t\n`~!@#$%^&*()-=+[{]}\\|;:'\",<>/?")
    readline.parse_and_bind("tab: complete")
    try:
        yield
    finally:
        readline.set_completer(before)


def _say(text: str) -> None:
    click.echo(text, err=True)

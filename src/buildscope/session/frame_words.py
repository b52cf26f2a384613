"""What is typed at the prompt of a held frame: Python, or a word after a colon."""

from __future__ import annotations

import codeop
import warnings
from pathlib import PurePath
from typing import TYPE_CHECKING

from buildscope.errors import BuildscopeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from buildscope.session.frame import FramePrompt, HeldFrame

HELP = """\
  an expression or statements   run in the frame; `_` is the last value
                                a block ends with an empty line
  :up  :down  :frame N          the caller, the called one, or number N
  :where                        all frames, the innermost first
  :locals                       names and values of the frame
  :source                       the source around its line
  :pdb                          the debugger of Python, in this frame
  :help                         this, and so does ?
  :quit                         leave; the process ends (so does ctrl+d)
Words may be cut short: `:w` is `:where`."""
INDENT = "    "
WORDS = ("up", "down", "frame", "where", "locals", "source", "pdb", "help", "quit")


def is_complete(code: str) -> bool:
    """Whether Python would not wait for another line; wrong code is complete."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the process tells them, where it runs the code
            return codeop.compile_command(code, "<prompt>") is not None
    except (SyntaxError, ValueError, OverflowError):
        return True


def word_of(line: str) -> tuple[str, str] | None:
    """Word and argument of a line that begins with a colon; unique beginnings of words count.

    ``?`` stands for ``:help``. ``None`` for all else.
    Raises ``BuildscopeError`` for a word that there is not.
    """
    if line.strip() == "?":
        return "help", ""
    if not line.startswith(":"):
        return None
    typed, _, rest = line[1:].strip().partition(" ")
    found = [word for word in WORDS if word.startswith(typed or " ")]
    if len(found) != 1 and typed not in WORDS:
        words = " ".join(f":{word}" for word in WORDS)
        raise BuildscopeError(f"{line!r} names no single word of: {words}")
    return (typed if typed in WORDS else found[0]), rest.strip()


def tell(prompt: FramePrompt, word: str, rest: str) -> list[str]:
    """Do what a word says that needs no terminal, and the lines to show for it."""
    tellers: dict[str, Callable[[], list[str]]] = {
        "up": lambda: source_lines(prompt.choose(prompt.number + 1)),
        "down": lambda: source_lines(prompt.choose(prompt.number - 1)),
        "frame": lambda: source_lines(prompt.choose(_number(rest))),
        "where": lambda: [_where_line(one, prompt.number) for one in prompt.frames],
        "locals": lambda: [f"  {name} = {text}" for name, text in prompt.locals().items()],
        "source": lambda: source_lines(prompt.current),
        "help": HELP.splitlines,
    }
    return tellers[word]() or ["  nothing"]


def place(held: HeldFrame) -> str:
    """``setup.py:19``, or for a file of others the end of its path."""
    frame = held.frame
    short = frame.owner == "project" or frame.file.startswith("<")
    file = frame.file if short else "/".join(PurePath(frame.file).parts[-2:])
    return f"{file}:{frame.line}"


def title(held: HeldFrame) -> str:
    """``setup.py:19 <module>``."""
    return f"{place(held)} {held.frame.function}"


def source_lines(held: HeldFrame) -> list[str]:
    """The frame, and the source around its line."""
    frame = held.frame
    lines = [f"{title(held)}   {frame.owner}"]
    for number, text in enumerate(frame.context, frame.context_line):
        mark = "->" if number == frame.line else "  "
        lines.append(f" {mark} {number:>5}  {text}")
    return lines


def _where_line(held: HeldFrame, current: int) -> str:
    mark = "->" if held.number == current else "  "
    return f" {mark} {held.number:>3}  {title(held)}   {held.frame.owner}"


def _number(text: str) -> int:
    if not text.isdigit():
        raise BuildscopeError(f":frame {text}: a number is missing", hint=":where lists them")
    return int(text)

"""The command line on a pseudo terminal, driven by what it prints."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIMIT = 30.0
_PATIENCE = 5.0
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[@-Z\\-_])")


class Prompt:
    """A ``buildscope`` whose input and errors are a terminal, and its output unless piped."""

    def __init__(
        self, *arguments: str | Path, environ: dict[str, str], cwd: Path, piped: bool
    ) -> None:
        import pty

        self.master, follower = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "buildscope", *map(str, arguments)],
            stdin=follower,
            stdout=subprocess.PIPE if piped else follower,
            stderr=follower,
            env={**environ, "TERM": "dumb", "PYTHONIOENCODING": "utf-8"},
            cwd=cwd,
            start_new_session=True,
        )
        os.close(follower)
        self.screen = ""
        self._seen = 0

    def wait_for(self, *wanted: str) -> str:
        """Read until each of ``wanted`` was printed, in that order; what came since the last call."""
        start = self._seen
        for text in wanted:
            while text not in self.screen[self._seen :]:
                assert self.take(LIMIT), f"{text!r} is not in:\n{self.screen[-4000:]}"
            self._seen = self.screen.index(text, self._seen) + len(text)
        return self.screen[start : self._seen]

    def answer(self, line: str) -> None:
        """Wait for the prompt and type a line."""
        self.wait_for("(?)help > ")
        self.type(line + "\n")

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def interrupt(self) -> None:
        """Ctrl-C at a prompt, pressed again where nothing comes of it.

        Readline looks for signals, then waits for a key: one in between is seen with the next.
        """
        os.kill(self.process.pid, signal.SIGINT)
        if not self.take(_PATIENCE):
            os.kill(self.process.pid, signal.SIGINT)

    def end(self) -> int:
        """The exit code, when all was read."""
        while self.take(LIMIT):
            pass
        return self.process.wait(LIMIT)

    def take(self, limit: float) -> bool:
        """Read what is printed within ``limit`` seconds; whether anything was."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            if select.select([self.master], [], [], 0.2)[0]:
                try:
                    raw = os.read(self.master, 65_536)
                except OSError:  # Linux: the other end is closed
                    return False
                self.screen += _ESCAPES.sub("", raw.decode(errors="replace")).replace("\r", "")
                return bool(raw)
        return False


@contextmanager
def prompted(
    *arguments: str | Path, environ: dict[str, str], cwd: Path, piped: bool = False
) -> Iterator[Prompt]:
    """A ``Prompt`` that is ended when the test is."""
    prompt = Prompt(*arguments, environ=environ, cwd=cwd, piped=piped)
    try:
        yield prompt
    finally:
        if prompt.process.poll() is None:
            prompt.process.kill()
        prompt.process.communicate(timeout=LIMIT)
        os.close(prompt.master)

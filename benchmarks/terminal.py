"""A program in a pseudo-terminal, and the text that it has painted so far."""

from __future__ import annotations

import codecs
import fcntl
import os
import re
import select
import struct
import subprocess
import termios
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

ROWS, COLUMNS = 36, 120
LIMIT = 120.0
_TOKEN = re.compile(r"\x1b\[([\d;?<>=]*)([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b.|([^\x1b]+)")
_UNFINISHED = re.compile(r"\x1b(?:\[[\d;?<>=]*|\][^\x07\x1b]*)?\Z")


class Grid:
    """The text on a screen that is written to at given places, as Textual does it."""

    def __init__(self) -> None:
        self.lines = [" " * COLUMNS] * ROWS
        self._row = self._column = 0
        self._rest = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def feed(self, raw: bytes) -> None:
        """Take in what the program wrote."""
        text = self._rest + self._decoder.decode(raw)
        unfinished = _UNFINISHED.search(text)
        self._rest = unfinished[0] if unfinished else ""
        for token in _TOKEN.finditer(text, 0, len(text) - len(self._rest)):
            parameters, final, plain = token.groups()
            if plain is not None:
                self._put(plain)
            elif final == "H":
                row, _, column = parameters.partition(";")
                self._row, self._column = int(row or 1) - 1, int(column or 1) - 1

    def _put(self, text: str) -> None:
        for number, part in enumerate(text.replace("\r", "").split("\n")):
            if number:
                self._row, self._column = self._row + 1, 0
            if part and self._row < ROWS:
                line, end = self.lines[self._row], self._column + len(part)
                self.lines[self._row] = line[: self._column] + part + line[end:]
                self._column = end


class Terminal:
    """Runs ``command`` on a terminal of its own, until ``close``."""

    def __init__(self, command: Sequence[str], *, env: Mapping[str, str], cwd: Path) -> None:
        self.grid = Grid()
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        variables = {**env, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            command,
            env=variables,
            cwd=cwd,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)

    def close(self) -> None:
        """End the program."""
        self.process.terminate()
        while self._read(1.0):
            pass
        self.process.wait(LIMIT)
        os.close(self._master)

    @property
    def text(self) -> str:
        """The whole screen."""
        return "\n".join(self.grid.lines)

    def press(self, keys: str) -> float:
        """Send keys; returns when that was, on the clock of ``time.perf_counter``."""
        at = time.perf_counter()
        os.write(self._master, keys.encode())
        return at

    def wait(self, condition: Callable[[str], object], limit: float = LIMIT) -> float:
        """When ``condition`` first held for the text of the screen; ``SystemExit`` if it did not."""
        deadline = time.perf_counter() + limit
        while not condition(self.text):
            alive = self._read(max(0.0, deadline - time.perf_counter()))
            if not alive or time.perf_counter() > deadline:
                raise SystemExit(f"what was waited for is not on the screen:\n{self.text}")
        return time.perf_counter()

    def look(self, seconds: float) -> None:
        """Take in what is painted during that time."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0 and self._read(left):
            pass

    def _read(self, seconds: float) -> bool:
        """Take in one chunk, or wait in vain; ``False`` when the program has ended."""
        ready, _, _ = select.select([self._master], [], [], seconds)
        if not ready:
            return self.process.poll() is None and seconds < LIMIT
        try:
            raw = os.read(self._master, 1 << 16)
        except OSError:  # Linux says so of a terminal that nobody has open any more
            return False
        self.grid.feed(raw)
        return bool(raw)

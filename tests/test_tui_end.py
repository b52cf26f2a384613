"""The ends: the terminal is restored, the exit code is right, nothing is lost."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from buildscope.errors import UsageError
from buildscope.journal.reader import read_session
from tests.helpers.fake_session import FakeSession
from tests.helpers.screens import opened

if TYPE_CHECKING:
    from collections.abc import Iterator

pty = pytest.importorskip("pty", reason="needs a pseudo terminal")

DEBUGGER = Path(__file__).parent / "helpers" / "debugger.py"
LIMIT = 60.0
SGR = re.compile(rb"\x1b\[([0-9;]*)m")
ENTER, LEAVE, SHOW_CURSOR = b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?25h"


class Terminal:
    """A process on a pseudo terminal of 120 by 36."""

    def __init__(self, directory: Path, how: str, **variables: str) -> None:
        import fcntl
        import struct
        import termios

        self.master, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
        self.modes = termios.tcgetattr(follower)
        environ = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        environ.pop("NO_COLOR", None)
        environ.update(variables)
        self.process = subprocess.Popen(
            [sys.executable, str(DEBUGGER), str(directory), how],
            stdin=follower,
            stdout=follower,
            stderr=follower,
            env={**environ, "PYTHONIOENCODING": "utf-8"},
            start_new_session=True,
        )
        self.follower = follower
        self.written = b""

    def read_until(self, wanted: bytes) -> None:
        deadline = time.monotonic() + LIMIT
        while wanted not in self.written:
            if time.monotonic() > deadline:
                raise AssertionError(self.plain[-4000:])
            ready, _, _ = select.select([self.master], [], [], 0.2)
            if ready:
                self.written += os.read(self.master, 65_536)

    def press(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def end(self) -> int:
        self.read_until(b"exit code ")
        return self.process.wait(LIMIT)

    @property
    def plain(self) -> str:
        text = self.written.decode(errors="replace")
        return re.sub(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[@-Z\\-_])", "", text)

    @property
    def restored(self) -> bool:
        import termios

        after = self.written.rpartition(LEAVE)[2]
        left = LEAVE in self.written and ENTER not in after and SHOW_CURSOR in self.written
        return left and termios.tcgetattr(self.follower)[3] == self.modes[3]


@contextmanager
def on_terminal(directory: Path, how: str, **variables: str) -> Iterator[Terminal]:
    terminal = Terminal(directory, how, **variables)
    try:
        yield terminal
    finally:
        if terminal.process.poll() is None:
            terminal.process.kill()
        terminal.process.wait(LIMIT)
        os.close(terminal.master)
        os.close(terminal.follower)


def test_q_restores_the_terminal(tmp_path: Path) -> None:
    with on_terminal(tmp_path, "failed") as terminal:
        terminal.read_until(b"which nothing declares")
        terminal.press("q")
        assert terminal.end() == 1
        assert terminal.restored
        assert "which nothing declares" not in terminal.plain.rpartition("exit code")[0][-200:]


def colours_sent(terminal: Terminal) -> set[bytes]:
    """Parameters of SGR that set a colour; 39 and 49 are the terminal's own."""
    sent = {one for found in SGR.findall(terminal.written) for one in found.split(b";")}
    named = {str(base + number).encode() for base in (30, 40, 90, 100) for number in range(9)}
    return sent & named


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [
        ({}, True),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": "1", "TERM": "screen", "COLORTERM": ""}, False),
    ],
)
def test_no_color_is_respected(tmp_path: Path, variables: dict[str, str], coloured: bool) -> None:
    with on_terminal(tmp_path, "failed", **variables) as terminal:
        terminal.read_until(b"which nothing declares")
        terminal.read_until(b"quit")
        assert bool(colours_sent(terminal)) is coloured
        terminal.press("q")
        terminal.end()


def test_sixteen_colours_are_the_terminal_s_own(tmp_path: Path) -> None:
    with on_terminal(tmp_path, "failed", TERM="xterm-16color", COLORTERM="") as terminal:
        terminal.read_until(b"which nothing declares")
        terminal.read_until(b"quit")
        sent = colours_sent(terminal)
        assert b"31" in sent
        assert not sent & {b"38", b"48"}
        terminal.press("q")
        terminal.end()


def test_quitting_stops_what_runs(tmp_path: Path) -> None:
    with on_terminal(tmp_path, "running") as terminal:
        terminal.read_until(b"is running")
        terminal.press("q")
        terminal.read_until(b"q again stops it")
        terminal.press("q")
        assert terminal.end() == 130
        assert terminal.restored


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_restores_the_terminal(tmp_path: Path, number: signal.Signals) -> None:
    with on_terminal(tmp_path, "running") as terminal:
        terminal.read_until(b"is running")
        terminal.process.send_signal(number)
        assert terminal.end() == 130
        assert terminal.restored


def test_a_crash_restores_the_terminal_and_shows_the_traceback(tmp_path: Path) -> None:
    with on_terminal(tmp_path, "crash") as terminal:
        assert terminal.end() == 4
        assert terminal.restored
        last = terminal.plain
        assert "ValueError: the screen broke [/red]" in last
        assert "This is buildscope's fault" in last
    assert "the screen broke" in (tmp_path / "fault.txt").read_text()
    assert read_session(tmp_path).last is not None


def test_a_fault_of_the_engine_is_shown_and_kept(tmp_path: Path) -> None:
    with on_terminal(tmp_path, "fault") as terminal:
        terminal.read_until(b"the engine broke")
        terminal.press("q")
        assert terminal.end() == 4
        assert terminal.restored
    assert "the engine broke" in (tmp_path / "fault.txt").read_text()


async def test_a_fault_has_its_verdict_and_its_traceback(tmp_path: Path) -> None:
    async with opened(tmp_path, lambda session: session.started(), running=True) as screen:
        screen.session.finish(RuntimeError("the engine broke"))
        await screen.until(lambda: not screen.app.runner.running)
        await screen.settled()
        assert "✗ buildscope's fault: RuntimeError: the engine broke" in screen.text
        assert "fault.txt" in screen.text
        assert "Traceback (most recent call last):" in screen.text
        assert screen.app.exit_code() == 4


async def test_a_refused_request_is_told(tmp_path: Path) -> None:
    async with opened(tmp_path, running=True) as screen:
        refusal = UsageError("no Python 3.99 was found", hint="found: 3.11")
        screen.session.finish(refusal)
        await screen.until(lambda: not screen.app.runner.running)
        await screen.settled()
        assert "✗ no Python 3.99 was found" in screen.text
        assert "found: 3.11" in screen.text
        assert screen.app.exit_code() == 2


async def test_a_refused_retry_leaves_the_verdict_and_is_told(tmp_path: Path) -> None:
    async with opened(tmp_path, FakeSession.flash_attn_fails) as screen:
        screen.session.called.clear()
        await screen.press("r")
        await screen.typed("python 9")
        await screen.press("enter")
        await screen.until(screen.session.called.is_set)
        screen.session.finish(UsageError("no Python 9 was found"))
        await screen.until(lambda: "no Python 9 was found" in screen.footer)
        assert "imports torch, which nothing declares" in screen.text


@pytest.mark.parametrize(
    ("outcome", "code"),
    [("built", 0), ("stopped", 0), ("failed", 1), ("not_obtained", 3), ("interrupted", 130)],
)
async def test_exit_codes(tmp_path: Path, outcome: str, code: int) -> None:
    def story(session: FakeSession) -> None:
        session.started()
        session.phase_ended("source")
        session.ended(outcome)  # type: ignore[arg-type]

    async with opened(tmp_path, story) as screen:
        assert screen.app.exit_code() == code


def test_what_needs_no_screen_does_not_import_textual() -> None:
    code = (
        "import sys, buildscope.tui, buildscope.tui.watch, buildscope.tui.keys\n"
        "import buildscope.tui.view.verdict, buildscope.tui.view.traceback\n"
        "import buildscope.tui.view.retry, buildscope.tui.view.footer\n"
        "raise SystemExit('textual' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

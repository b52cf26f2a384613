"""A terminal that a test types into and reads: a private tmux, with a plain shell in it."""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from typing import TYPE_CHECKING

from tests.helpers.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PROMPT = "ready> "
LIMIT = 60.0


class Tmux:
    """One window of ``size`` cells, with ``sh`` in ``cwd``; no other tmux is seen or touched."""

    def __init__(self, size: tuple[int, int], *, cwd: Path, env: Mapping[str, str]) -> None:
        # A socket's path may have 100 characters, and a test's own directory has more.
        self._directory = tempfile.TemporaryDirectory(prefix="tmux-")
        self.width, self.height = size
        begin = ("new-session", "-d", "-x", str(self.width), "-y", str(self.height), "-c", str(cwd))
        shell = ("env", "-i", *(f"{name}={value}" for name, value in env.items()), "sh", "-i")
        self._tmux(*begin, shlex.join(shell))
        self._tmux("set-option", "-g", "escape-time", "0")
        self._tmux("set-option", "-g", "window-size", "manual")
        self.wait(PROMPT.strip())

    def close(self) -> None:
        """End tmux and all that runs in it."""
        subprocess.run(self._command("kill-server"), capture_output=True, check=False)
        self._directory.cleanup()

    @property
    def text(self) -> str:
        """What is on the screen."""
        return self._tmux("capture-pane", "-p")

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    def type(self, text: str) -> None:
        """Type characters as they are."""
        self._tmux("send-keys", "-l", "--", text)

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names: ``Enter``, ``Escape``, ``C-c``, ``x``."""
        self._tmux("send-keys", *keys)

    def resize(self, width: int, height: int) -> None:
        """Give the window another size."""
        self.width, self.height = width, height
        self._tmux("resize-window", "-x", str(width), "-y", str(height))

    def wait(self, *texts: str, gone: tuple[str, ...] = (), limit: float = LIMIT) -> str:
        """The screen as soon as it shows all of ``texts`` and nothing of ``gone``."""
        seen = ""

        def shown() -> bool:
            nonlocal seen
            seen = self.text
            return all(text in seen for text in texts) and not any(text in seen for text in gone)

        try:
            wait_until(shown, limit)
        except AssertionError:
            raise AssertionError(f"not {texts}, or still {gone}, in:\n{seen}") from None
        return seen

    def run(self, line: str, until: str) -> str:
        """Type a command line to the shell, and wait for ``until`` on the screen."""
        self.type(line)
        self.press("Enter")
        return self.wait(until)

    def _command(self, *arguments: str) -> list[str]:
        return ["tmux", "-S", f"{self._directory.name}/socket", "-f", "/dev/null", *arguments]

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(self._command(*arguments), capture_output=True, text=True, check=True)
        return done.stdout

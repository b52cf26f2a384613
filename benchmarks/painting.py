"""The first paint of the debugger on a project, against that of a Textual app with one word."""

from __future__ import annotations

import shutil
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.builds import PROJECT, environment
from benchmarks.pairs import compare
from benchmarks.table import Row
from benchmarks.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

EMPTY = """
from textual.app import App
from textual.widgets import Static

class Empty(App):
    def compose(self):
        yield Static("painted")

Empty().run()
"""


def first_paint(runs: int) -> Row:
    """From the start of the process to the first text on the screen, in turn."""
    with tempfile.TemporaryDirectory() as name:
        places = Path(name)
        env = {
            **environment(bytecode=True, state=places / "state"),
            "BUILDSCOPE_CACHE_DIR": str(places / "cache"),
        }
        project = shutil.copytree(PROJECT, places / "small")
        ours = [sys.executable, "-m", "buildscope", str(project)]
        empty = [sys.executable, "-c", EMPTY]
        pair = compare(
            lambda: _painted(ours, "Phases of", env, places),
            lambda: _painted(empty, "painted", env, places),
            runs=runs,
        )
    return Row.of("first paint, against an empty Textual app", pair, 1.6)


def _painted(command: Sequence[str], word: str, env: Mapping[str, str], cwd: Path) -> float:
    with closing(Terminal(command, env=env, cwd=cwd)) as terminal:
        return terminal.wait(lambda text: word in text) - terminal.started

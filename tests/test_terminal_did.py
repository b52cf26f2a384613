"""The Did tab in a real terminal: a command that failed is run again by itself."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.helpers.tmux import PROMPT, Tmux

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = Path(sys.executable).with_name("buildscope")
FAILING = """
import subprocess

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    subprocess.run(["sh", "-c", "echo told by the command; exit 3"], check=True)
"""
pytestmark = [
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is missing"),
    pytest.mark.skipif(not PROGRAM.exists(), reason="the console script is not installed"),
]


@pytest.fixture
def tmux(tmp_path: Path, shared_cache: Path) -> Iterator[Tmux]:
    env = {
        "PATH": f"{PROGRAM.parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "TERM": "xterm-256color",
        "LC_ALL": "C.UTF-8",
        "PS1": PROMPT,
        "BUILDSCOPE_STATE_DIR": str(tmp_path / "state"),
        "BUILDSCOPE_CACHE_DIR": str(shared_cache),
        "BUILDSCOPE_CONFIG_DIR": str(tmp_path / "config"),
    }
    terminal = Tmux((120, 36), cwd=tmp_path, env=env)
    yield terminal
    terminal.close()


def test_a_command_that_failed_is_run_again(tmux: Tmux, project: Path) -> None:
    with (project / "backend.py").open("a") as backend:
        backend.write(FAILING)
    tmux.run("clear; buildscope ./minimal", "build_wheel failed")
    tmux.press("D")
    tmux.wait("Observed, not a sandbox", "exit 3")
    tmux.press("G", "C-r")
    tmux.wait("told by the command", "exit 3, then it was: exit 3. enter goes back")
    tmux.press("Enter")
    tmux.wait("Observed, not a sandbox", "(exit code 3)")
    tmux.press("q")
    tmux.wait(PROMPT.strip(), "Session:", "started from backend.py line", gone=("Phases of",))

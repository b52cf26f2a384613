"""The installed program on a real terminal, driven by keys alone."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import PROJECTS
from tests.helpers.procs import processes_with
from tests.helpers.tmux import PROMPT, Tmux
from tests.helpers.wheels import write_wheel

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = Path(sys.executable).with_name("buildscope")
NORMAL, NARROW = (120, 36), (80, 24)
HELPER = """
import base64, hashlib, os, zipfile

def wheel(folder, name, version):
    info = f"{name}-{version}.dist-info"
    files = {
        name + ".py": "VALUE = 1\\n",
        info + "/METADATA": f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n",
        info + "/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    }
    record = info + "/RECORD,,\\n"
    filename = f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, filename), "w") as made:
        for path, text in files.items():
            made.writestr(path, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
            record += f"{path},sha256={digest.rstrip(b'=').decode()},{len(text)}\\n"
        made.writestr(info + "/RECORD", record)
    return filename
"""
pytestmark = [
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is missing"),
    pytest.mark.skipif(not PROGRAM.exists(), reason="the console script is not installed"),
]


FAILED = "small_helper, which nothing declares"
WHEEL = "story-1.0-py3-none-any.whl"


@pytest.fixture
def places(tmp_path: Path, shared_cache: Path) -> dict[str, str]:
    """The variables of the shell: nothing of the caller's but where programs and caches are."""
    write_wheel(tmp_path / "links", "small-helper", modules={"small_helper.py": HELPER})
    shutil.copytree(PROJECTS / "story", tmp_path / "story")
    kept = {name: os.environ[name] for name in ("HOME", "UV_CACHE_DIR") if name in os.environ}
    return {
        **kept,
        "PATH": f"{PROGRAM.parent}{os.pathsep}{os.environ['PATH']}",
        "TERM": "xterm-256color",
        "LC_ALL": "C.UTF-8",
        "SHELL": "/bin/sh",
        "PS1": PROMPT,
        "BUILDSCOPE_STATE_DIR": str(tmp_path / "state"),
        "BUILDSCOPE_CACHE_DIR": str(shared_cache),
        "BUILDSCOPE_CONFIG_DIR": str(tmp_path / "config"),
    }


@pytest.fixture(params=[NORMAL, NARROW], ids=["120x36", "80x24"])
def tmux(request: pytest.FixtureRequest, tmp_path: Path, places: dict[str, str]) -> Iterator[Tmux]:
    terminal = Tmux(request.param, cwd=tmp_path, env=places)
    yield terminal
    terminal.close()


@pytest.fixture
def normal(tmp_path: Path, places: dict[str, str]) -> Iterator[Tmux]:
    terminal = Tmux(NORMAL, cwd=tmp_path, env=places)
    yield terminal
    terminal.close()


def build(tmux: Tmux, *options: str, until: str) -> str:
    """The debugger on the story's project, which finds its missing requirement in a folder."""
    line = " ".join(["buildscope ./story --no-index --find-links links", *options])
    return tmux.run(f"clear; {line}", until)


def to_phase(tmux: Tmux, steps: int) -> None:
    """Move down that many rows in the list of phases, from the first one."""
    tmux.press("t" if tmux.width == NARROW[0] else "h")
    tmux.wait("Phases of #1")
    tmux.press(*["j"] * steps)


def test_a_failure_cured_on_the_retry_line_and_a_terminal_as_it_was(
    tmux: Tmux, tmp_path: Path
) -> None:
    tmux.run("stty -a > before; echo 'st''ored'", "stored")
    build(tmux, until=FAILED)
    tmux.press("r")
    tmux.type("+small-helper")
    tmux.wait("+small-helper", "install_static")
    tmux.press("Enter")
    tmux.wait("Built", WHEEL, "#2")
    tmux.press("q")
    left = tmux.wait(PROMPT.strip(), "Session:", "Built", gone=("Phases of",))
    assert len(left.strip().splitlines()) < tmux.height
    tmux.run("stty -a > after; clear; echo ty''ped", "typed")
    assert (tmp_path / "after").read_text() == (tmp_path / "before").read_text()


def test_stepping_pauses_before_each_phase_and_continues(tmux: Tmux) -> None:
    build(tmux, "--step", "-x", "small-helper", until="Paused before source")
    for phase in "static_requires", "environment", "install_static", "get_requires":
        tmux.press("s")
        tmux.wait(f"Paused before {phase}")
    tmux.press("c")
    tmux.wait("Built", WHEEL, gone=("Paused",))


def test_a_breakpoint_set_with_a_key_holds(tmux: Tmux) -> None:
    build(tmux, "--step", "-x", "small-helper", until="Paused before source")
    to_phase(tmux, 7)
    tmux.press("b")
    tmux.wait("breaks: before build_wheel", "--break build_wheel")
    tmux.press("c")
    tmux.wait("Paused before build_wheel", "break before build_wheel")
    tmux.press("b")
    tmux.wait("breaks: after build_wheel")
    tmux.press("c")
    tmux.wait("Paused after build_wheel")
    tmux.press("c")
    tmux.wait("Built", WHEEL)


def test_a_breakpoint_of_the_command_line_stops_there(normal: Tmux) -> None:
    build(normal, "--break-after", "get_requires", until="Paused after get_requires")
    normal.press("q")
    normal.wait("q again")
    normal.press("q")
    normal.wait(PROMPT.strip(), "Interrupted", gone=("Phases of",))


def test_a_shell_in_the_failing_tree_and_back(tmux: Tmux) -> None:
    build(tmux, "--copy", until=FAILED)
    tmux.press("!")
    tmux.wait("as it failed")
    tmux.press("!")
    tmux.wait("exit (or ctrl-d) goes back", gone=("Traceback",))
    tmux.run("cat made-by-the-hook.txt", "made by the hook")
    tmux.run("pwd", "/w/")
    tmux.type("exit")
    tmux.press("Enter")
    tmux.wait(FAILED, "buildscope shell")
    tmux.press("E")
    tmux.wait("Interpreter", "Installed")
    tmux.press("q")
    tmux.wait(PROMPT.strip(), "Session:", gone=("Phases of",))


def test_a_shell_before_the_hook_has_not_what_it_made(normal: Tmux) -> None:
    build(normal, "--copy", until=FAILED)
    normal.press("B")
    normal.wait("exit (or ctrl-d) goes back", gone=("Traceback",))
    normal.run("ls made-by-the-hook.txt || echo 'not' 'there'", "not there")
    normal.type("exit")
    normal.press("Enter")
    normal.wait(FAILED, "back from #1 before build_wheel")


def test_a_hook_that_hangs_is_stopped(tmux: Tmux) -> None:
    build(tmux, "-C", "hang=1", until="and now it hangs")
    tmux.press("x")
    tmux.wait("x again stops build_wheel")
    tmux.press("x")
    tmux.wait("Stopped in build_wheel", "No process of it is left")
    tmux.press("q")
    tmux.wait(PROMPT.strip(), "Stopped in build_wheel", gone=("cancelled",))


def test_a_window_that_gets_smaller_and_larger(normal: Tmux) -> None:
    build(normal, until=FAILED)
    normal.wait("Phases of #1", "Traceback")
    normal.resize(*NARROW)
    normal.wait(FAILED, "t phases", "? help  q quit", gone=("Phases of #1",))
    normal.press("t")
    normal.wait("Phases of #1", "build_wheel")
    normal.resize(*NORMAL)
    normal.wait("Phases of #1", FAILED, "? help  q quit", gone=("t phases",))


def test_home_opens_what_is_typed(tmux: Tmux) -> None:
    tmux.run("clear; buildscope", "What will not build?")
    tmux.type("./story")
    tmux.press("Enter")
    tmux.wait(FAILED)
    tmux.press("q")
    tmux.wait(PROMPT.strip(), "Session:", gone=("Phases of",))
    tmux.run("clear; buildscope open last", FAILED)
    tmux.press("q")
    tmux.wait(PROMPT.strip(), "Session:", gone=("Phases of",))


def test_a_prompt_in_the_failing_frame_and_a_retry(tmux: Tmux, tmp_path: Path) -> None:
    tree = tmp_path / "story"
    build(tmux, "--copy", until="frame alive")
    tmux.press("d")
    tmux.wait(">>>", "from small_helper import wheel", "esc leave", gone=("Phases of",))
    for line, wanted in (
        ("import sys; sys.version", f"{sys.version_info[0]}.{sys.version_info[1]}."),
        ("wheel_directory", "attempts/1"),
        ("open('by-the-prompt.txt', 'w').close(); print('wri' 'tten')", "\n written"),
        ("os.getpid(), 'a p' 'id'", "a pid"),
    ):
        tmux.type(line)
        tmux.press("Enter")
        tmux.wait(wanted)
    held = [line for line in processes_with("inspect.json") if str(tmp_path) in line]
    assert len(held) == 1
    tmux.type(":pdb")
    tmux.press("Enter")
    tmux.wait("(Pdb)", gone=("esc leave",))
    tmux.type("p 'in' + 'side'")
    tmux.press("Enter")
    tmux.wait("'inside'")
    tmux.type("q")
    tmux.press("Enter")
    tmux.wait("back from pdb", "esc leave")
    tmux.press("Escape")
    tmux.wait("the process of the frame has ended", gone=("frame alive",))
    assert not [line for line in processes_with("inspect.json") if str(tmp_path) in line]
    tmux.press("r")
    tmux.type("+small-helper")
    tmux.wait("+small-helper", "install_static")
    tmux.press("Enter")
    tmux.wait("Built", WHEEL, "#2")
    assert not list(tree.rglob("by-the-prompt.txt"))


def test_quitting_leaves_no_process_held(normal: Tmux, tmp_path: Path) -> None:
    build(normal, until="frame alive")
    normal.press("d")
    normal.wait(">>>", "esc leave")
    normal.type("import subprocess; subprocess.run(['sleep', '1000'])")
    normal.press("Enter")
    normal.wait("interrupt what is evaluated")
    normal.press("Escape")
    normal.wait(FAILED, "Phases of")
    normal.press("q")
    normal.wait(PROMPT.strip(), "Session:", gone=("Phases of",))
    assert not [line for line in processes_with("inspect.json") if str(tmp_path) in line]

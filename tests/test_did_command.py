"""The line that repeats a command of a hook, pasted into a shell somewhere else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from buildscope.journal.deeds import read_deeds
from buildscope.journal.redact import MASK
from buildscope.model.did import Command, Exited, Spawned
from buildscope.model.run import Attempt
from buildscope.model.settings import Settings
from buildscope.session.again import run_again
from buildscope.session.did_command import command_line, command_notes
from buildscope.session.session import Session
from tests.conftest import PROJECTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.model.names import Phase
    from tests.conftest import SessionFactory

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a line for sh")
SHELLS = [shell for shell in ("sh", "dash", "bash") if shutil.which(shell)]
SHOWING = """
import json, os, subprocess, sys

_show = "import json, os, sys; print(json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]))"

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    env = {**os.environ, "ADDED": "a 'b'\\nc\\n"}
    del env["GONE"]
    os.makedirs("sub dir", exist_ok=True)
    arguments = ["it's", '"$HOME" `x` !', "two\\nlines\\n", "tab\\there", "", "*", "\\u00fc"]
    subprocess.run([sys.executable, "-c", _show, *arguments], env=env, cwd="sub dir", check=True)
    raise SystemExit(9)
"""
COMPILING = """
import subprocess

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    subprocess.run(["cc", "-c", "src/a.c", "-o", "a.o"], check=True)
"""
needs_compiler = pytest.mark.skipif(not shutil.which("cc"), reason="there is no compiler")
MISLEADING = {"PYTHONPATH": "/nowhere", "VIRTUAL_ENV": "/nowhere", "GONE": "here"}


def commands(attempt: Attempt, phase: Phase = "build_wheel") -> list[Command]:
    reports = attempt.phase(phase).reports
    assert reports is not None
    return [deed for deed in read_deeds(Path(reports)) if isinstance(deed, Command)]


def paste(line: str, cwd: Path, shell: str = "sh") -> subprocess.CompletedProcess[str]:
    assert "\n" not in line
    return subprocess.run(
        [shell, "-c", line],
        env={**os.environ, **MISLEADING},
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


def bare(*argv: str, cwd: Path | str = "/", **fields: object) -> Command:
    start = msgspec.convert(
        {"event": "spawned", "at": 0.0, "id": "1", "argv": argv, "cwd": str(cwd), **fields},
        Spawned,
    )
    return Command(start=start, end=Exited(at=1.0, id="1", code=1, seconds=0.5))


@pytest.fixture
def showing(environ: dict[str, str], project: Path, tmp_path: Path) -> Iterator[Attempt]:
    """An attempt whose hook runs a program that tells how it was started."""
    with (project / "backend.py").open("a") as backend:
        backend.write(SHOWING)
    session = Session.create(str(project), environ={**environ, "GONE": "x"}, cwd=tmp_path)
    yield session.run(Settings())
    session.close()


@pytest.mark.parametrize("shell", SHELLS)
def test_arguments_directory_and_variables_are_the_same(
    showing: Attempt, tmp_path: Path, shell: str
) -> None:
    (command,) = commands(showing)
    stdout = showing.phase("build_wheel").stdout
    assert stdout is not None
    argv, cwd, environ = msgspec.json.decode(Path(stdout).read_bytes())
    done = paste(command_line(showing, command), tmp_path, shell)
    assert done.returncode == 0, done.stderr
    again_argv, again_cwd, again = msgspec.json.decode(done.stdout)
    assert (again_argv, again_cwd) == (argv, cwd)
    assert again["ADDED"] == environ["ADDED"] == "a 'b'\nc\n"
    assert "GONE" not in again
    for name in ("VIRTUAL_ENV", "PYTHONPATH", "GIT_CEILING_DIRECTORIES"):
        assert again.get(name) == environ.get(name)
    assert again["PATH"].split(os.pathsep)[0] == environ["PATH"].split(os.pathsep)[0]


def test_a_directory_that_is_gone_is_said(showing: Attempt, tmp_path: Path) -> None:
    (command,) = commands(showing)
    shutil.rmtree(command.start.cwd)
    done = paste(command_line(showing, command), tmp_path)
    assert done.returncode != 0
    assert done.stdout == ""
    assert command.start.cwd in done.stderr


def check_the_compiler_again(attempt: Attempt, cwd: Path, shell: str) -> Command:
    (command,) = (command for command in commands(attempt) if command.failed)
    done = paste(command_line(attempt, command), cwd, shell)
    assert command.end is not None
    assert done.returncode == command.end.code == 1
    stderr = attempt.phase("build_wheel").stderr
    assert stderr is not None
    errors = [line for line in Path(stderr).read_text().splitlines() if " error: " in line]
    assert errors
    assert errors == [line for line in done.stderr.splitlines() if " error: " in line]
    return command


@needs_compiler
@pytest.mark.parametrize("isolation", [True, False], ids=["isolated", "isolation off"])
@pytest.mark.parametrize("shell", SHELLS)
def test_a_compiler_that_failed_fails_in_the_same_way(
    session_on: SessionFactory, project: Path, tmp_path: Path, shell: str, *, isolation: bool
) -> None:
    (project / "src").mkdir()
    (project / "src" / "a.c").write_text("int answer(void) {\n    return unknown;\n}\n")
    with (project / "backend.py").open("a") as backend:
        backend.write(COMPILING)
    settings = Settings(isolation=isolation, python=None if isolation else sys.executable)
    attempt = session_on(project).run(settings)
    command = check_the_compiler_again(attempt, tmp_path, shell)
    assert command.by is not None
    assert command.by.source == 'subprocess.run(["cc", "-c", "src/a.c", "-o", "a.o"], check=True)'


@needs_compiler
@pytest.mark.index
def test_the_line_of_setup_py_that_led_to_the_compiler(
    session_on: SessionFactory, tmp_path: Path
) -> None:
    left = shutil.ignore_patterns("build", "*.egg-info")
    project = shutil.copytree(PROJECTS / "c_extension", tmp_path / "c_extension", ignore=left)
    attempt = session_on(Path(project)).run(Settings())
    command = check_the_compiler_again(attempt, tmp_path, "sh")
    assert command.led_by is not None
    assert (command.led_by.file, command.led_by.line) == ("setup.py", 3)
    assert command.led_by.source == "setup("


def test_what_was_cut_says_so_and_fails(tmp_path: Path) -> None:
    command = bare("gcc", "-c", "a.c", cut=True)
    done = paste(command_line(Attempt(id=1), command), tmp_path)
    assert done.returncode == 1
    assert "only the beginning of this command was recorded: gcc -c a.c" in done.stderr
    assert "cannot be repeated" in command_notes(command)[0]


def test_a_secret_is_said_to_be_missing() -> None:
    command = bare("curl", MASK, environ={"TOKEN": MASK})
    assert f"TOKEN='{MASK}'" in command_line(Attempt(id=1), command)
    assert MASK in command_notes(command)[0]


def test_the_program_is_run_whatever_it_was_called(tmp_path: Path) -> None:
    (tmp_path / "a=b").symlink_to("/bin/echo")
    for program in ("/bin/echo", "./a=b"):
        command = bare("other", "x", cwd=tmp_path, program=program)
        assert paste(command_line(Attempt(id=1), command), tmp_path).stdout == "x\n"
        assert "called other" in command_notes(command)[0]


def test_its_input_is_empty(tmp_path: Path) -> None:
    line = command_line(Attempt(id=1), bare("cat"))
    done = subprocess.run(
        ["sh", "-c", line], input="typed", capture_output=True, text=True, check=True
    )
    assert done.stdout == ""


def test_run_again_shows_the_command_and_how_it_ended(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    waited: list[bool] = []
    command = bare("sh", "-c", "echo out; : '\x1b]0;title\x07'; exit 7", cwd=tmp_path)
    code = run_again(Attempt(id=1), command, os.environ, lambda: waited.append(True))
    out, err = capfd.readouterr()
    assert (code, waited, out) == (7, [True], "out\n")
    first, last = err.splitlines()[0], err.splitlines()[-1]
    assert "run again by itself" in first
    assert last == "buildscope: exit 7, then it was: exit 1. enter goes back"
    assert f"in    {tmp_path}" in err
    assert "title" not in err.partition("then  exit 1")[0]

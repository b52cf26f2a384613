"""Recorded sessions from a script: retry, shell, sessions, export, open."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from buildscope.journal.reader import read_session
from buildscope.session.find import session_directories
from tests.helpers.prompt import prompted

if TYPE_CHECKING:
    from buildscope.model.run import SessionRecord

CHECKED = """
_build = build_wheel

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    print("settings", config_settings, os.environ.get("MODE"))
    with open("data.txt") as file:
        if file.read().strip() != "good":
            os.mkdir("half-built")
            raise ValueError("bad data")
    return _build(wheel_directory, config_settings, metadata_directory)
"""


@pytest.fixture
def failing(project: Path) -> Path:
    """A project whose ``build_wheel`` fails until ``data.txt`` says ``good``."""
    with (project / "backend.py").open("a") as backend:
        backend.write(CHECKED)
    (project / "data.txt").write_text("bad\n")
    return project


def buildscope(
    *arguments: str | Path, environ: dict[str, str], cwd: Path, typed: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "buildscope", *map(str, arguments)],
        env=environ,
        cwd=cwd,
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )


@pytest.fixture
def failed(environ: dict[str, str], failing: Path, tmp_path: Path) -> SessionRecord:
    """A session in which that project failed once."""
    done = buildscope("run", failing, "--copy", environ=environ, cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    return recorded(environ)


def recorded(environ: dict[str, str]) -> SessionRecord:
    (directory,) = session_directories(environ)
    return read_session(directory)


def test_an_edit_and_one_phase_build_it(
    environ: dict[str, str], failed: SessionRecord, tmp_path: Path
) -> None:
    (tmp_path / "mended.txt").write_text("good\n")
    options = ("--edit", "data.txt=mended.txt")
    done = buildscope("retry", "last", *options, environ=environ, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "minimal-1.0-py3-none-any.whl" in done.stdout
    assert "get_requires" not in done.stdout
    last = recorded(environ).last
    assert last is not None
    assert (last.parent, last.first_phase) == (1, "build_wheel")
    patch = buildscope("export", "last", "--to", "x.patch", environ=environ, cwd=tmp_path)
    assert patch.returncode == 0
    text = (tmp_path / "x.patch").read_text()
    assert text.splitlines()[1:] == [
        "--- a/data.txt",
        "+++ b/data.txt",
        "@@ -1 +1 @@",
        "-bad",
        "+good",
    ]
    project = Path(str(failed.target.path))
    subprocess.run(["patch", "-p1", "-i", tmp_path / "x.patch"], cwd=project, check=True)
    assert (project / "data.txt").read_text() == "good\n"


def test_options_are_changes_to_the_attempts_own(
    environ: dict[str, str], failed: SessionRecord, tmp_path: Path
) -> None:
    first = ("-C", "a=b", "-e", "MODE=one", "--timeout", "50", "--from", "get_requires")
    assert buildscope("retry", failed.id[:6], *first, environ=environ, cwd=tmp_path).returncode == 1
    second = ("-e", "MODE=two", "--change", "timeout none -a", "--json")
    done = buildscope("retry", failed.directory, *second, environ=environ, cwd=tmp_path)
    assert done.returncode == 1
    document: dict[str, Any] = json.loads(done.stdout)
    _, one, two = document["attempts"]
    assert one["settings"]["config_settings"] == {"a": "b"}
    assert one["settings"]["timeout"] == 50.0
    assert two["settings"]["env"] == {"MODE": "two"}
    assert two["settings"]["config_settings"] == {}
    assert two["settings"]["timeout"] is None
    assert (one["parent"], two["parent"]) == (1, 2)
    assert two["settings"]["copy"]
    printed = Path(two["phases"][7]["stdout"]).read_text()
    assert printed in {"settings None two\n", "settings {} two\n"}


def test_without_changes_it_is_tried_again_here_or_from_a_phase(
    environ: dict[str, str], failed: SessionRecord, tmp_path: Path
) -> None:
    again = buildscope("retry", "last", "--attempt", "1", environ=environ, cwd=tmp_path)
    assert again.returncode == 1
    assert "bad data" in again.stdout
    here = buildscope("retry", "last", "--attempt", "1", "--here", environ=environ, cwd=tmp_path)
    assert here.returncode == 1
    assert "FileExistsError" in here.stdout
    start = ("--attempt", "1", "--from", "source")
    assert buildscope("retry", "last", *start, environ=environ, cwd=tmp_path).returncode == 1
    record = recorded(environ)
    assert [one.parent for one in record.attempts] == [None, 1, 1, 1]
    assert [one.dirty for one in record.attempts] == [False, False, True, False]
    assert [one.first_phase for one in record.attempts[1:]] == ["build_wheel"] * 2 + ["source"]


def test_defaults_do_not_apply_to_a_retry(
    environ: dict[str, str], failed: SessionRecord, tmp_path: Path
) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.buildscope]\nuntil = 'source'\n")
    done = buildscope("retry", "last", environ=environ, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["retry", "nothing-like-it"], "there is no session"),
        (["retry", "last", "--attempt", "7"], "no attempt 7"),
        (["retry", "last", "--from", "check"], "from check is too late"),
        (["retry", "last", "-x", "not a requirement"], "is no requirement"),
        (["retry", "last", "--change", "edit data.txt"], "has not been edited"),
        (["retry", "last", "--step"], "need a terminal"),
        (["shell", "last", "--attempt", "7"], "no attempt 7"),
        (["shell", "last", "--phase", "lunch"], "'lunch' is no phase"),
        (["shell", "last", "--phase", "source"], "no source tree to enter"),
        (["sessions", "show", "last", "--compare", "1", "2"], "no attempt 2"),
        (["export", "last", "--to", "x.html"], "not there yet"),
        (["export", "last", "--to", "x.pdf"], "does not say what to write"),
        (["export", "last", "--to", "x"], "does not say what to write"),
        (["export", "last", "--to", "no/such/x.md"], "cannot be written"),
        (["export", "last", "--to", "x.patch"], "no edited file"),
        (["open", "last"], "needs a terminal"),
    ],
)
def test_bad_usage_exits_2_and_makes_no_attempt(
    environ: dict[str, str], failed: SessionRecord, tmp_path: Path, arguments: list[str], said: str
) -> None:
    done = buildscope(*arguments, environ=environ, cwd=tmp_path)
    assert done.returncode == 2, done.stdout
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert len(recorded(environ).attempts) == 1
    assert not list(tmp_path.glob("x*"))


def test_a_shell_takes_commands_from_a_pipe_in_either_state(
    environ: dict[str, str], failed: SessionRecord, tmp_path: Path
) -> None:
    shell = {**environ, "SHELL": "/bin/sh"}
    typed = "test -d half-built && echo half; python -c 'print(40 + 2)'; exit 7\n"
    after = buildscope("shell", "last", environ=shell, cwd=tmp_path, typed=typed)
    assert (after.returncode, after.stdout) == (7, "half\n42\n")
    assert "#1 after build_wheel" in after.stderr
    options = ("--attempt", "1", "--phase", "build_wheel", "--before")
    before = buildscope("shell", "last", *options, environ=shell, cwd=tmp_path, typed=typed)
    assert (before.returncode, before.stdout) == (7, "42\n")
    killed = buildscope("shell", "last", environ=shell, cwd=tmp_path, typed="kill -9 $$\n")
    assert killed.returncode == 137


def test_sessions_are_listed_and_shown(
    environ: dict[str, str], failed: SessionRecord, tmp_path: Path
) -> None:
    listed = buildscope("sessions", environ=environ, cwd=tmp_path)
    assert listed.stdout == buildscope("sessions", "list", environ=environ, cwd=tmp_path).stdout
    (line,) = listed.stdout.splitlines()
    assert line.startswith(failed.id)
    assert "failed in build_wheel · 1 attempt" in line
    shown = buildscope("sessions", "show", "last", environ=environ, cwd=tmp_path)
    assert shown.returncode == 0
    assert "ValueError: bad data" in shown.stdout
    assert failed.directory in shown.stdout
    found = buildscope("sessions", "show", failed.id, "--json", environ=environ, cwd=tmp_path)
    assert json.loads(found.stdout)["outcome"] == "failed"
    (tmp_path / "mended.txt").write_text("good\n")
    edit = ("--edit", "data.txt=mended.txt")
    buildscope("retry", "last", *edit, environ=environ, cwd=tmp_path)
    compared = buildscope(
        "sessions", "show", "last", "--compare", "1", "2", environ=environ, cwd=tmp_path
    )
    assert compared.returncode == 0
    assert "failed in build_wheel" in compared.stdout
    assert "data.txt" in compared.stdout


def test_the_command_lines_of_a_session_make_it_again(
    environ: dict[str, str], failed: SessionRecord, tmp_path: Path
) -> None:
    (tmp_path / "mended.txt").write_text("good\n")
    options = ("--edit", "data.txt=mended.txt", "-e", "MODE=with 'quotes'")
    assert buildscope("retry", "last", *options, environ=environ, cwd=tmp_path).returncode == 0
    assert buildscope("export", "last", "--to", "x.sh", environ=environ, cwd=tmp_path).stdout == ""
    bin_directory = str(Path(sys.executable).parent)
    again = {**environ, "PATH": os.pathsep.join([bin_directory, environ["PATH"]])}
    again["BUILDSCOPE_STATE_DIR"] = str(tmp_path / "other")
    done = subprocess.run(
        ["sh", tmp_path / "x.sh"],
        env=again,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (directory,) = session_directories(again)
    before, after = recorded(environ), read_session(directory)
    assert [one.outcome for one in after.attempts] == ["failed", "built"]
    assert [one.label for one in after.attempts] == [one.label for one in before.attempts]


def test_two_at_once_are_refused_in_a_sentence(
    environ: dict[str, str], failed: SessionRecord, tmp_path: Path
) -> None:
    with prompted("retry", "last", "--step", environ=environ, cwd=tmp_path) as prompt:
        prompt.wait_for("(?)help > ")
        done = buildscope("retry", "last", environ=environ, cwd=tmp_path)
        assert done.returncode == 2
        assert f"in use by another buildscope (process {prompt.process.pid})" in done.stderr
        typed = "pwd\n"
        assert buildscope(
            "shell", "last", "--attempt", "1", environ=environ, cwd=tmp_path, typed=typed
        ).stdout
        prompt.type("q\n")
        assert prompt.end() == 1


def test_open_shows_a_recorded_session(
    environ: dict[str, str], failed: SessionRecord, tmp_path: Path
) -> None:
    sized = {**environ, "COLUMNS": "100", "LINES": "30"}
    with prompted("open", "last", environ=sized, cwd=tmp_path) as prompt:
        prompt.wait_for("bad data")
        prompt.type("q")
        assert prompt.end() == 1
    assert len(recorded(environ).attempts) == 1


def test_a_theme_that_is_not_there_is_refused_before_anything_runs(
    environ: dict[str, str], project: Path
) -> None:
    config = Path(environ["BUILDSCOPE_CONFIG_DIR"], "config.toml")
    config.parent.mkdir()
    config.write_text('theme = "nrd"\n')
    with prompted(project, environ=environ, cwd=project) as prompt:
        assert prompt.end() == 2
    assert f"{config}: there is no theme 'nrd'" in prompt.screen
    assert "nord" in prompt.screen
    assert session_directories(environ) == []

"""The command line: options, exit codes, what is printed and what is imported."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from buildscope.reports.document import Document
from tests.helpers.waiting import wait_until


def buildscope(
    *arguments: str | Path, environ: dict[str, str], cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "buildscope", *map(str, arguments)],
        env=environ,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )


def document(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    msgspec.json.decode(done.stdout, type=Document)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_build_exits_0_and_names_the_wheel(environ: dict[str, str], project: Path) -> None:
    done = buildscope("run", project, environ=environ)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "minimal-1.0-py3-none-any.whl" in done.stdout
    assert "Session: " in done.stdout


def test_with_no_terminal_a_bare_target_runs(environ: dict[str, str], project: Path) -> None:
    done = buildscope(project, environ=environ)
    assert done.returncode == 0
    assert "build_wheel" in done.stdout


def test_a_failure_exits_1_cause_first(environ: dict[str, str], project: Path) -> None:
    with (project / "backend.py").open("a") as backend:
        backend.write("\nimport no_such_module_anywhere\n")
    done = buildscope("run", project, "--offline", environ=environ)
    assert done.returncode == 1
    cause = done.stdout.index("imports no_such_module_anywhere")
    assert cause < done.stdout.index("❱") < done.stdout.index("What to try")
    assert "-x no_such_module_anywhere" in done.stdout.replace("no-such", "no_such")


def test_json_is_one_document_and_nothing_else(environ: dict[str, str], project: Path) -> None:
    done = buildscope("run", project, "--json", "--skip", "get_requires", environ=environ)
    found = document(done)
    assert done.returncode == 0
    assert done.stderr == ""
    assert found["schema"] == 1
    assert found["outcome"] == "built"
    assert Path(found["artifact"]).is_file()
    (attempt,) = found["attempts"]
    assert attempt["settings"]["skip"] == ["get_requires"]
    assert [phase["status"] for phase in attempt["phases"]] == [
        *["passed"] * 3,
        *["skipped"] * 3,
        *["passed"] * 3,
    ]
    assert found["recipe"] is None


def test_a_source_that_cannot_be_had_exits_3(environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "broken.tar.gz").write_bytes(b"this is no archive")
    done = buildscope("run", tmp_path / "broken.tar.gz", "--json", environ=environ)
    found = document(done)
    assert done.returncode == 3
    assert found["outcome"] == "not_obtained"
    assert found["causes"][0]["id"] == "bad-archive"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name a target"),
        (["run"], "TARGET"),
        (["run", "no-such-directory/"], "no-such-directory"),
        (["run", ".", "-p", "1.5"], "1.5"),
        (["run", ".", "-x", "not a requirement"], "no requirement"),
        (["run", ".", "-c", "no-such-file.txt"], "no-such-file.txt"),
        (["run", ".", "-C", "novalue"], "novalue"),
        (["run", ".", "-e", "novalue"], "novalue"),
        (["run", ".", "--timeout", "-3"], "--timeout"),
        (["run", ".", "--exclude-newer", "soon"], "soon"),
        (["run", ".", "--skip", "build_wheel"], "build_wheel"),
        (["run", ".", "--until", "lunch"], "lunch"),
        (["run", ".", "--build", "sdist"], "not there yet"),
        (["run", ".", "--step"], "need a terminal"),
        (["run", ".", "--break", "lunch"], "lunch"),
        (["retry", "last"], "no session is recorded"),
        (["open", "last"], "needs a terminal"),
        (["sessions", "prune"], "not there yet"),
        (["export", "last", "--to", "x.md"], "no session is recorded"),
        (["run", ".", "--copy", "--in-place"], "contradict"),
        (["run", ".", "--edit", "setup.py=no-such-file"], "no-such-file"),
        (["run", ".", "--edit", "../setup.py=backend.py"], "no file of the project"),
        (["run", ".", "--installer", "conda"], "conda"),
        (["run", ".", "--config-json", "[1]"], "object"),
        (["run", ".", "--no-such-option"], "--no-such-option"),
    ],
)
def test_bad_usage_exits_2_with_a_sentence(
    environ: dict[str, str], project: Path, arguments: list[str], said: str
) -> None:
    done = buildscope(*arguments, environ=environ, cwd=project)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    sessions = Path(environ["BUILDSCOPE_STATE_DIR"]) / "sessions"
    assert not sessions.exists() or list(sessions.iterdir()) == []


def test_no_environment_to_adopt_exits_2(environ: dict[str, str], project: Path) -> None:
    bare = {name: value for name, value in environ.items() if name != "CONDA_PREFIX"}
    done = buildscope("run", project, "--no-isolation", environ=bare, cwd=project)
    assert done.returncode == 2
    assert "-p" in done.stderr


def test_help_and_version(environ: dict[str, str]) -> None:
    assert "TARGET" in buildscope("--help", environ=environ).stdout
    assert "--no-isolation" in buildscope("run", "--help", environ=environ).stdout
    assert "0.1.0" in buildscope("--version", environ=environ).stdout


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["run", "."]])
def test_textual_is_never_imported(
    environ: dict[str, str], project: Path, arguments: list[str]
) -> None:
    script = (
        "import sys\nfrom buildscope.cli.main import main\n"
        f"code = main({arguments!r})\n"
        "assert not any(name.partition('.')[0] == 'textual' for name in sys.modules)\n"
        "sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environ,
        cwd=project,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


SLEEPING = """
import subprocess, sys, time
def {hook}(*args, **kwargs):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"],
                             start_new_session=True)
    print("pid", child.pid, flush=True)
    time.sleep(600)
"""


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
@pytest.mark.parametrize(
    ("hook", "phase"),
    [
        ("get_requires_for_build_wheel", "get_requires"),
        ("prepare_metadata_for_build_wheel", "prepare_metadata"),
        ("build_wheel", "build_wheel"),
    ],
)
def test_an_interrupt_exits_130_and_leaves_no_process(
    environ: dict[str, str], project: Path, hook: str, phase: str
) -> None:
    with (project / "backend.py").open("a") as backend:
        backend.write(SLEEPING.format(hook=hook))
    running = subprocess.Popen(
        [sys.executable, "-m", "buildscope", "run", str(project), "--json"],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    sessions = Path(environ["BUILDSCOPE_STATE_DIR"]) / "sessions"

    def said() -> list[str]:
        found = list(sessions.glob(f"*/attempts/1/{phase}/stdout"))
        return found[0].read_text().split() if found else []

    wait_until(lambda: len(said()) == 2)
    running.send_signal(signal.SIGINT)
    stdout, _ = running.communicate(timeout=60)
    assert running.returncode == 130
    found = json.loads(stdout)
    assert found["outcome"] == "interrupted"
    assert found["attempts"][0]["failed_phase"] == phase
    wait_until(lambda: not alive(int(said()[1])))


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_a_kill_leaves_a_readable_session_and_no_process(
    environ: dict[str, str], project: Path
) -> None:
    with (project / "backend.py").open("a") as backend:
        backend.write(SLEEPING.format(hook="build_wheel"))
    running = subprocess.Popen(
        [sys.executable, "-m", "buildscope", "run", str(project)],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    sessions = Path(environ["BUILDSCOPE_STATE_DIR"]) / "sessions"

    def said() -> list[str]:
        found = list(sessions.glob("*/attempts/1/build_wheel/stdout"))
        return found[0].read_text().split() if found else []

    wait_until(lambda: len(said()) == 2)
    running.kill()
    running.wait()
    from buildscope.journal.reader import read_session

    (directory,) = sessions.iterdir()
    last = read_session(directory).last
    assert last is not None
    assert last.phase("build_wheel").status == "running"
    if sys.platform.startswith("linux"):
        wait_until(lambda: not alive(int(said()[1])))

"""The line that repeats a hook by hand, pasted into a shell somewhere else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from buildscope.model.settings import Settings
from buildscope.session.command import repeat_command
from tests.conftest import PROJECTS
from tests.helpers.wheels import write_wheel

if TYPE_CHECKING:
    from buildscope.model.names import Phase
    from buildscope.model.run import Attempt
    from tests.conftest import SessionFactory

SHELLS = [shell for shell in ("sh", "dash", "bash") if shutil.which(shell)]
HOOKS: tuple[Phase, ...] = ("get_requires", "prepare_metadata", "build_wheel")
PRINTING = """
_build = build_wheel

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    import sys
    for name in ("CC", "PATH", "VIRTUAL_ENV", "GIT_CEILING_DIRECTORIES", "PYTHONPATH",
                 "PIP_CONSTRAINT", "PYTHONWARNINGS", "TOKEN"):
        print(name, os.environ.get(name))
    print("cwd", os.getcwd())
    print("path", sys.path)
    print("settings", config_settings, "in", os.listdir(wheel_directory))
    if metadata_directory:
        open(os.path.join(metadata_directory, "METADATA"), "a").write("spoilt")
    return _build(wheel_directory, config_settings, metadata_directory)
"""
MISLEADING = {
    "PYTHONPATH": str(PROJECTS / "trouble"),
    "PYTHONWARNINGS": "error",
    "PIP_CONSTRAINT": "/nowhere",
    "VIRTUAL_ENV": "/nowhere",
}


def line_of(attempt: Attempt, phase: Phase) -> str:
    line = repeat_command(attempt, attempt.phase(phase))
    assert line is not None
    assert "\n" not in line
    return line


def paste(line: str, cwd: Path, shell: str = "sh", **more: str) -> subprocess.CompletedProcess[str]:
    """What the shell says to the line, with a caller's environment that misleads."""
    return subprocess.run(
        [shell, "-c", line],
        env={**os.environ, **MISLEADING, **more},
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


def files_below(directory: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def result_of(done: subprocess.CompletedProcess[str]) -> object:
    """The JSON at the end of what was printed."""
    assert done.returncode == 0, done.stderr
    text = done.stdout[done.stdout.rindex("{\n") : done.stdout.rindex("}") + 1]
    return msgspec.json.decode(text)["return_val"]


@pytest.mark.parametrize("shell", SHELLS)
def test_hooks_that_pass_return_the_same_and_the_record_stays(
    session_on: SessionFactory, project: Path, tmp_path: Path, shell: str
) -> None:
    session = session_on(project)
    attempt = session.run(Settings(copy=True))
    assert attempt.outcome == "built"
    before = files_below(session.directory)
    for phase in HOOKS:
        done = paste(line_of(attempt, phase), tmp_path, shell)
        expected = attempt.phase(phase).result
        assert result_of(done) == ([] if expected is None else expected)
    assert files_below(session.directory) == before


def test_what_a_hook_writes_is_said_and_is_elsewhere(
    session_on: SessionFactory, project: Path, tmp_path: Path
) -> None:
    attempt = session_on(project).run(Settings(copy=True))
    done = paste(line_of(attempt, "build_wheel"), tmp_path)
    written = Path(done.stdout.splitlines()[-1].removeprefix("written to "))
    assert [path.name for path in written.iterdir()] == ["minimal-1.0-py3-none-any.whl"]


def test_a_hook_gets_the_environment_that_it_had(
    session_on: SessionFactory, project: Path, tmp_path: Path
) -> None:
    with (project / "backend.py").open("a") as backend:
        backend.write(PRINTING)
    session = session_on(project)
    settings = Settings(
        copy=True, env={"CC": 'it\'s a "cc" $HOME'}, config_settings={"k": ["a&b", "c|d"]}
    )
    attempt = session.run(settings)
    assert attempt.outcome == "built"
    before = files_below(session.directory)
    done = paste(line_of(attempt, "build_wheel"), tmp_path)
    stdout = attempt.phase("build_wheel").stdout
    assert stdout is not None
    recorded = Path(stdout).read_text().splitlines()
    assert done.stdout.splitlines()[: len(recorded)] == recorded
    assert files_below(session.directory) == before


def test_a_path_given_for_the_attempt_comes_after_the_environment(
    session_on: SessionFactory, project: Path, tmp_path: Path
) -> None:
    with (project / "backend.py").open("a") as backend:
        backend.write(PRINTING)
    path = f"/of the user{os.pathsep}{os.defpath}"
    attempt = session_on(project).run(Settings(copy=True, env={"PATH": path}))
    done = paste(line_of(attempt, "build_wheel"), tmp_path)
    assert attempt.environment is not None
    folder = Path(attempt.environment.python).parent
    assert f"PATH {folder}{os.pathsep}{path}" in done.stdout.splitlines()


def test_a_hook_that_fails_fails_in_the_same_way(
    session_on: SessionFactory, project: Path, tmp_path: Path
) -> None:
    with (project / "backend.py").open("a") as backend:
        backend.write("\n\ndef get_requires_for_build_wheel(_=None):\n    import torch\n")
    attempt = session_on(project).run(Settings())
    done = paste(line_of(attempt, "get_requires"), tmp_path)
    exception = attempt.phase("get_requires").exception
    assert exception is not None
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"{exception.type}: {exception.message}"
    assert "written to" not in done.stdout


def test_an_exit_code_of_the_hook_is_that_of_the_line(
    session_on: SessionFactory, project: Path, tmp_path: Path
) -> None:
    with (project / "backend.py").open("a") as backend:
        backend.write("\n\ndef get_requires_for_build_wheel(_=None):\n    os._exit(7)\n")
    attempt = session_on(project).run(Settings())
    assert paste(line_of(attempt, "get_requires"), tmp_path).returncode == 7


def test_with_isolation_off_the_extras_are_in_front_with_what_they_add(
    session_on: SessionFactory, project: Path, tmp_path: Path
) -> None:
    """A ``.pth`` file of the layer counts as it did, and the project's folder is on no path."""
    links = tmp_path / "links"
    write_wheel(links, "more", modules={"more.pth": "below\n", "below/hidden.py": "VALUE = 42\n"})
    with (project / "backend.py").open("a") as backend:
        backend.write(f"{PRINTING}\n\nimport hidden\nprint(hidden.VALUE)\n")
    settings = Settings(
        isolation=False, python=sys.executable, extra=("more",), copy=True,
        find_links=(str(links),), no_index=True,
    )  # fmt: skip
    attempt = session_on(project).run(settings)
    assert attempt.outcome == "built"
    stdout = attempt.phase("build_wheel").stdout
    assert stdout is not None
    told = ("42", "PYTHONPATH", "path", "settings")
    recorded = [line for line in Path(stdout).read_text().splitlines() if line.startswith(told)]
    done = paste(line_of(attempt, "build_wheel"), tmp_path)
    assert [line for line in done.stdout.splitlines() if line.startswith(told)] == recorded


def test_odd_characters_in_all_paths(
    session_on: SessionFactory, project: Path, tmp_path: Path
) -> None:
    odd = tmp_path / 'it\'s [a] dir$ectory & "more" ü'
    (temporary := odd.with_name("a temporary [one]")).mkdir()
    odd.mkdir()
    project = project.rename(odd / "minimal")
    attempt = session_on(project).run(Settings())
    for phase in HOOKS:
        done = paste(line_of(attempt, phase), odd, TMPDIR=str(temporary))
        assert done.returncode == 0, done.stderr


def test_odd_characters_in_the_directory_of_the_session(
    environ: dict[str, str], project: Path, tmp_path: Path
) -> None:
    from buildscope.session.session import Session

    state = tmp_path / "a.b*c [d] it's ü^$"
    session = Session.create(
        str(project), environ={**environ, "BUILDSCOPE_STATE_DIR": str(state)}, cwd=tmp_path
    )
    try:
        attempt = session.run(Settings())
    finally:
        session.close()
    before = files_below(session.directory)
    for phase in HOOKS:
        done = paste(line_of(attempt, phase), tmp_path)
        assert done.returncode == 0, done.stderr
    assert files_below(session.directory) == before


def test_a_secret_is_not_in_it(session_on: SessionFactory, project: Path) -> None:
    session = session_on(project)
    attempt = session.run(Settings(env={"MY_TOKEN": "s3cret-value"}))
    line = line_of(attempt, "build_wheel")
    assert "s3cret-value" not in line
    assert "MY_TOKEN='[redacted]'" in line


def test_phases_without_a_hook_have_no_line(session_on: SessionFactory, project: Path) -> None:
    attempt = session_on(project).run(Settings(skip=("prepare_metadata",)))
    none: tuple[Phase, ...] = ("source", "install_static", "prepare_metadata", "check")
    assert [repeat_command(attempt, attempt.phase(phase)) for phase in none] == [None] * 4

"""Logs that backends write and delete are kept, redacted, and told of."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from buildscope.hooks.logs import NAMES, LogKeeper
from buildscope.inside import logs as inside
from buildscope.journal.redact import Redactor
from buildscope.model.run import BackendLog, PhaseRun
from buildscope.reports import evidence
from tests.helpers.procs import NEWEST, OLDEST, PYTHONS, Lab

if TYPE_CHECKING:
    from buildscope.hooks.call import HookOutcome

old_and_new = pytest.mark.parametrize("python", [PYTHONS[OLDEST], PYTHONS[NEWEST]])

BACKEND = """
import os, pathlib, shutil, subprocess, sys, tempfile

def write(name, text="the log\\n"):
    path = pathlib.Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    {do}
    raise SystemExit(1)
"""


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path, redactor=Redactor({"API_TOKEN": "s3cr3t-value-of-mine"}))


def call(lab: Lab, tmp_path: Path, do: str, python: str = PYTHONS[NEWEST]) -> HookOutcome:
    """What a hook leaves behind that does that, and fails then."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "backend.py").write_text(BACKEND.format(do=do))
    kwargs = {"wheel_directory": str(tmp_path)}
    outcome = lab.hook("build_wheel", kwargs, project=project, backend="backend", python=python)
    assert outcome.faults == ()
    return outcome


def texts(lab: Lab, outcome: HookOutcome) -> dict[str, str]:
    return {log.path: (lab.evidence / log.file).read_text("utf-8") for log in outcome.logs}


WAYS = {
    "rmtree": 'write("b/x/meson-log.txt"); shutil.rmtree("b")',
    "remove": 'write("b/x/meson-log.txt"); os.remove("b/x/meson-log.txt")',
    "unlink": 'write("b/x/meson-log.txt").unlink()',
    "dir_fd": (
        'write("b/x/meson-log.txt"); fd = os.open("b/x", os.O_RDONLY); '
        'os.unlink("meson-log.txt", dir_fd=fd)'
    ),
    "replace": 'write("b/x/meson-log.txt"); os.replace(write("new", ""), "b/x/meson-log.txt")',
    "elsewhere": 'write("b/x/meson-log.txt"); os.chdir("b"); shutil.rmtree("x")',
    "left": 'write("b/x/meson-log.txt")',
    "by a command": (
        'write("b/x/meson-log.txt"); code = "import sys; print(1)"; '
        "subprocess.run([sys.executable, '-c', code], check=True)"
    ),
}


@old_and_new
@pytest.mark.parametrize("way", WAYS)
def test_a_log_is_kept_however_it_is_deleted(
    lab: Lab, tmp_path: Path, way: str, python: str
) -> None:
    outcome = call(lab, tmp_path, WAYS[way], python)
    assert texts(lab, outcome) == {"b/x/meson-log.txt": "the log\n"}


@old_and_new
def test_a_temporary_directory_outside_the_project_is_seen(
    lab: Lab, tmp_path: Path, python: str
) -> None:
    do = (
        "build_wheel.kept = kept = tempfile.TemporaryDirectory(); "
        'write(kept.name + "/CMakeFiles/CMakeError.log")'
    )
    outcome = call(lab, tmp_path, do, python)
    (path,) = texts(lab, outcome)
    assert path.endswith("/CMakeFiles/CMakeError.log")
    assert not Path(path).exists()


def test_a_log_of_a_folder_that_is_relative_to_another(lab: Lab, tmp_path: Path) -> None:
    do = (
        'write("b/x/config.log"); fd = os.open("b", os.O_RDONLY); '
        'sys.version_info < (3, 11) or shutil.rmtree("x", dir_fd=fd)'
    )
    assert texts(lab, call(lab, tmp_path, do)) == {"b/x/config.log": "the log\n"}


def test_secrets_are_redacted_in_what_is_deleted_and_in_what_is_left(
    lab: Lab, tmp_path: Path
) -> None:
    do = (
        'write("a/config.log", "1 s3cr3t-value-of-mine"); shutil.rmtree("a"); '
        'write("b/config.log", "2 s3cr3t-value-of-mine")'
    )
    kept = texts(lab, call(lab, tmp_path, do))
    assert sorted(text[0] for text in kept.values()) == ["1", "2"]
    assert "s3cr3t" not in "".join(kept.values())
    everything = [path.read_bytes() for path in lab.evidence.rglob("*") if path.is_file()]
    assert not any(b"s3cr3t" in content for content in everything)


def test_the_most_telling_come_first_and_each_text_once(lab: Lab, tmp_path: Path) -> None:
    do = "; ".join(
        [f'write("b/{name}", "{name}")' for name in reversed(NAMES)]
        + ['write("b/deep/er/meson-log.txt", "another")', 'write("b/c/config.log", "config.log")']
        + ['write("b/d/config.log", "")', 'shutil.rmtree("b")']
    )
    outcome = call(lab, tmp_path, do)
    assert [log.path for log in outcome.logs] == [
        "b/meson-log.txt",
        "b/deep/er/meson-log.txt",
        *(f"b/{name}" for name in NAMES[1:]),
    ]


@old_and_new
def test_the_newest_text_is_kept(lab: Lab, tmp_path: Path, python: str) -> None:
    do = (
        'write("b/config.log", "first"); shutil.rmtree("b"); '
        'write("b/config.log", "second, longer"); shutil.rmtree("b")'
    )
    assert texts(lab, call(lab, tmp_path, do, python)) == {"b/config.log": "second, longer"}


def test_a_deleted_log_that_grew_later_and_is_left_is_the_newest(lab: Lab, tmp_path: Path) -> None:
    do = 'write("config.log", "first"); os.remove("config.log"); write("config.log", "then")'
    assert texts(lab, call(lab, tmp_path, do)) == {"config.log": "then"}


@pytest.mark.parametrize("then", ['; shutil.rmtree("b")', ""])
def test_a_large_log_is_cut_in_its_middle(lab: Lab, tmp_path: Path, then: str) -> None:
    do = f'write("b/config.log", "begin\\n" + "x" * 40_000_000 + "\\nend"){then}'
    (text,) = texts(lab, call(lab, tmp_path, do)).values()
    assert text.startswith("begin\n")
    assert text.endswith("\nend")
    assert "left out" in text
    assert len(text) < 25_000_000


@pytest.mark.parametrize("then", ['; shutil.rmtree("b")', ""])
def test_garbage_is_kept_as_text(lab: Lab, tmp_path: Path, then: str) -> None:
    do = f'write("b/config.log").write_bytes(b"\\0\\xff\\xfe ok\\n"){then}'
    (text,) = texts(lab, call(lab, tmp_path, do)).values()
    assert text == "\0\\xff\\xfe ok\n"


def test_what_is_no_readable_file_is_left_out(lab: Lab, tmp_path: Path) -> None:
    do = (
        'os.makedirs("b/meson-log.txt"); os.mkfifo("config.log"); '
        'os.symlink("nowhere", "CMakeError.log"); os.remove("config.log"); '
        'os.mkfifo("config.log"); write("c/config.log")'
    )
    assert texts(lab, call(lab, tmp_path, do)) == {"c/config.log": "the log\n"}


def test_a_file_that_may_not_be_read_is_left_out(tmp_path: Path) -> None:
    log = tmp_path / "config.log"
    log.write_text("text")
    log.chmod(0)
    if os.access(log, os.R_OK):
        pytest.skip("this user may read everything")
    keeper = LogKeeper(tmp_path / "kept", tmp_path, Redactor())
    keeper.collect(0.0)
    assert keeper.logs == ()


def test_a_log_from_before_the_hook_is_not_its_own(tmp_path: Path) -> None:
    log = tmp_path / "config.log"
    log.write_text("text")
    keeper = LogKeeper(tmp_path / "kept", tmp_path, Redactor())
    keeper.collect(log.stat().st_mtime + 1)
    assert keeper.logs == ()


def test_a_tree_of_thousands_of_folders_is_bounded(tmp_path: Path) -> None:
    for number in range(inside._MOST_FOLDERS + 50):
        (tmp_path / f"{number:05}").mkdir()
        (tmp_path / f"{number:05}" / "config.log").touch()
    found = list(inside._logs_below(str(tmp_path)))
    assert len(found) == inside._MOST_FOLDERS - 1


def test_a_report_names_them_shortened(tmp_path: Path) -> None:
    logs = (
        BackendLog(path="/tmp/a/b/c/d/CMakeError.log", file=str(tmp_path / "logs/CMakeError.log")),
    )
    run = PhaseRun(name="build_wheel", status="failed", logs=logs)
    told = "\n".join(text.plain for part in evidence.parts(run) for text in part.texts)
    assert f"Logs of the backend, kept in {tmp_path / 'logs'}" in told
    assert "  CMakeError.log  …/c/d/CMakeError.log" in told


def test_both_halves_know_the_same_names() -> None:
    assert set(NAMES) == inside.NAMES

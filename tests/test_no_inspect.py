"""Hooks without the inspector: what still works, and what says that it does not."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from buildscope.model.settings import Settings
from buildscope.process.stop import Stop
from buildscope.session.commands import command_line
from buildscope.session.words import settings_words
from buildscope.tui.view.traceback import traceback_rows
from tests.helpers.procs import NEWEST, OLDEST, PROJECTS, PYTHONS, Lab

if TYPE_CHECKING:
    from buildscope.model.run import Attempt
    from tests.conftest import SessionFactory

old_and_new = pytest.mark.parametrize("python", [PYTHONS[OLDEST], PYTHONS[NEWEST]])
HEAD = "\n[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n"


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


def in_tree(tmp_path: Path, text: str) -> Path:
    project = tmp_path / "in-tree"
    project.mkdir()
    (project / "backend.py").write_text(text)
    (project / "pyproject.toml").write_text(HEAD)
    return project


@old_and_new
def test_a_backend_that_cannot_be_imported_keeps_its_traceback(lab: Lab, python: str) -> None:
    outcome = lab.hook(
        project=PROJECTS / "trouble", backend="unavailable", python=python, inspect=False
    )
    assert (outcome.has_result, outcome.missing, outcome.exception) == (False, False, None)
    assert outcome.told == "ModuleNotFoundError: No module named 'no_such_requirement'"
    assert lab.stderr.startswith("Traceback (most recent call last):\n")
    assert lab.stderr.strip().endswith(outcome.told)


@old_and_new
def test_an_unsupported_operation_keeps_its_traceback(
    lab: Lab, tmp_path: Path, python: str
) -> None:
    text = (
        "class UnsupportedOperation(Exception):\n    pass\n"
        "def build_sdist(*a, **k):\n    raise UnsupportedOperation('no git here')\n"
    )
    outcome = lab.hook(
        "build_sdist",
        {"sdist_directory": str(tmp_path)},
        project=in_tree(tmp_path, text),
        backend="backend",
        python=python,
        inspect=False,
    )
    assert (outcome.unsupported, outcome.exception) == (True, None)
    assert outcome.told.endswith("UnsupportedOperation: no git here")


def test_a_missing_hook_is_missing(lab: Lab, tmp_path: Path) -> None:
    project = in_tree(tmp_path, "def build_sdist(*a, **k):\n    pass\n")
    outcome = lab.hook(
        "prepare_metadata_for_build_wheel",
        {"metadata_directory": str(tmp_path)},
        project=project,
        backend="backend",
        inspect=False,
    )
    assert (outcome.missing, outcome.told) == (True, "")


def both(session_on: SessionFactory, project: Path) -> tuple[Attempt, Attempt]:
    """The project as it fails with the inspector, and without."""
    seen, bare = (
        session_on(project).run(Settings(inspect=inspect, copy=True, offline=True), Stop())
        for inspect in (True, False)
    )
    assert bare.phase(bare.failed_phase or "source").exception is None
    return seen, bare


FAILURES = {
    "an import in a hook": "def get_requires_for_build_wheel(c=None):\n    import torch\n",
    "an import when it builds": (
        "def build_wheel(d, c=None, m=None):\n    import torch\n"
        "def prepare_metadata_for_build_wheel(d, c=None):\n    import torch\n"
    ),
}


@pytest.mark.parametrize("how", FAILURES)
def test_the_output_alone_gives_the_same_cause(
    session_on: SessionFactory, tmp_path: Path, how: str
) -> None:
    seen, bare = both(session_on, in_tree(tmp_path, FAILURES[how]))
    assert seen.causes[0].id == "undeclared-build-requirement"
    assert (bare.causes[0].id, bare.failed_phase) == (seen.causes[0].id, seen.failed_phase)
    assert [it.label for it in bare.causes[0].remedies] == [
        it.label for it in seen.causes[0].remedies
    ]


def test_a_backend_that_cannot_be_imported_is_told_by_what_it_lacks(
    session_on: SessionFactory, tmp_path: Path
) -> None:
    seen, bare = both(session_on, in_tree(tmp_path, "import torch\n"))
    assert [it.id for it in seen.causes] == ["backend-unavailable", "undeclared-build-requirement"]
    assert bare.causes[0].id == "undeclared-build-requirement"
    assert bare.causes[0].remedies[0].label == "+torch"
    failure = bare.phase("get_requires").failure
    assert failure is not None
    assert failure.message.endswith("raised ModuleNotFoundError: No module named 'torch'")


def test_every_hook_works(session_on: SessionFactory, project: Path) -> None:
    session = session_on(project)
    attempt = session.run(Settings(inspect=False, copy=True), Stop())
    assert attempt.outcome == "built"
    label = settings_words(attempt.settings)
    assert "inspect off" in label
    assert "--no-inspect" in command_line(session.target, attempt.settings)


def test_a_tab_says_why_it_is_empty(session_on: SessionFactory, tmp_path: Path) -> None:
    project = in_tree(tmp_path, FAILURES["an import in a hook"])
    attempt = session_on(project).run(Settings(inspect=False, copy=True), Stop())
    rows = traceback_rows(attempt, attempt.phase("get_requires"), frozenset())
    assert "--no-inspect" in rows[-1].plain


def test_it_hangs_and_is_told_by_its_processes(session_on: SessionFactory, tmp_path: Path) -> None:
    project = Path(shutil.copytree(PROJECTS / "hanging", tmp_path / "hanging"))
    settings = Settings(inspect=False, config_settings={"hang": "process"}, timeout=2.5)
    attempt = session_on(project).run(settings, Stop())
    run = attempt.phase("build_wheel")
    assert attempt.causes[0].id == "timeout"
    assert (run.stack, run.waiting[1].command) == ((), ("sleep", "1000"))

"""The lines that do a phase by hand, pasted into bash, do what the phase did."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from buildscope.model.names import PHASES
from buildscope.model.settings import Settings
from buildscope.reports.explain import explain
from buildscope.session.crossed import read_crossed
from tests.conftest import PROJECTS

if TYPE_CHECKING:
    from buildscope.model.names import Phase
    from buildscope.model.run import Attempt
    from tests.conftest import SessionFactory

WRITING: tuple[Phase, ...] = ("prepare_metadata", "build_wheel")
pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")


def lines_of(attempt: Attempt, phase: Phase) -> tuple[str, ...]:
    run = attempt.phase(phase)
    return explain(attempt, run, read_crossed(run)).by_hand


def paste(attempt: Attempt, phase: Phase) -> subprocess.CompletedProcess[str]:
    """What bash says to the lines, started elsewhere and with a path that misleads."""
    lines = lines_of(attempt, phase)
    assert lines
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    misleading = {"PYTHONPATH": str(PROJECTS / "trouble"), "PYTHONSAFEPATH": "1"}
    return subprocess.run(
        ["bash", "-e"],
        input="\n".join(lines) + "\n",
        env={**os.environ, "PATH": programs, **misleading},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )


def printed(attempt: Attempt, phase: Phase) -> str:
    done = paste(attempt, phase)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_every_phase_of_a_build_that_passes(session_on: SessionFactory, project: Path) -> None:
    attempt = session_on(project).run(Settings(config_settings={"k": "it's"}, copy=True))
    assert attempt.outcome == "built"

    assert printed(attempt, "source").split() == ["backend.py", "pyproject.toml"]
    assert attempt.backend is not None
    assert attempt.interpreter is not None
    declared = printed(attempt, "static_requires")
    if sys.version_info >= (3, 11):
        backend, requires = declared.split(" ", 1)
        assert backend == attempt.backend.backend
        assert ast.literal_eval(requires) == list(attempt.backend.requires)
    else:  # without tomllib the table is shown as it stands
        assert declared.startswith("[build-system]")
        assert f'build-backend = "{attempt.backend.backend}"' in declared
    assert printed(attempt, "environment").startswith(attempt.interpreter.version)
    assert ast.literal_eval(printed(attempt, "get_requires")) == []
    for phase in WRITING:
        result, _, folder = printed(attempt, phase).rpartition(" in ")
        assert result == attempt.phase(phase).result
        assert Path(folder, result).exists()
    checked = printed(attempt, "check")
    assert "ok  minimal-1.0.dist-info/METADATA" in checked
    assert "BAD" not in checked
    assert "Name: minimal" in checked


def test_the_metadata_made_before_is_handed_over_again(
    session_on: SessionFactory, project: Path
) -> None:
    attempt = session_on(project).run(Settings())
    run = attempt.phase("build_wheel")
    handed = read_crossed(run).arguments["metadata_directory"]
    assert f"prepared = {handed!r}" in "\n".join(lines_of(attempt, "build_wheel"))
    recorded = explain(attempt, run).by_hand
    assert recorded == lines_of(attempt, "build_wheel")


def test_a_hook_that_fails_raises_the_same(session_on: SessionFactory, project: Path) -> None:
    with (project / "backend.py").open("a") as backend:
        backend.write("\ndef build_wheel(*a, **k):\n    raise KeyError(sorted(k))\n")
    attempt = session_on(project).run(Settings())
    raised = attempt.phase("build_wheel").exception
    assert raised is not None
    assert attempt.failed_phase == "build_wheel"

    done = paste(attempt, "build_wheel")
    assert done.returncode == 1
    assert "KeyError" in done.stderr.strip().splitlines()[-1]
    assert not lines_of(attempt, "check")


def test_a_missing_hook_is_missing_by_hand_too(session_on: SessionFactory, project: Path) -> None:
    with (project / "backend.py").open("a") as backend:
        backend.write("\ndel get_requires_for_build_wheel, prepare_metadata_for_build_wheel\n")
    attempt = session_on(project).run(Settings())
    for phase in ("get_requires", "prepare_metadata"):
        assert attempt.phase(phase).status == "skipped"
        assert printed(attempt, phase) == "the backend has it: False"
    assert printed(attempt, "build_wheel").startswith("minimal-1.0-py3-none-any.whl in ")


def test_variables_of_the_settings_reach_the_hook(
    session_on: SessionFactory, project: Path
) -> None:
    with (project / "backend.py").open("a") as backend:
        backend.write(
            "\ndef get_requires_for_build_wheel(config_settings=None):\n"
            "    import os, sys\n"
            "    return [os.environ['WORD'], os.environ['VIRTUAL_ENV'], os.getcwd(), sys.prefix,\n"
            "            os.environ.get('PYTHONPATH', ''), str(config_settings)]\n"
        )
    settings = Settings(env={"WORD": "it's here"}, config_settings={"a": ["1", "2"]})
    attempt = session_on(project).run(settings)
    run = attempt.phase("get_requires")
    returned = read_crossed(run).returned["return_val"]
    assert returned[0] == "it's here"
    assert ast.literal_eval(printed(attempt, "get_requires")) == returned


def test_phases_that_have_not_run_have_lines_as_far_as_they_can(
    session_on: SessionFactory, project: Path
) -> None:
    attempt = session_on(project).run(Settings(until="environment"))
    assert ast.literal_eval(printed(attempt, "get_requires")) == []
    assert printed(attempt, "build_wheel").startswith("minimal-1.0-py3-none-any.whl in ")
    nothing = msgspec.structs.replace(attempt, source=None, environment=None, interpreter=None)
    for phase in PHASES:
        assert lines_of(nothing, phase) == ()


@pytest.mark.index
@pytest.mark.timeout(600)
def test_setuptools_with_requirements_to_install(session_on: SessionFactory) -> None:
    settings = Settings(copy=True, constraints=("setuptools<82", "wheel<0.46"), extra=("wheel",))
    attempt = session_on(PROJECTS / "odoo_addon").run(settings)
    assert attempt.outcome == "built"
    for phase in ("install_static", "install_dynamic"):
        said = paste(attempt, phase)
        assert said.returncode == 0, said.stderr
    assert ast.literal_eval(printed(attempt, "get_requires")) == ["setuptools-odoo"]
    for phase in WRITING:
        result = printed(attempt, phase).splitlines()[-1].rpartition(" in ")[0]
        assert result == attempt.phase(phase).result


@pytest.mark.index
@pytest.mark.timeout(600)
def test_a_compiler_that_fails_raises_the_same(session_on: SessionFactory) -> None:
    attempt = session_on(PROJECTS / "c_extension").run(Settings(copy=True))
    raised = attempt.phase("build_wheel").exception
    assert raised is not None
    done = paste(attempt, "build_wheel")
    assert done.returncode == 1
    assert raised.type == "SystemExit"
    assert done.stderr.strip().splitlines()[-1].startswith(raised.message[:100])
    assert "answer_of_life" in done.stdout + done.stderr


@pytest.mark.index
@pytest.mark.timeout(600)
def test_an_sdist_is_unpacked_from_the_file_that_was_downloaded(
    session_on: SessionFactory,
) -> None:
    attempt = session_on("demjson==2.2.4").run(Settings())
    source = attempt.source
    assert source is not None
    digest, *_, folder = printed(attempt, "source").split()
    assert (digest, folder) == (source.sha256, "demjson-2.2.4")
    raised = attempt.phase("get_requires").exception
    assert raised is not None
    assert raised.message in paste(attempt, "get_requires").stderr


def test_with_isolation_off_the_users_own_interpreter_calls_the_hook(
    session_on: SessionFactory, project: Path
) -> None:
    settings = Settings(isolation=False, python=sys.executable)
    attempt = session_on(project).run(settings)
    assert attempt.outcome == "built"
    assert sys.prefix in printed(attempt, "environment")
    assert lines_of(attempt, "install_static") == ()
    assert printed(attempt, "build_wheel").startswith("minimal-1.0-py3-none-any.whl in ")

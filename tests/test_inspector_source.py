"""Code that a backend reads from a file and runs as ``<string>``."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.helpers.procs import PROJECTS, PYTHONS, Lab

if TYPE_CHECKING:
    from buildscope.model.failure import ExceptionRecord

every_python = pytest.mark.parametrize("python", PYTHONS.values(), ids=PYTHONS)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROJECTS / "scripted", tmp_path / "scripted"))


def fail(project: Path, way: str, python: str, backend: str = "runs_script") -> ExceptionRecord:
    """The exception of the scripted project when its ``setup.py`` takes that way."""
    outcome = Lab(project.parent).hook(
        kwargs={"config_settings": {"way": way}},
        project=project,
        backend=backend,
        python=python,
        env={"WAY": way},
        backend_path=(".",) if backend == "runs_script" else (),
    )
    assert outcome.faults == ()
    assert outcome.exception is not None
    return outcome.exception


def line_of(path: Path, text: str) -> int:
    """The number of the line with that text, from 1."""
    return path.read_text().splitlines().index(text) + 1


@every_python
def test_the_line_of_setup_py_is_named(project: Path, python: str) -> None:
    last = fail(project, "", python).frames[-1]
    line = line_of(project / "setup.py", "import no_such_requirement")
    assert (last.file, last.line, last.owner) == ("setup.py", line, "project")
    assert last.source == "import no_such_requirement"
    assert last.locals["way"] == "''"
    assert "code" not in last.locals  # handed down by exec(code, locals())


@every_python
def test_a_function_of_setup_py_is_named(project: Path, python: str) -> None:
    last = fail(project, "function", python).frames[-1]
    assert (last.file, last.function) == ("setup.py", "helper")
    assert last.source == 'raise ValueError("in a function of setup.py")'


@every_python
def test_another_file_that_setup_py_runs_is_not_taken_for_it(project: Path, python: str) -> None:
    *_, caller, last = fail(project, "version", python).frames
    assert (last.file, last.line, last.source) == (
        "version.py",
        4,
        'raise LookupError("in version.py")',
    )
    assert (caller.file, caller.source) == ("setup.py", 'exec(open("version.py").read())')


@every_python
@pytest.mark.parametrize("way", ["changed", "generated"])
def test_text_that_is_in_no_file_stays_a_string(project: Path, python: str, way: str) -> None:
    last = fail(project, way, python).frames[-1]
    assert (last.file, last.source, last.owner) == ("<string>", "", "project")


@every_python
def test_a_syntax_error_in_a_file_that_setup_py_runs(project: Path, python: str) -> None:
    last = fail(project, "bad", python).frames[-1]
    assert (last.file, last.line, last.function) == ("bad.py", 1, "<syntax error>")
    assert last.source == '__version__ = "1.0'


@every_python
def test_a_syntax_error_in_setup_py(project: Path, python: str) -> None:
    script = project / "setup.py"
    script.write_text(script.read_text() + "print 'hello'\n")
    last = fail(project, "", python).frames[-1]
    assert (last.file, last.source) == ("setup.py", "print 'hello'")
    assert last.line == line_of(script, "print 'hello'")


@every_python
def test_a_file_that_was_changed_meanwhile_is_not_taken(project: Path, python: str) -> None:
    script = project / "setup.py"
    rewrite = "text = open(__file__).read()\nopen(__file__, 'w').write('\\n' + text)\n"
    script.write_text(rewrite + script.read_text())
    assert fail(project, "", python).frames[-1].file == "<string>"


@every_python
def test_windows_line_ends_and_other_encodings(project: Path, python: str) -> None:
    script = project / "setup.py"
    text = "# -*- coding: latin-1 -*-\nname = 'é'\n" + script.read_text()
    script.write_bytes(text.replace("\n", "\r\n").encode("latin-1"))
    last = fail(project, "function", python).frames[-1]
    assert (last.file, last.function) == ("setup.py", "helper")


def test_setuptools_itself(project: Path) -> None:
    found = subprocess.run([sys.executable, "-c", "import setuptools.build_meta"], check=False)
    if found.returncode:
        pytest.skip("setuptools is not installed here")
    error = fail(project, "", sys.executable, "setuptools.build_meta")
    last = error.frames[-1]
    assert (last.file, last.source) == ("setup.py", "import no_such_requirement")
    assert {frame.owner for frame in error.frames} >= {"frontend", "backend", "project"}

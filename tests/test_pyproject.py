"""The build system of a project, as pip, uv and build read it, with the place of every error."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from buildscope.errors import PhaseError
from buildscope.phases.pyproject import LEGACY_BACKEND, LEGACY_REQUIRES, read_backend

if TYPE_CHECKING:
    from pathlib import Path

    from buildscope.model.run import BackendFacts

PYTHON = "3.11.7"
BACKEND = '[build-system]\nrequires = ["a"]\nbuild-backend = "backend"\n'


def read(project: Path, text: str | bytes | None, **files: str) -> BackendFacts:
    if text is not None:
        raw = text if isinstance(text, bytes) else text.encode()
        (project / "pyproject.toml").write_bytes(raw)
    for name, content in files.items():
        (project / name.replace("_", ".", 1)).write_text(content)
    return read_backend(project, python_version=PYTHON)


def refused(project: Path, text: str | bytes) -> PhaseError:
    with pytest.raises(PhaseError) as caught:
        read(project, text)
    return caught.value


def test_a_backend_is_read_as_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    facts = read(
        tmp_path,
        "[build-system]\n"
        'requires = ["a>=1", "b; python_version < \'3\'"]\n'
        'build-backend = "local.backend:object.attribute"\n'
        'backend-path = ["tools", ""]\n'
        '[project]\nname = "demo"\nversion = "1.0"\nrequires-python = ">=3.8"\n',
    )
    assert facts.backend == "local.backend:object.attribute"
    assert facts.requires == ("a>=1", "b; python_version < '3'")
    assert facts.backend_path == ("tools", "")
    assert (facts.legacy, facts.reason) == (False, "")
    assert (facts.name, facts.version, facts.requires_python) == ("demo", "1.0", ">=3.8")


def test_without_pyproject_it_is_the_fallback(tmp_path: Path) -> None:
    facts = read(tmp_path, None, setup_py="from setuptools import setup\nsetup(name='demo')\n")
    assert (facts.backend, facts.requires, facts.legacy) == (LEGACY_BACKEND, LEGACY_REQUIRES, True)
    assert "there is no pyproject.toml" in facts.reason
    assert facts.name == "demo"


@pytest.mark.parametrize("text", ["", "[tool.black]\nline-length = 100\n", "[project]\nname='d'\n"])
def test_without_the_table_it_is_the_fallback(tmp_path: Path, text: str) -> None:
    facts = read(tmp_path, text, setup_py="")
    assert (facts.backend, facts.requires, facts.legacy) == (LEGACY_BACKEND, LEGACY_REQUIRES, True)
    assert "has no [build-system] table" in facts.reason
    assert "make them up" not in facts.reason


def test_an_empty_pyproject_alone_says_what_will_be_made_up(tmp_path: Path) -> None:
    assert "setuptools will make them up" in read(tmp_path, "").reason


@pytest.mark.parametrize("name", ["build_system", "Build-System", "build-sytem", "buildsystem"])
def test_a_misspelt_table_is_pointed_at(tmp_path: Path, name: str) -> None:
    facts = read(tmp_path, f'\n[{name}]\nrequires = ["hatchling"]\n')
    assert facts.legacy
    assert f"did line 2, [{name}], mean [build-system]?" in facts.reason


def test_without_a_backend_the_legacy_one_gets_the_given_requires(tmp_path: Path) -> None:
    facts = read(tmp_path, '[build-system]\nrequires = ["Setuptools>=60", "wheel"]\n')
    assert (facts.backend, facts.requires) == (LEGACY_BACKEND, ("Setuptools>=60", "wheel"))
    assert not facts.legacy
    assert "names no build-backend" in facts.reason
    assert "does not list setuptools" not in facts.reason


def test_unknown_keys_are_ignored_as_pip_and_uv_do_and_named(tmp_path: Path) -> None:
    facts = read(tmp_path, BACKEND + "colour = 1\n")
    assert facts.reason == "`colour` in line 4 is ignored"


def test_a_misspelt_key_is_pointed_at(tmp_path: Path) -> None:
    facts = read(tmp_path, '[build-system]\nrequires = []\nbuild_backend = "backend"\n')
    assert facts.backend == LEGACY_BACKEND
    assert "does not list setuptools" in facts.reason
    assert "`build_backend` in line 3 is ignored (did you mean `build-backend`?)" in facts.reason


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("build-system = 1\n", 1, 1, "`build-system` is an integer, 1"),
        ("x = 1\n[[build-system]]\nrequires = []\n", 2, 3, "is an array of tables"),
        ("[build-system]\n", 1, 2, "has no `requires`"),
        ('[build-system]\nrequire = ["a"]\n', 2, 1, "`require` is there"),
        ("[build-system]\nrequires = 'a'\n", 2, 12, "`requires` is a string, 'a'; expected an"),
        ('[build-system]\nrequires = ["a",\n 7]\n', 3, 2, "`requires` holds an integer, 7"),
        ("[build-system]\nrequires = {a = 1}\n", 2, 12, "`requires` is a table"),
        ('[build-system]\nrequires = ["a", "b c"]\n', 2, 18, "'b c' is no valid PEP 508"),
        ('[build-system]\nrequires = [\n  # "b c"\n  "a",\n  "b c",\n]\n', 5, 3, "'b c' is no"),
        ('[build-system]\nrequires = ["a==1.0.*.2"]\n', 2, 13, "'a==1.0.*.2' is no valid"),
        ("[build-system]\nrequires = []\nbuild-backend = true\n", 3, 17, "is a boolean, True"),
        ('[build-system]\nrequires = []\nbuild-backend = ""\n', 3, 17, "names no Python object"),
        ('[build-system]\nrequires = []\nbuild-backend="a b"\n', 3, 15, "names no Python object"),
        ('[build-system]\nrequires = []\nbuild-backend="a:b:c"\n', 3, 15, "names no Python"),
        ('[build-system]\nrequires = []\nbuild-backend=".a"\n', 3, 15, "names no Python object"),
        (BACKEND + "backend-path = '.'\n", 4, 16, "`backend-path` is a string, '.'"),
        (BACKEND + "backend-path = ['.', 1]\n", 4, 22, "`backend-path` holds an integer, 1"),
        (BACKEND + "backend-path = ['.', '..']\n", 4, 22, "leads out of the project"),
        (BACKEND + "backend-path = ['a/../../b']\n", 4, 17, "leads out of the project"),
        (BACKEND + "backend-path = ['gone']\n", 4, 17, "is not a directory of the project"),
        (BACKEND + "backend-path = ['pyproject.toml']\n", 4, 17, "is not a directory"),
    ],
)
def test_the_table_is_refused_with_the_place(
    tmp_path: Path, text: str, line: int, column: int, said: str
) -> None:
    error = refused(tmp_path, text)
    assert error.cause == "invalid-pyproject"
    assert (error.file, error.line, error.column) == ("pyproject.toml", line, column)
    assert error.message.startswith(f"pyproject.toml line {line}, column {column}: ")
    assert said in error.message
    assert "\n" not in error.message


def test_an_absolute_backend_path_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, BACKEND + f"backend-path = ['{tmp_path}']\n")
    assert "is absolute; PEP 517 wants it relative" in error.message


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_out_of_the_tree_is_refused_and_one_within_is_not(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "inner").mkdir(parents=True)
    (tmp_path / "outer").mkdir()
    (project / "out").symlink_to(tmp_path / "outer")
    (project / "in").symlink_to(project / "inner")
    assert read(project, BACKEND + "backend-path = ['in']\n").backend_path == ("in",)
    assert "leads out" in refused(project, BACKEND + "backend-path = ['out']\n").message


@pytest.mark.parametrize(
    ("requirement", "hint"),
    [
        ("git+https://example.invalid/a.git", "name @ git+https://example.invalid/a.git"),
        ("./local", "name @ file:///absolute/path"),
    ],
)
def test_what_is_no_requirement_is_told_how_to_be_one(
    tmp_path: Path, requirement: str, hint: str
) -> None:
    error = refused(tmp_path, f'[build-system]\nrequires = ["{requirement}"]\n')
    assert hint in (error.hint or "")


def test_a_string_of_requirements_is_told_how_to_be_a_list(tmp_path: Path) -> None:
    error = refused(tmp_path, "[build-system]\nrequires = 'a>=\"1\"'\n")
    assert error.hint == 'write requires = ["a>=\\"1\\""]'


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("a = \n", 1, 5, "expected a value"),
        ("a = 1\n= 2\n", 2, 1, "expected a key"),
        ("[build-system\nrequires = []\n", 1, 14, "expected ']' at the end of a table"),
        ("a = 1\na = 2\n", 2, 6, "expected every key only once"),
        ("[a]\n[a]\n", 2, 3, "expected every table only once"),
        ("a = 'x\n", 2, 1, 'expected "\'"'),
        ("a = [1,\n2", 2, 2, "expected `]`"),
        ("a = 1 b = 2\n", 1, 7, "expected newline or end of document"),
        ("<<<<<<< HEAD\n", 1, 1, "expected a key with its value"),
    ],
)
def test_a_syntax_error_has_its_place_and_what_was_expected(
    tmp_path: Path, text: str, line: int, column: int, said: str
) -> None:
    error = refused(tmp_path, text)
    assert (error.cause, error.file) == ("invalid-pyproject", "pyproject.toml")
    assert said in error.message
    assert error.line == line
    assert abs((error.column or 0) - column) <= 1


@pytest.mark.parametrize(
    ("raw", "line", "column", "said"),
    [
        (b"a = 1\n# caf\xe9\n", 2, 6, "byte 0xe9 is not UTF-8"),
        ("a = 'ü'\n# ".encode() + b"\xff", 2, 3, "byte 0xff is not UTF-8"),
        (b"\xef\xbb\xbfa = 1\n", 1, 1, "byte order mark"),
        ("a = 1\n".encode("utf-16"), 1, 1, "it is UTF-16"),
    ],
)
def test_bytes_that_are_no_utf8_are_refused(
    tmp_path: Path, raw: bytes, line: int, column: int, said: str
) -> None:
    error = refused(tmp_path, raw)
    assert said in error.message
    assert (error.line, error.column) == (line, column)
    assert error.hint is not None


def test_windows_line_ends_do_not_move_a_place(tmp_path: Path) -> None:
    error = refused(tmp_path, b'[build-system]\r\nrequires = [\r\n "a b"]\r\n')
    assert (error.line, error.column) == (3, 2)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([], "there is neither pyproject.toml nor setup.py"),
        (["setup.cfg"], "setup.cfg alone is not enough for any installer"),
    ],
)
def test_a_tree_with_neither_file_is_no_project(
    tmp_path: Path, files: list[str], said: str
) -> None:
    for name in files:
        (tmp_path / name).write_text("[metadata]\nname = demo\n")
    with pytest.raises(PhaseError) as caught:
        read(tmp_path, None)
    assert caught.value.cause == "invalid-pyproject"
    assert said in caught.value.message
    assert caught.value.hint is not None


@pytest.mark.parametrize(
    "project",
    ["project = 1", "[project]", "[project]\nname = 1", "[project]\nrequires-python = 3"],
)
def test_an_invalid_project_table_is_left_to_the_backend(tmp_path: Path, project: str) -> None:
    facts = read(tmp_path, f"{project}\n" if "=" in project[:9] else BACKEND + project + "\n")
    assert (facts.name, facts.requires_python) == (None, None)


@pytest.mark.parametrize(
    ("specifier", "hint"),
    [
        (">=3.12", "-p 3.12"),
        (">=3.13,<4", "-p 3.13"),
        ("<3.10", "-p 3.9"),
        (">=3.11.9", "-p 3.12"),
        ("==3.11.9", "pass -p the path of an interpreter that satisfies ==3.11.9"),
        ("<3", "no Python 3.8 or newer satisfies <3"),
    ],
)
def test_the_interpreter_has_to_satisfy_requires_python(
    tmp_path: Path, specifier: str, hint: str
) -> None:
    text = BACKEND + f'[project]\nname = "demo"\nrequires-python = "{specifier}"\n'
    error = refused(tmp_path, text)
    assert error.cause == "unsupported-python"
    assert (error.file, error.line, error.column) == ("pyproject.toml", 6, 19)
    assert f"requires Python {specifier}" in error.message
    assert PYTHON in error.message
    assert hint in (error.hint or "")


@pytest.mark.parametrize(
    ("version", "specifier"),
    [("3.14.0rc1", ">=3.14"), ("3.11.7+", ">=3.11"), ("3.11.7", ">=3.5.*"), ("3.11.7", "")],
)
def test_what_pip_lets_pass_passes(tmp_path: Path, version: str, specifier: str) -> None:
    text = BACKEND + f'[project]\nname = "demo"\nrequires-python = "{specifier}"\n'
    (tmp_path / "pyproject.toml").write_text(text)
    facts = read_backend(tmp_path, python_version=version)
    assert facts.requires_python == specifier

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from buildscope.environments.facts import ask, interpreter_facts, own_facts, own_markers
from buildscope.environments.interpreters import find_interpreter, known_interpreters
from buildscope.errors import UsageError
from tests.helpers.installing import Workbench, clean_environ

posix = pytest.mark.skipif(os.name == "nt", reason="needs executable scripts")


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    path.chmod(0o755)
    return path


def python_of(venv: Path) -> str:
    return str(next(venv.glob("*/python.exe"), venv / "bin" / "python"))


def test_default_is_the_interpreter_behind_our_own_environment(tmp_path: Path) -> None:
    found = find_interpreter(None, cache=tmp_path, environ={})
    assert found.version.startswith(".".join(map(str, sys.version_info[:3])))
    assert ask(found.path).prefix == sys.base_prefix
    assert list(tmp_path.iterdir()) == []


def test_own_facts_are_what_the_interpreter_itself_says() -> None:
    own = own_facts()
    asked = ask(sys.executable)
    for field in (
        "version",
        "implementation",
        "cache_tag",
        "magic",
        "prefix",
        "scripts",
    ):
        assert getattr(own, field) == getattr(asked, field), field
    assert own_markers() == asked.markers
    assert Path(own.base).resolve() == Path(asked.base).resolve()


def test_version_and_names_find_the_running_interpreter(tmp_path: Path) -> None:
    major, minor = sys.version_info[:2]
    for spec in (f"{major}.{minor}", f"python{major}.{minor}", f"cpython{major}.{minor}"):
        found = find_interpreter(spec, cache=tmp_path, environ=clean_environ(tmp_path))
        assert found.version.startswith(f"{major}.{minor}.")


def test_path_of_a_virtual_environment_gives_its_base(tmp_path: Path, shared_cache: Path) -> None:
    venv = Workbench(tmp_path, shared_cache).venv()
    for spec in (str(venv), python_of(venv)):
        found = find_interpreter(spec, cache=tmp_path, environ={})
        assert not Path(found.path).is_relative_to(venv)


def test_path_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no file .*nowhere"):
        find_interpreter(str(tmp_path / "nowhere"), cache=tmp_path, environ={})


def test_directory_without_python(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no Python"):
        find_interpreter(str(tmp_path), cache=tmp_path, environ={})


@posix
def test_broken_interpreter_says_what_it_said(tmp_path: Path) -> None:
    broken = script(tmp_path / "python", "echo 'libpython is gone' >&2; exit 127")
    with pytest.raises(UsageError, match=r"exit code 127, libpython is gone"):
        find_interpreter(str(broken), cache=tmp_path / "cache", environ=os.environ)


@posix
def test_too_old_by_path(tmp_path: Path) -> None:
    answer = '{"executable": "/old/python", "base": "/old/python", "version": "3.7.16", "implementation": "cpython"}'
    old = script(tmp_path / "python", f"for last; do :; done; echo \"$last\"'{answer}'")
    with pytest.raises(UsageError, match=r"Python 3\.7\.16 at /old/python; builds run on 3\.8"):
        find_interpreter(str(old), cache=tmp_path / "cache", environ=os.environ)


@pytest.mark.parametrize("spec", ["2", "2.7", "3.0", "3.7", "python3.6"])
def test_too_old_by_version(spec: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"-p {spec} asks for an older Python") as error:
        find_interpreter(spec, cache=tmp_path, environ=clean_environ(tmp_path, PATH=""))
    assert own_facts().version in str(error.value.hint)


def test_not_found_names_what_is_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"-p 3\.99: no such Python was found; there are") as error:
        find_interpreter("3.99", cache=tmp_path, environ=clean_environ(tmp_path, PATH=""))
    assert own_facts().version in error.value.message
    assert own_facts().base in error.value.message
    assert error.value.hint


@posix
def test_versions_that_a_shim_refuses_are_found(tmp_path: Path) -> None:
    root = tmp_path / "home" / ".pyenv"
    name = "cpython-for-tests"
    shim = script(root / "shims" / f"python3.{sys.version_info[1]}", "echo refused >&2; exit 127")
    python = root / "versions" / name / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(own_facts().base)
    environ = clean_environ(tmp_path, PATH=str(shim.parent))
    found = find_interpreter(str(shim), cache=tmp_path, environ=environ)
    assert found.version == own_facts().version
    assert any(
        each.version == found.version
        for each in known_interpreters(cache=tmp_path, environ=environ)
    )


def test_facts_are_kept_until_the_file_changes(tmp_path: Path) -> None:
    venv = Workbench(tmp_path, tmp_path).venv()
    python = python_of(venv)
    first = interpreter_facts(python, cache=tmp_path / "cache")
    kept = list((tmp_path / "cache" / "interpreters").glob("*.json"))
    assert len(kept) == 1
    raw = kept[0].read_bytes()
    version = b'"version":"%b"'
    kept[0].write_bytes(raw.replace(version % first.version.encode(), version % b"9.9.9"))
    assert interpreter_facts(python, cache=tmp_path / "cache").version == "9.9.9"
    kept[0].write_bytes(b"{")
    assert interpreter_facts(python, cache=tmp_path / "cache") == first


def test_asking_leaves_nothing_beside_the_interpreter(tmp_path: Path) -> None:
    venv = Workbench(tmp_path, tmp_path).venv()
    site = next(venv.glob("[lL]ib/**/site-packages"))
    (site / "startup.py").write_text("", "utf-8")
    (site / "startup.pth").write_text("import startup\n", "utf-8")
    ask(python_of(venv), environ={"PATH": ""})
    assert not (site / "__pycache__").exists()

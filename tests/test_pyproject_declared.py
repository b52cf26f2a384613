"""What a tree says of itself without being run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from buildscope.errors import PhaseError
from buildscope.phases.declared import read_declared
from buildscope.phases.pyproject import read_backend
from buildscope.phases.setup_cfg import SetupCfg
from buildscope.phases.setup_py import read_setup_call
from buildscope.phases.stated import Stated

if TYPE_CHECKING:
    from pathlib import Path

SETUP_PY = """\
import sys
from setuptools import setup

requires = ["a"]
if sys.version_info < (3, 8):
    requires.append("importlib-metadata>=1")
NAME = "demo"
setup(
    name=NAME,
    version=get_version(),
    setup_requires=["plugin>=2"] + ["other"] + more,
    install_requires=requires + (["enum34"] if old else []),
)
"""


def test_a_setup_call_is_read_without_running_it() -> None:
    call = read_setup_call(SETUP_PY)
    assert call.values["name"] == "demo"
    assert call.strings("setup_requires") == ("plugin>=2", "other")
    assert call.lines["setup_requires"] == 11
    assert not call.open
    assert call.gives("version")
    assert not call.gives("description")
    assert {"importlib-metadata", "enum34"} <= call.conditional
    assert "plugin" not in call.conditional


@pytest.mark.parametrize(
    ("source", "requires", "is_open"),
    [
        ("setuptools.setup(setup_requires='a\\nb')", ("a", "b"), False),
        ("setup(setup_requires=('a',))", ("a",), False),
        ("setup(**{'setup_requires': ['a']})", ("a",), True),
        ("k = dict(setup_requires=['a'])\nsetup(**k)", ("a",), True),
        ("setup(**keywords)", (), True),
        ("r = ['a']\nr = ['b']\nsetup(setup_requires=r)", (), False),
        ("r = ['a']\nr += ['b']\nsetup(setup_requires=r)", (), False),
        ("setup(setup_requires=get())", (), False),
        ("run_setup()", (), True),
        ("print 'python 2'\nsetup(setup_requires=['a'])", (), True),
        ("setup(setup_requires='\\d')", ("\\d",), False),
        ("\0", (), True),
        ("(" * 2000, (), True),
    ],
)
def test_many_ways_to_write_a_setup_call(
    source: str, requires: tuple[str, ...], is_open: bool
) -> None:
    call = read_setup_call(source)
    assert call.strings("setup_requires") == requires
    assert call.open is is_open


def test_a_setup_cfg_is_read() -> None:
    config = SetupCfg(
        "[metadata]\nname = demo\nversion = attr: demo.__version__\n"
        "[options]\npython-requires = >=3.8\nsetup_requires =\n  a>=1\n  # b\n  c\n"
    )
    assert config.stated("metadata", "name") == Stated(value="demo", file="setup.cfg", line=2)
    assert config.stated("metadata", "version") is None
    assert config.gives("metadata", "version")
    assert config.stated("options", "python_requires") == Stated(
        value=">=3.8", file="setup.cfg", line=5
    )
    assert [one.value for one in config.listed("options", "setup_requires")] == ["a>=1", "c"]
    assert not config.gives("metadata", "summary")


def test_setup_requires_on_one_line() -> None:
    config = SetupCfg("[options]\nsetup_requires = a; b\n")
    assert [one.value for one in config.listed("options", "setup_requires")] == ["a", "b"]


@pytest.mark.parametrize("text", ["no section\n", "[open\n", "[a]\n= 1\n", "\0"])
def test_a_broken_setup_cfg_says_nothing(text: str) -> None:
    assert not SetupCfg(text).gives("metadata", "name")


def test_the_modern_table_is_asked_first(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "modern"\ndynamic = ["version"]\n')
    (tmp_path / "setup.cfg").write_text("[metadata]\nname = old\nversion = 1.0\n")
    declared = read_declared(tmp_path)
    assert declared.name == Stated(value="modern", file="pyproject.toml", line=2, column=8)
    assert declared.version == Stated(value="1.0", file="setup.cfg", line=3)


def test_poetrys_table_is_asked_too(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.poetry]\nname = "demo"\nversion = "0.0.0"\n')
    declared = read_declared(tmp_path)
    assert declared.version is not None
    assert (declared.version.value, declared.version.where) == ("0.0.0", "pyproject.toml line 3")


@pytest.mark.parametrize(
    ("files", "named", "versioned"),
    [
        ({}, False, False),
        ({"setup.py": "setup(setup_requires=['p'], option=True)"}, False, False),
        ({"setup.py": "setup(name=compute())"}, True, False),
        ({"setup.py": "setup(**all)"}, True, True),
        ({"setup.cfg": "[metadata]\nversion = file: VERSION\n"}, False, True),
        ({"pyproject.toml": "[project]\nname = 'd'\ndynamic = ['version']\n"}, True, False),
        (
            {"pyproject.toml": "[tool.setuptools.dynamic]\nversion = {attr = 'd.v'}\n"},
            False,
            True,
        ),
        ({"pyproject.toml": "not toml"}, False, False),
    ],
)
def test_whether_anything_gives_a_name_or_a_version(
    tmp_path: Path, files: dict[str, str], named: bool, versioned: bool
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    declared = read_declared(tmp_path)
    assert (declared.names_itself, declared.versions_itself) == (named, versioned)


def test_the_sdists_own_requirements(tmp_path: Path) -> None:
    (tmp_path / "PKG-INFO").write_text(
        "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nRequires-Dist: a>=1\n"
        "Requires-Dist: b; extra == 'x'\n"
    )
    declared = read_declared(tmp_path)
    assert declared.requires == (Stated(value="a>=1", file="PKG-INFO"),)
    assert declared.pkg_info is not None
    assert declared.pkg_info.version == "1.0"


def test_requires_txt_stands_in_for_an_old_pkg_info(tmp_path: Path) -> None:
    (tmp_path / "PKG-INFO").write_text("Metadata-Version: 1.1\nName: demo\nVersion: 1.0\n")
    egg_info = tmp_path / "src" / "demo.egg-info"
    egg_info.mkdir(parents=True)
    (egg_info / "requires.txt").write_text("a>=1\nb\n\n[extra]\nc\n\n[:python_version < '3']\nd\n")
    declared = read_declared(tmp_path)
    file = "src/demo.egg-info/requires.txt"
    assert declared.requires == (Stated(value="a>=1", file=file), Stated(value="b", file=file))


@pytest.mark.parametrize(
    ("files", "file", "line"),
    [
        ({"setup.cfg": "[options]\npython_requires = >=3.99\n"}, "setup.cfg", 2),
        (
            {"PKG-INFO": "Name: demo\nVersion: 1.0\nRequires-Python: >=3.99\n"},
            "PKG-INFO",
            3,
        ),
    ],
)
def test_a_legacy_project_states_its_python_too(
    tmp_path: Path, files: dict[str, str], file: str, line: int
) -> None:
    (tmp_path / "setup.py").write_text("")
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(PhaseError) as caught:
        read_backend(tmp_path, python_version="3.11.7")
    error = caught.value
    assert (error.cause, error.file, error.line) == ("unsupported-python", file, line)

"""Defaults of options: which files count, in which order, and what is wrong with one."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from buildscope.cli.defaults import CONFIG, Defaults, read_defaults
from buildscope.cli.settings import changes_from
from buildscope.errors import UsageError
from buildscope.model.delta import with_delta
from buildscope.model.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "[tool.buildscope]\n"


def read(tmp_path: Path, project: str = "", user: str = "", *, cwd: Path | None = None) -> Defaults:
    (tmp_path / "config").mkdir(exist_ok=True)
    (tmp_path / "project").mkdir(exist_ok=True)
    if user:
        (tmp_path / "config" / CONFIG).write_text(user)
    if project:
        (tmp_path / "project" / "pyproject.toml").write_text(HEAD + project)
    environ = {
        "BUILDSCOPE_CONFIG_DIR": str(tmp_path / "config"),
        "BUILDSCOPE_CACHE_DIR": str(tmp_path / "cache"),
    }
    return read_defaults(cwd or tmp_path / "project", environ)


def read_one(tmp_path: Path, text: str, where: str) -> Defaults:
    return read(tmp_path, project=text) if where == "project" else read(tmp_path, user=text)


def test_without_files_nothing_is_set(tmp_path: Path) -> None:
    assert read(tmp_path) == Defaults()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('python = "3.9"', {"python": "3.9"}),
        ("no-isolation = true", {"isolation": False}),
        ("no-isolation = false", {"isolation": True}),
        ('extra = ["six", "wheel<1"]', {"extra": ("six", "wheel<1")}),
        ('constraint = ["setuptools<82"]', {"constraints": ("setuptools<82",)}),
        ('env = { CC = "clang -O2" }', {"env": {"CC": "clang -O2"}}),
        (
            'config-settings = { a = "b", c = ["d", "e"] }',
            {"config_settings": {"a": "b", "c": ["d", "e"]}},
        ),
        ('exclude-newer = "2024-01-01"', {"exclude_newer": "2024-01-01"}),
        ('index-url = "https://h.invalid/simple"', {"index_url": "https://h.invalid/simple"}),
        ("timeout = 30", {"timeout": 30.0}),
        ('installer = "pip"', {"installer": "pip"}),
        ('build = "metadata"', {"build": "metadata"}),
        ('skip = ["check"]', {"skip": ("check",)}),
        ('until = "get_requires"', {"until": "get_requires"}),
        ("offline = true\nno-index = true", {"offline": True, "no_index": True}),
        ("copy = true", {"copy": True}),
        ("in-place = true", {"in_place": True}),
    ],
)
@pytest.mark.parametrize("where", ["project", "user"])
def test_keys_are_the_names_of_the_options(
    tmp_path: Path, text: str, expected: dict[str, Any], where: str
) -> None:
    found = read_one(tmp_path, text, where)
    assert found.settings == Settings(**expected)
    assert len(found.files) == 1


def test_paths_are_relative_to_their_file(tmp_path: Path) -> None:
    (tmp_path / "project" / "inner").mkdir(parents=True)
    (tmp_path / "project" / "bounds.txt").write_text("setuptools<80\n")
    text = 'constraint = ["bounds.txt"]\nfind-links = ["wheels"]\nout = "dist"\npython = "./bin/python"'
    found = read(tmp_path, text, cwd=tmp_path / "project" / "inner").settings
    assert found.constraints == ("setuptools<80",)
    assert found.find_links == (str(tmp_path / "project" / "wheels"),)
    assert found.out == str(tmp_path / "project" / "dist")
    assert found.python == str(tmp_path / "project" / "bin" / "python")


def test_the_project_counts_above_the_user_and_the_command_line_above_both(
    tmp_path: Path,
) -> None:
    found = read(
        tmp_path,
        user='python = "3.8"\ntimeout = 5\nextra = ["six", "wheel"]\nenv = { A = "1", B = "1" }',
        project='python = "3.9"\nextra = ["six<2"]\nenv = { B = "2", C = "2" }\ncopy = true',
    )
    assert found.settings == Settings(
        python="3.9",
        timeout=5.0,
        extra=("wheel", "six<2"),
        env={"A": "1", "B": "2", "C": "2"},
        copy=True,
    )
    assert [file.name for file in found.files] == [CONFIG, "pyproject.toml"]
    given = {"extra": ("Wheel>1",), "env": ("C=3",), "installer": "uv", "in_place": True}
    settings = with_delta(found.settings, changes_from(given, tmp_path))
    assert settings.extra == ("six<2", "Wheel>1")
    assert settings.env == {"A": "1", "B": "2", "C": "3"}
    assert (settings.in_place, settings.copy) == (True, False)


def test_an_option_at_its_default_counts_when_it_is_given(tmp_path: Path) -> None:
    found = read(tmp_path, 'installer = "pip"\nbuild = "metadata"').settings
    again = with_delta(found, changes_from({"installer": "uv", "build": "wheel"}, tmp_path))
    assert again == Settings()


def test_requirements_with_markers_that_exclude_each_other_both_stay(tmp_path: Path) -> None:
    both = ["a<2; python_version < '3.10'", "a<3; python_version >= '3.10'"]
    settings = with_delta(Settings(), changes_from({"constraint": both}, tmp_path))
    assert settings.constraints == tuple(both)
    assert with_delta(settings, {"constraints": ["A<4"]}).constraints == ("A<4",)
    assert with_delta(settings, {"constraints": both}) == settings


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ('exra = ["six"]', "exra is no option", "extra"),
        ('find_links = ["x"]', "find_links is no option", "find-links"),
        ("step = true", "step is no option", "there are"),
        ('extra = "six"', "extra must be a list of strings, not 'six'", None),
        ("env = { A = 1 }", "env must be a table of strings", None),
        ("config-settings = { a = [1] }", "a table of strings or lists of them", None),
        ('timeout = "5"', "timeout must be a number", None),
        ("timeout = true", "timeout must be a number", None),
        ("timeout = -1", "timeout -1 is no number of seconds", None),
        ('offline = "yes"', "offline must be true or false", None),
        ("python = 3.9", "python must be a string", None),
        ('extra = ["not a requirement"]', "extra 'not a requirement' is no requirement", "name"),
        ('installer = "conda"', "installer 'conda' is not one of: uv, pip", None),
        ('skip = ["build_wheel"]', "skip 'build_wheel' is not one of", None),
        ('constraint = ["gone.txt"]', "gone.txt", None),
        ('exclude-newer = "soon"', "soon", None),
        ("copy = true\nin-place = true", "contradict", None),
        ('keymap = { "retri" = "R" }', "no binding is 'retri'", "retry"),
        ("= 1", "cannot be read", None),
    ],
)
@pytest.mark.parametrize("where", ["project", "user"])
def test_what_is_wrong_names_file_and_key(
    tmp_path: Path, text: str, said: str, hint: str | None, where: str
) -> None:
    with pytest.raises(UsageError) as caught:
        read_one(tmp_path, text, where)
    name = CONFIG if where == "user" else "pyproject.toml"
    assert name in caught.value.message
    assert said in caught.value.message
    assert hint is None or hint in str(caught.value.hint)


@pytest.mark.parametrize("text", ["", "[tool]\nother = 1\n", "this is [no TOML"])
def test_a_project_without_the_table_is_not_our_matter(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    assert read(tmp_path) == Defaults()


def test_only_the_nearest_project_counts(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(HEAD + "offline = true\n")
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "pyproject.toml").write_text("[project]\n")
    assert read(tmp_path) == Defaults()


def test_the_target_unpacked_gives_no_defaults(tmp_path: Path) -> None:
    tree = tmp_path / "cache" / "w" / "abcdef" / "1" / "source" / "x-1.0"
    tree.mkdir(parents=True)
    (tree / "pyproject.toml").write_text(HEAD + "offline = true\n")
    assert read(tmp_path, cwd=tree) == Defaults()


def test_the_look_is_no_option(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        user='theme = "nord"\nkeymap = { retry = "R", help = "f2" }',
        project='keymap = { retry = "f5" }',
    )
    assert found.look.theme == "nord"
    assert found.look.theme_file == str(tmp_path / "config" / CONFIG)
    assert found.look.keymap == {"retry": "f5", "help": "f2"}
    assert found.files == ()
    assert found.settings == Settings()


def run(project: Path, environ: dict[str, str], *options: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "buildscope", "run", ".", *options],
        env=environ,
        cwd=project,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_they_reach_a_run_which_says_so_once(environ: dict[str, str], project: Path) -> None:
    with (project / "pyproject.toml").open("a") as file:
        file.write(f'\n{HEAD}until = "get_requires"\n')
    code, stdout, stderr = run(project, environ)
    assert code == 0
    assert "Stopped after get_requires" in stdout
    assert stderr == f"buildscope: defaults from {project / 'pyproject.toml'}\n"
    code, stdout, stderr = run(project, environ, "--json", "--until", "environment")
    assert '"until":"environment"' in stdout
    assert stderr == ""


def test_a_file_that_is_wrong_exits_2_but_help_still_helps(
    environ: dict[str, str], project: Path
) -> None:
    with (project / "pyproject.toml").open("a") as file:
        file.write(f"\n{HEAD}untill = 1\n")
    code, _, stderr = run(project, environ)
    assert code == 2
    assert "untill" in stderr
    assert "did you mean until?" in stderr
    assert run(project, environ, "--help")[0] == 0

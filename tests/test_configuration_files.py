from __future__ import annotations

import os
from pathlib import Path

import pytest
import tomli

from buildscope.configuration.files import ConfigFiles, config_files, read_user_files
from buildscope.configuration.kept import kept_uv
from buildscope.errors import UsageError
from tests.helpers.installing import clean_environ


def test_the_files_of_pip_on_linux(tmp_path: Path) -> None:
    environ = {
        "XDG_CONFIG_DIRS": "/x/one:/x/two",
        "VIRTUAL_ENV": "/venv",
        "PIP_CONFIG_FILE": "/own",
    }
    assert config_files(environ, home=tmp_path, platform="linux").pip == (
        Path("/x/two/pip/pip.conf"),
        Path("/x/one/pip/pip.conf"),
        Path("/etc/pip.conf"),
        tmp_path / ".pip" / "pip.conf",
        tmp_path / ".config" / "pip" / "pip.conf",
        Path("/venv/pip.conf"),
        Path("/own"),
    )
    assert config_files({"PIP_CONFIG_FILE": os.devnull}, home=tmp_path).pip == ()


def test_the_files_on_other_systems(tmp_path: Path) -> None:
    (tmp_path / "Library" / "Application Support" / "pip").mkdir(parents=True)
    mac = config_files({}, home=tmp_path, platform="darwin")
    assert tmp_path / "Library" / "Application Support" / "pip" / "pip.conf" in mac.pip
    assert mac.uv[-1] == tmp_path / ".config" / "uv" / "uv.toml"
    windows = config_files({"APPDATA": "R", "PROGRAMDATA": "P"}, home=tmp_path, platform="win32")
    assert Path("R/pip/pip.ini") in windows.pip
    assert windows.uv == (Path("P/uv/uv.toml"), Path("R/uv/uv.toml"))


def test_uv_files_can_be_named_or_turned_off(tmp_path: Path) -> None:
    assert config_files({"UV_CONFIG_FILE": "/own"}, home=tmp_path).uv == (Path("/own"),)
    assert config_files({"UV_NO_CONFIG": "1"}, home=tmp_path).uv == ()


def test_a_named_file_of_pip_stands_in_for_the_users(tmp_path: Path) -> None:
    named = tmp_path / "named.conf"
    named.touch()
    found = config_files({"PIP_CONFIG_FILE": str(named)}, home=tmp_path, platform="linux").pip
    assert found[-1] == named
    assert not any(path.is_relative_to(tmp_path / ".config") for path in found)


def test_uv_takes_the_first_file_of_the_system(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name / "uv").mkdir(parents=True)
        (tmp_path / name / "uv" / "uv.toml").touch()
    environ = {"XDG_CONFIG_DIRS": f"{tmp_path / 'none'}:{tmp_path / 'one'}:{tmp_path / 'two'}"}
    found = config_files(environ, home=tmp_path, platform="linux").uv
    assert found[0] == tmp_path / "one" / "uv" / "uv.toml"
    assert len(found) == 2


def test_a_file_that_is_not_text_is_said(tmp_path: Path) -> None:
    (tmp_path / "pip.conf").write_bytes(b"[global]\nindex-url = \xff\n")
    with pytest.raises(UsageError, match=r"pip\.conf cannot be read"):
        read_user_files({}, files=ConfigFiles(pip=(tmp_path / "pip.conf",)))


def uv_toml(environ: dict[str, str], text: str) -> dict[str, str]:
    path = Path(environ["XDG_CONFIG_HOME"], "uv", "uv.toml")
    path.parent.mkdir(parents=True)
    path.write_text(text, "utf-8")
    return environ


def test_uv_file_that_only_says_where_from_is_left_alone(tmp_path: Path) -> None:
    environ = uv_toml(clean_environ(tmp_path), '[[index]]\nname = "a"\nurl = "https://a/simple"\n')
    assert kept_uv(read_user_files(environ).uv) is None


def test_uv_file_is_reduced_to_where_from(tmp_path: Path) -> None:
    environ = uv_toml(
        clean_environ(tmp_path),
        'constraint-dependencies = ["setuptools<60"]\nexclude-newer = "2020-01-01"\n'
        'find-links = ["./wheels"]\nconcurrent-downloads = 3\nnative-tls = true\n'
        '[[index]]\nname = "a \\"b\\""\nurl = "https://a/simple"\ndefault = true\n'
        '[pip]\nno-deps = true\nindex-strategy = "unsafe-best-match"\n',
    )
    kept = tomli.loads(str(kept_uv(read_user_files(environ).uv)))
    assert kept == {
        "find-links": [str(Path(environ["XDG_CONFIG_HOME"], "uv", "wheels"))],
        "concurrent-downloads": 3,
        "native-tls": True,
        "index": [{"name": 'a "b"', "url": "https://a/simple", "default": True}],
        "pip": {"index-strategy": "unsafe-best-match"},
    }


def test_uv_system_file_counts_less(tmp_path: Path) -> None:
    environ = uv_toml(clean_environ(tmp_path), 'offline = true\nfind-links = ["/mine"]\n')
    system = Path(environ["XDG_CONFIG_DIRS"], "uv", "uv.toml")
    system.parent.mkdir(parents=True)
    system.write_text('offline = false\nno-cache = true\nfind-links = ["/theirs"]\n', "utf-8")
    assert read_user_files(environ).uv == {
        "offline": True,
        "no-cache": True,
        "find-links": ["/mine", "/theirs"],
    }


def test_uv_file_without_its_indexes() -> None:
    table = {"native-tls": True, "index": [{"url": "https://a/s"}], "pip": {"no-index": True}}
    assert tomli.loads(str(kept_uv(table, indexes=False))) == {"native-tls": True, "pip": {}}

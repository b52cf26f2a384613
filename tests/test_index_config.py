from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from buildscope.errors import UsageError
from buildscope.model.settings import Settings
from buildscope.sources.config import IndexConfiguration, index_configuration
from buildscope.sources.config_files import ConfigFiles, config_files
from buildscope.sources.installer_index import installer_index_arguments


def configured(
    tmp_path: Path,
    environ: dict[str, str] | None = None,
    *,
    pip: str = "",
    uv: str = "",
    **settings: Any,
) -> IndexConfiguration:
    """The configuration with one file each of pip and uv."""
    (tmp_path / "pip.conf").write_text(pip, "utf-8")
    (tmp_path / "uv.toml").write_text(uv, "utf-8")
    files = ConfigFiles(pip=(tmp_path / "pip.conf",), uv=(tmp_path / "uv.toml",))
    return index_configuration(Settings(**settings), environ or {}, cwd=tmp_path, files=files)


PIP = "[global]\nindex-url = https://pip.file/simple\ntimeout = 7\n"
UV = 'index-url = "https://uv.file/simple"\n'


def test_the_order_of_precedence(tmp_path: Path) -> None:
    levels: list[tuple[dict[str, str], dict[str, Any], str]] = [
        ({}, {"pip": PIP}, "https://pip.file/simple"),
        ({}, {"pip": PIP, "uv": UV}, "https://uv.file/simple"),
        ({"PIP_INDEX_URL": "https://pip.env/s"}, {"pip": PIP, "uv": UV}, "https://pip.env/s"),
        (
            {"PIP_INDEX_URL": "https://pip.env/s", "UV_INDEX_URL": "https://uv.env/s"},
            {"pip": PIP, "uv": UV},
            "https://uv.env/s",
        ),
        (
            {"UV_DEFAULT_INDEX": "https://uv.env/d"},
            {"index_url": "https://option/s"},
            "https://option/s",
        ),
    ]
    for environ, more, expected in levels:
        assert configured(tmp_path, environ, **more).index_url == expected


def test_nothing_configured_is_the_public_index(tmp_path: Path) -> None:
    configuration = configured(tmp_path)
    assert configuration.index_urls == (None,)
    assert configuration.origin == {}
    assert installer_index_arguments(configuration, "uv").environ == {}


def test_pip_conf_lists_over_lines_and_sections(tmp_path: Path) -> None:
    pip = (
        "[global]\nindex_url = https://a/s\nextra-index-url =\n    https://b/s\n    https://c/s\n"
        "cert = /g.pem\nclient-cert = /c.pem\ntrusted-host = b c\nproxy = proxy.host:3128\n"
        "[install]\nindex-url = https://i/s\nfind-links = ./links  https://l/links\n"
        "[freeze]\nindex-url = https://never/s\n"
    )
    configuration = configured(tmp_path, pip=pip)
    assert configuration.index_urls == ("https://i/s", "https://b/s", "https://c/s")
    assert configuration.find_links == (str(tmp_path / "links"), "https://l/links")
    assert configuration.trusted_hosts == ("b", "c")
    assert (configuration.certificate, configuration.client_certificate) == ("/g.pem", "/c.pem")
    assert configuration.proxies == {"all": "http://proxy.host:3128"}
    assert configuration.strategy == "merge"
    assert set(configuration.origin.values()) == {"pip"}


def test_uv_toml_indexes_by_kind(tmp_path: Path) -> None:
    uv = (
        'extra-index-url = ["https://extra/s"]\nfind-links = ["links"]\n'
        'allow-insecure-host = ["h:80"]\n'
        '[[index]]\nname = "main"\nurl = "https://main/s"\ndefault = true\n'
        '[[index]]\nname = "my-own"\nurl = "https://own/s"\n'
        '[[index]]\nname = "torch"\nurl = "https://torch/s"\nexplicit = true\n'
        '[[index]]\nname = "flat"\nurl = "https://flat/"\nformat = "flat"\n'
    )
    environ = {"UV_INDEX_MY_OWN_USERNAME": "me", "UV_INDEX_MY_OWN_PASSWORD": "p@ss/word"}
    configuration = configured(tmp_path, environ, uv=uv)
    assert configuration.index_url == "https://main/s"
    assert configuration.extra_index_urls == ("https://me:p%40ss%2Fword@own/s", "https://extra/s")
    assert configuration.find_links == (str(tmp_path / "links"), "https://flat/")
    assert configuration.trusted_hosts == ("h:80",)
    assert configuration.strategy == "first-index"
    assert configuration.index_urls[-1] == "https://main/s"
    assert {"p@ss/word", "p%40ss%2Fword"} <= set(configuration.secrets())


def test_uv_variables_join_what_the_file_has(tmp_path: Path) -> None:
    environ = {
        "UV_INDEX": "own=https://own/s https://b/s",
        "UV_EXTRA_INDEX_URL": "https://c/s",
        "UV_FIND_LINKS": "links,https://l/",
        "UV_INDEX_OWN_USERNAME": "token",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_HTTP_TIMEOUT": "12",
        "UV_OFFLINE": "1",
    }
    configuration = configured(tmp_path, environ, uv='[[index]]\nurl = "https://file/s"\n')
    assert configuration.extra_index_urls == (
        "https://token:@own/s",
        "https://b/s",
        "https://c/s",
        "https://file/s",
    )
    assert configuration.find_links == (str(tmp_path / "links"), "https://l/")
    assert (configuration.strategy, configuration.timeout) == ("merge", 12.0)
    assert configuration.offline


def test_the_pip_table_of_uv_toml_counts_project_tables_do_not(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.uv]\nindex-url = "https://no/s"\n', "utf-8")
    (tmp_path / "project-uv.toml").write_text(UV, "utf-8")
    configuration = configured(tmp_path, uv=UV + '[pip]\nindex-url = "https://uv.pip/s"\n')
    assert configuration.index_url == "https://uv.pip/s"
    assert configured(tmp_path).index_url is None


def test_options_add_to_lists_and_replace_the_index(tmp_path: Path) -> None:
    environ = {"PIP_EXTRA_INDEX_URL": "https://e/s", "PIP_FIND_LINKS": "/links"}
    configuration = configured(
        tmp_path,
        environ,
        extra_index_url=("https://o/s",),
        find_links=("mine",),
        index_url="wheels",
    )
    assert configuration.index_url == (tmp_path / "wheels").as_uri()
    assert configuration.extra_index_urls == ("https://o/s", "https://e/s")
    assert configuration.find_links == (str(tmp_path / "mine"), "/links")
    assert set(configuration.origin.values()) == {"options"}


def test_no_index_leaves_find_links(tmp_path: Path) -> None:
    environ = {"PIP_NO_INDEX": "yes", "PIP_FIND_LINKS": "/links", "PIP_INDEX_URL": "https://a/s"}
    configuration = configured(tmp_path, environ)
    assert configuration.index_urls == ()
    assert configuration.find_links == ("/links",)
    assert configured(tmp_path, {"PIP_NO_INDEX": "0"}).index_urls == (None,)


def test_proxies_and_certificates_of_the_environment(tmp_path: Path) -> None:
    environ = {
        "HTTPS_PROXY": "http://me:secretsecret@proxy:1",
        "http_proxy": "proxy:2",
        "NO_PROXY": "localhost, .intern",
        "REQUESTS_CA_BUNDLE": "/r.pem",
        "SSL_CLIENT_CERT": "/client.pem",
    }
    configuration = configured(tmp_path, environ, pip="[global]\ncert = /g.pem\n")
    assert configuration.proxies == {
        "https": "http://me:secretsecret@proxy:1",
        "http": "http://proxy:2",
    }
    assert configuration.no_proxy == ("localhost", ".intern")
    assert configuration.certificate == "/r.pem"
    assert configuration.client_certificate == "/client.pem"
    assert "secretsecret" in configuration.secrets()
    assert configured(tmp_path, {"PIP_PROXY": "p:9"} | environ).proxies == {"all": "http://p:9"}


@pytest.mark.parametrize(
    ("environ", "files", "message"),
    [
        ({}, {"pip": "no section\n"}, "pip.conf cannot be read"),
        ({}, {"uv": "index-url = ["}, "uv.toml cannot be read"),
        ({"PIP_TIMEOUT": "soon"}, {}, "'soon'"),
    ],
)
def test_what_cannot_be_read_is_said(
    tmp_path: Path, environ: dict[str, str], files: dict[str, str], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        configured(tmp_path, environ, **files)


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


def test_an_installer_is_told_what_its_own_configuration_does_not_say(tmp_path: Path) -> None:
    environ = {"PIP_EXTRA_INDEX_URL": "https://u:pw@e/s", "PIP_FIND_LINKS": "/a,b /c"}
    configuration = configured(tmp_path, environ)
    told = installer_index_arguments(configuration, "uv")
    assert told.environ == {
        "UV_INDEX": "https://u:pw@e/s",
        "UV_FIND_LINKS": "file:///a%2Cb,file:///c",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }
    assert told.arguments == ()
    assert installer_index_arguments(configuration, "pip").environ == {}
    of_uv = configured(tmp_path, {"UV_INDEX": "https://e/s", "UV_NO_INDEX": "1"})
    assert installer_index_arguments(of_uv, "uv").environ == {}
    assert installer_index_arguments(of_uv, "pip").environ == {"PIP_EXTRA_INDEX_URL": "https://e/s"}
    assert installer_index_arguments(of_uv, "pip").arguments == ("--no-index",)

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from buildscope.configuration.files import ConfigFiles, read_user_files
from buildscope.configuration.index import IndexConfiguration, index_configuration
from buildscope.errors import UsageError
from buildscope.model.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


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
    user = read_user_files({}, files=files)
    return index_configuration(Settings(**settings), environ or {}, cwd=tmp_path, user=user)


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


def test_the_program_that_installs_comes_first(tmp_path: Path) -> None:
    environ = {"PIP_INDEX_URL": "https://pip.env/s", "UV_DEFAULT_INDEX": "https://uv.env/s"}
    for installer, index_url in (("uv", "https://uv.env/s"), ("pip", "https://pip.env/s")):
        found = configured(tmp_path, environ, installer=installer)
        assert (found.index_url, found.program) == (index_url, installer)
    assert configured(tmp_path, pip=PIP, uv=UV, installer="pip").program == "pip"
    assert configured(tmp_path, uv=UV, installer="pip").program == "uv"


def test_indexes_of_two_programs_are_never_mixed(tmp_path: Path) -> None:
    pip = "[global]\nindex-url = https://pip.file/s\nfind-links = /links\ncert = /ca.pem\n"
    found = configured(tmp_path, {"UV_INDEX": "https://uv.env/s"}, pip=pip)
    assert found.index_urls == ("https://uv.env/s", None)
    assert found.find_links == ()
    assert found.certificate == "/ca.pem"
    found = configured(tmp_path, {"PIP_EXTRA_INDEX_URL": "https://e/s"}, pip=pip, uv=UV)
    assert found.index_urls == ("https://pip.file/s", "https://e/s")
    assert found.find_links == ("/links",)


def test_nothing_configured_is_the_public_index(tmp_path: Path) -> None:
    configuration = configured(tmp_path)
    assert configuration.index_urls == (None,)
    assert (configuration.origin, configuration.program) == ({}, None)
    assert configuration.strategy == "first-index"
    assert configured(tmp_path, installer="pip").strategy == "merge"


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

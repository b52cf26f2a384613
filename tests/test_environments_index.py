from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from buildscope.configuration.files import UserFiles
from buildscope.configuration.index import index_configuration
from buildscope.environments.environ import installer_environ
from buildscope.model.settings import Settings
from tests.helpers.installing import clean_environ

if TYPE_CHECKING:
    from pathlib import Path


def told(
    tmp_path: Path, environ: dict[str, str], user: UserFiles | None = None, **settings: Any
) -> dict[str, str]:
    """What an installer is told in addition to, or instead of, the caller's variables."""
    caller = clean_environ(tmp_path, **environ)
    chosen, user = Settings(**settings), user or UserFiles()
    index = index_configuration(chosen, caller, cwd=tmp_path, user=user)
    found = installer_environ(chosen, caller, user=user, index=index)
    prefixes = ("UV_", "PIP_") if settings.get("installer") == "pip" else ("UV_", "SSL_", "ALL_")
    general = {"PIP_CONFIG_FILE", "PIP_DISABLE_PIP_VERSION_CHECK", "PIP_NO_INPUT"}
    return {
        name: value
        for name, value in found.items()
        if name.startswith(prefixes) and name not in general and environ.get(name) != value
    }


def test_uv_is_told_what_only_pip_knows(tmp_path: Path) -> None:
    environ = {
        "PIP_INDEX_URL": "https://u:pw@a/simple",
        "PIP_EXTRA_INDEX_URL": "https://b/simple https://c/simple",
        "PIP_FIND_LINKS": f"{tmp_path}/a,b https://l/",
        "PIP_CERT": "/ca.pem",
        "PIP_CLIENT_CERT": "/client.pem",
        "PIP_DEFAULT_TIMEOUT": "180",
        "PIP_PROXY": "proxy:1",
        "PIP_TRUSTED_HOST": "a b",
        "PIP_KEYRING_PROVIDER": "subprocess",
    }
    mine = (tmp_path / "mine").as_uri()
    assert told(tmp_path, environ, find_links=(str(tmp_path / "mine"),)) == {
        "UV_DEFAULT_INDEX": "https://u:pw@a/simple",
        "UV_INDEX": "https://b/simple https://c/simple",
        "UV_FIND_LINKS": f"{mine},{tmp_path.as_uri()}/a%2Cb,https://l/",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "SSL_CERT_FILE": "/ca.pem",
        "SSL_CLIENT_CERT": "/client.pem",
        "ALL_PROXY": "http://proxy:1",
        "UV_HTTP_TIMEOUT": "180",
        "UV_INSECURE_HOST": "a b",
        "UV_KEYRING_PROVIDER": "subprocess",
    }


@pytest.mark.parametrize(
    "variable", ["UV_INDEX_URL", "UV_INDEX", "UV_DEFAULT_INDEX", "UV_FIND_LINKS"]
)
def test_uv_with_an_index_of_its_own_is_told_nothing(variable: str, tmp_path: Path) -> None:
    assert told(tmp_path, {"PIP_INDEX_URL": "https://a/simple", variable: "https://b"}) == {}


def test_uv_file_counts_above_pips_and_below_variables(tmp_path: Path) -> None:
    user = UserFiles(
        pip={"index-url": "https://p/s"},
        uv={"index": [{"name": "own", "url": "https://u/s", "default": True}]},
    )
    assert told(tmp_path, {}, user) == {}
    assert told(tmp_path, {"PIP_INDEX_URL": "https://v/s"}, user) == {
        "UV_DEFAULT_INDEX": "https://v/s",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }


def test_options_count_above_all_and_add_to_lists(tmp_path: Path) -> None:
    environ = {"PIP_INDEX_URL": "https://a/simple", "PIP_EXTRA_INDEX_URL": "https://e/s"}
    found = told(tmp_path, environ, index_url="https://o/simple", extra_index_url=("https://x/s",))
    assert found["UV_DEFAULT_INDEX"] == "https://o/simple"
    assert found["UV_INDEX"] == "https://x/s https://e/s"
    environ = {"UV_INDEX": "own=https://a/s", "UV_INDEX_OWN_PASSWORD": "pw"}
    found = told(tmp_path, environ, extra_index_url=("https://x/s",))
    assert found == {"UV_INDEX": "https://x/s https://:pw@a/s"}


def test_what_the_user_said_to_uv_itself_stays(tmp_path: Path) -> None:
    environ = {
        "PIP_INDEX_URL": "https://a/simple",
        "PIP_CERT": "/pip.pem",
        "PIP_PROXY": "proxy:1",
        "PIP_TIMEOUT": "7",
        "UV_INDEX_STRATEGY": "first-index",
        "UV_SYSTEM_CERTS": "1",
        "HTTPS_PROXY": "proxy:2",
        "UV_HTTP_TIMEOUT": "9",
    }
    assert told(tmp_path, environ) == {"UV_DEFAULT_INDEX": "https://a/simple"}


def test_pip_is_told_what_only_uv_knows(tmp_path: Path) -> None:
    environ = {
        "UV_INDEX": "own=https://own/s https://b/s",
        "UV_INDEX_OWN_USERNAME": "me",
        "UV_INDEX_OWN_PASSWORD": "p@ss",
        "UV_DEFAULT_INDEX": "https://main/s",
        "UV_FIND_LINKS": "links",
        "UV_INSECURE_HOST": "b",
        "UV_HTTP_TIMEOUT": "60",
    }
    assert told(tmp_path, environ, installer="pip") == {
        "PIP_INDEX_URL": "https://main/s",
        "PIP_EXTRA_INDEX_URL": "https://me:p%40ss@own/s https://b/s",
        "PIP_FIND_LINKS": (tmp_path / "links").as_uri(),
        "PIP_TRUSTED_HOST": "b",
        "PIP_TIMEOUT": "60",
    }


def test_pip_with_an_index_of_its_own_is_told_that_alone(tmp_path: Path) -> None:
    environ = {
        "PIP_EXTRA_INDEX_URL": "https://a/s",
        "PIP_FIND_LINKS": "links",
        "PIP_NO_INDEX": "1",
        "UV_DEFAULT_INDEX": "https://never/s",
    }
    assert told(tmp_path, environ, installer="pip") == {
        "PIP_FIND_LINKS": (tmp_path / "links").as_uri()
    }

from __future__ import annotations

import os
from pathlib import Path

import pytest

from buildscope.environments.environ import hook_environ, installer_environ
from buildscope.environments.model import BuildEnvironment
from buildscope.model.run import Interpreter
from buildscope.model.settings import Settings
from tests.helpers.installing import clean_environ

NEVER = {
    "PYTHONPATH": "x", "PYTHONHOME": "x", "PYTHONSAFEPATH": "1", "PYTHONWARNINGS": "error",
    "PYTHONPYCACHEPREFIX": "x", "PIP_BUILD_TRACKER": "x", "PEP517_BUILD_BACKEND": "x",
    "_PYPROJECT_HOOKS_BUILD_BACKEND": "x", "__PYVENV_LAUNCHER__": "x", "PIP_CONSTRAINT": "x",
    "PIP_TARGET": "x", "PIP_PREFIX": "x", "PIP_USER": "1", "PIP_ROOT": "x", "PIP_PRE": "1",
    "PIP_REQUIRE_VIRTUALENV": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_NO_BINARY": ":all:",
    "UV_CONSTRAINT": "x", "UV_OVERRIDE": "x", "UV_EXCLUDE": "x", "UV_BUILD_CONSTRAINT": "x",
    "UV_SYSTEM_PYTHON": "1", "UV_PYTHON": "2.7", "UV_PROJECT": "x", "UV_WORKING_DIR": "x",
    "UV_PROJECT_ENVIRONMENT": "x", "UV_LINK_MODE": "symlink", "UV_NO_BUILD": "1",
    "UV_NO_BUILD_ISOLATION": "1", "UV_EXCLUDE_NEWER": "2020-01-01", "UV_PRERELEASE": "allow",
    "UV_COMPILE_BYTECODE": "1", "UV_SOMETHING_NEW": "1", "PIP_SOMETHING_NEW": "1",
}  # fmt: skip
ALWAYS = {
    "PIP_INDEX_URL": "https://a/simple", "PIP_CERT": "/ca.pem", "PIP_PROXY": "http://p",
    "PIP_TRUSTED_HOST": "h", "PIP_CACHE_DIR": "/c", "UV_INDEX_URL": "https://b/simple",
    "UV_INDEX_MINE_PASSWORD": "secret", "UV_CACHE_DIR": "/u", "HTTPS_PROXY": "http://q",
    "SSL_CERT_FILE": "/ssl.pem", "NETRC": "/n", "CC": "clang",
}  # fmt: skip


@pytest.fixture
def environment(tmp_path: Path) -> BuildEnvironment:
    return BuildEnvironment(
        path=str(tmp_path / "env"),
        python="python",
        scripts=str(tmp_path / "env" / "bin"),
        site_packages=(),
        interpreter=Interpreter(path="python", version="3.11.0", implementation="cpython"),
    )


def test_installers_get_sources_and_nothing_that_changes_the_result(tmp_path: Path) -> None:
    found = installer_environ(
        Settings(env={"CC": "gcc"}), {**clean_environ(tmp_path), **NEVER, **ALWAYS}
    )
    assert not NEVER.keys() & found.keys()
    assert {name: found[name] for name in ALWAYS} == {**ALWAYS, "CC": "gcc"}


def test_hooks_get_the_build_environment(environment: BuildEnvironment) -> None:
    caller = {**NEVER, **ALWAYS, "PATH": "/bin", "VIRTUAL_ENV": "/mine"}
    found = hook_environ(environment, Settings(), caller)
    assert not NEVER.keys() & found.keys()
    assert found["PATH"] == os.pathsep.join([environment.scripts, "/bin"])
    assert found["VIRTUAL_ENV"] == environment.path


def test_what_the_user_sets_for_the_build_counts_above_all(environment: BuildEnvironment) -> None:
    settings = Settings(env={"PYTHONPATH": "mine", "PATH": "/opt/bin", "PIP_CONSTRAINT": "c.txt"})
    found = hook_environ(environment, settings, {"PYTHONPATH": "theirs", "PATH": "/bin"})
    assert found["PYTHONPATH"] == "mine"
    assert found["PATH"] == os.pathsep.join([environment.scripts, "/opt/bin"])
    assert found["PIP_CONSTRAINT"] == "c.txt"


def test_layer_stands_in_front(environment: BuildEnvironment, tmp_path: Path) -> None:
    import msgspec

    layer = tmp_path / "layer"
    (layer / "bin").mkdir(parents=True)
    adopted = msgspec.structs.replace(environment, isolated=False, layer=str(layer))
    found = hook_environ(adopted, Settings(), {"PATH": "/bin"}, pycache=tmp_path / "pyc")
    assert found["PYTHONPATH"] == str(layer)
    assert found["PATH"].split(os.pathsep)[:2] == [str(layer / "bin"), environment.scripts]
    assert found["PYTHONPYCACHEPREFIX"] == str(tmp_path / "pyc")
    assert "VIRTUAL_ENV" not in found


def test_adopted_environment_is_never_written_into(environment: BuildEnvironment) -> None:
    import msgspec

    adopted = msgspec.structs.replace(environment, isolated=False)
    assert hook_environ(adopted, Settings(), {})["PYTHONDONTWRITEBYTECODE"] == "1"


def pip_conf(environ: dict[str, str], text: str) -> dict[str, str]:
    path = Path(environ["XDG_CONFIG_HOME"], "pip", "pip.conf")
    path.parent.mkdir(parents=True)
    path.write_text(text, "utf-8")
    environ["PIP_CONFIG_FILE"] = str(path)
    return environ


def test_pip_files_come_as_variables_without_what_changes_the_result(tmp_path: Path) -> None:
    environ = pip_conf(
        clean_environ(tmp_path, PIP_RETRIES="7"),
        "[global]\nindex-url = https://a/simple\nconstraint = c.txt\nretries = 1\n"
        "[install]\ntarget = /t\nuser = true\nextra-index-url =\n  https://b/simple\n  https://c/simple\n",
    )
    found = installer_environ(Settings(), environ)
    assert found["PIP_CONFIG_FILE"] == os.devnull
    assert found["PIP_INDEX_URL"] == "https://a/simple"
    assert found["PIP_EXTRA_INDEX_URL"] == "https://b/simple https://c/simple"
    assert found["PIP_RETRIES"] == "7"
    assert not {"PIP_CONSTRAINT", "PIP_TARGET", "PIP_USER"} & found.keys()

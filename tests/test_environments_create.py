from __future__ import annotations

import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from buildscope.environments.create import create
from buildscope.environments.facts import ask, own_markers
from buildscope.environments.inventory import inventory
from buildscope.errors import PhaseError, UsageError
from buildscope.model.run import Interpreter
from tests.helpers.installing import Workbench

if TYPE_CHECKING:
    from buildscope.environments.model import BuildEnvironment


@pytest.fixture
def bench(tmp_path: Path, shared_cache: Path) -> Workbench:
    return Workbench(tmp_path, shared_cache)


def test_environment_is_whole_and_empty(bench: Workbench) -> None:
    for environment in (bench.environment(), bench.environment()):
        facts = ask(environment.python)
        assert Path(facts.prefix) == Path(environment.path)
        assert facts.site_packages == environment.site_packages
        assert facts.scripts == environment.scripts
        assert facts.markers == (environment.markers or own_markers())
        assert inventory(environment) == ()
        assert environment.isolated


def test_an_environment_names_no_other(bench: Workbench) -> None:
    environment = bench.environment()
    text = Path(environment.path, "pyvenv.cfg").read_text("utf-8")
    assert "include-system-site-packages = false" in text
    assert environment.path in text
    assert str(bench.cache / "environments") not in text


def test_nothing_written_into_one_reaches_another(bench: Workbench) -> None:
    first = bench.environment()
    Path(first.site_packages[0], "sitecustomize.py").write_text("raise SystemExit(3)", "utf-8")
    for path in Path(first.site_packages[0]).iterdir():
        if path.is_file():
            path.write_text("raise SystemExit(3)", "utf-8")
    assert subprocess.run([bench.environment().python, "-c", ""], check=False).returncode == 0


def test_users_virtualenv_configuration_has_no_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ini = tmp_path / "virtualenv.ini"
    ini.write_text("[virtualenv]\nsystem-site-packages = true\nprompt = mine\n", "utf-8")
    monkeypatch.setenv("VIRTUALENV_CONFIG_FILE", str(ini))
    monkeypatch.setenv("VIRTUALENV_SYSTEM_SITE_PACKAGES", "1")
    environment = Workbench(tmp_path, tmp_path / "cache").environment()
    text = Path(environment.path, "pyvenv.cfg").read_text("utf-8")
    assert "include-system-site-packages = false" in text
    assert "mine" not in text


def test_two_threads_at_once(tmp_path: Path) -> None:
    bench = Workbench(tmp_path, tmp_path / "cache")
    made: list[BuildEnvironment] = []
    interpreter = bench.environment().interpreter
    cache = tmp_path / "other"

    def make(number: int) -> None:
        made.append(create(tmp_path / f"at-once-{number}", interpreter, cache=cache))

    threads = [threading.Thread(target=make, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 3
    assert [
        path.name for path in (cache / "environments").iterdir() if path.name.startswith(".")
    ] == []


def test_interpreter_that_does_not_run(tmp_path: Path) -> None:
    gone = Interpreter(path=str(tmp_path / "python"), version="3.9.0", implementation="cpython")
    with pytest.raises((UsageError, PhaseError)):
        create(tmp_path / "env", gone, cache=tmp_path)


@pytest.mark.parametrize("version", ["3.8", "3.9", "3.13"])
def test_other_pythons(version: str, bench: Workbench) -> None:
    try:
        environment = bench.environment(version)
    except UsageError:
        pytest.skip(f"there is no Python {version}")
    assert ask(environment.python).version == environment.interpreter.version
    assert environment.interpreter.version.startswith(version)

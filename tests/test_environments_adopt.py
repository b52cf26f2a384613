from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from buildscope.environments.adopt import adopt, declared_missing
from buildscope.environments.facts import own_facts
from buildscope.errors import UsageError
from buildscope.model.settings import Settings
from tests.helpers.installing import Workbench
from tests.helpers.wheels import write_wheel

if TYPE_CHECKING:
    from buildscope.environments.model import BuildEnvironment

OFF = Settings(isolation=False)


@pytest.fixture
def bench(tmp_path: Path, shared_cache: Path) -> Workbench:
    return Workbench(tmp_path, shared_cache)


def adopted(
    bench: Workbench, settings: Settings = OFF, cwd: Path | None = None, **environ: str
) -> BuildEnvironment:
    return adopt(
        settings, environ={**bench.environ, **environ}, cwd=cwd or bench.neutral, cache=bench.cache
    )


def test_order_in_which_environments_are_taken(bench: Workbench) -> None:
    paths = {name: bench.venv(name=name) for name in ("named", "active", "conda", "work/.venv")}
    below = bench.tmp_path / "work" / "a" / "b"
    below.mkdir(parents=True)
    variables = {"VIRTUAL_ENV": str(paths["active"]), "CONDA_PREFIX": str(paths["conda"])}
    named = Settings(isolation=False, python=str(paths["named"]))
    assert adopted(bench, named, below, **variables).path == str(paths["named"])
    assert adopted(bench, OFF, below, **variables).path == str(paths["active"])
    del variables["VIRTUAL_ENV"]
    assert adopted(bench, OFF, below, **variables).path == str(paths["conda"])
    found = adopted(bench, OFF, below)
    assert found.path == str(paths["work/.venv"])
    assert not found.isolated
    assert found.python.startswith(found.path)


def test_venv_file_names_the_environment(bench: Workbench) -> None:
    path = bench.venv(name="elsewhere")
    (bench.neutral / ".venv").write_text("../elsewhere\n", "utf-8")
    assert adopted(bench).path == str(path)


def test_none_there(bench: Workbench) -> None:
    with pytest.raises(UsageError, match="there is none: no -p, no VIRTUAL_ENV") as error:
        adopted(bench)
    assert str(bench.neutral) in error.value.message
    assert error.value.hint


def test_own_environment_only_when_named(bench: Workbench) -> None:
    with pytest.raises(UsageError):
        adopted(bench)
    assert Path(adopted(bench, VIRTUAL_ENV=sys.prefix).path) == Path(sys.prefix)


def test_variable_that_names_nothing(bench: Workbench) -> None:
    with pytest.raises(UsageError, match=r"VIRTUAL_ENV names .*gone"):
        adopted(bench, VIRTUAL_ENV=str(bench.tmp_path / "gone"))


def test_base_interpreter_by_version(bench: Workbench) -> None:
    version = ".".join(map(str, sys.version_info[:2]))
    found = adopted(bench, Settings(isolation=False, python=version))
    assert found.interpreter.version == own_facts().version


def test_declared_requirements_are_checked_through_extras(bench: Workbench) -> None:
    links = bench.links
    write_wheel(links, "top", "1.5", extras=["more", "all"], requires=[
        "low", 'gone>=2; extra == "more"', 'top[more]; extra == "all"', 'never; python_version < "3"',
    ])  # fmt: skip
    write_wheel(links, "low", "2.0", requires=["top"])
    env = adopted(bench, VIRTUAL_ENV=str(bench.venv("top")))
    assert declared_missing(env, ["top", "top<2", "low>=2"]) == ()
    assert declared_missing(env, ["top>=2", "absent"]) == (("top>=2", "1.5"), ("absent", None))
    assert declared_missing(env, ["top[more]"]) == (("gone>=2", None),)
    assert declared_missing(env, ["TOP[all]"]) == (("gone>=2", None),)
    assert declared_missing(env, ['absent; python_version < "3"']) == ()
    assert declared_missing(env, ["low @ https://example.org/low.zip"]) == (
        ("low @ https://example.org/low.zip", "2.0"),
    )


def test_markers_are_those_of_the_environments_python(bench: Workbench) -> None:
    env = adopted(bench, VIRTUAL_ENV=str(bench.venv()))
    version = env.markers["python_version"]
    assert declared_missing(env, [f'absent; python_version == "{version}"']) == (("absent", None),)
    assert declared_missing(env, [f'absent; python_version != "{version}"']) == ()


def test_development_version_satisfies(bench: Workbench) -> None:
    write_wheel(bench.links, "dev", "3.0.dev1+local")
    env = adopted(bench, VIRTUAL_ENV=str(bench.venv("dev==3.0.dev1+local")))
    assert declared_missing(env, ["dev>=2"]) == ()

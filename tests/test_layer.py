from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from buildscope.environments.adopt import adopt
from buildscope.environments.environ import hook_environ
from buildscope.environments.inventory import inventory
from buildscope.environments.layer import install_layer
from buildscope.errors import PhaseError
from buildscope.model.settings import Settings
from buildscope.process.stop import Stop
from tests.helpers.installing import Workbench, fingerprint
from tests.helpers.wheels import write_wheel

if TYPE_CHECKING:
    from buildscope.environments.model import BuildEnvironment
    from buildscope.process.ended import Ended

BOTH = pytest.mark.parametrize("installer", ["uv", "pip"])


@pytest.fixture
def bench(tmp_path: Path, shared_cache: Path) -> Workbench:
    bench = Workbench(tmp_path, shared_cache)
    for version in ("1.0", "2.0"):
        write_wheel(bench.links, "dep", version)
    write_wheel(bench.links, "tool", requires=["dep", "other"], scripts={"tool": "tool:main"})
    write_wheel(bench.links, "new-tool", requires=["dep>=2"])
    write_wheel(bench.links, "other")
    return bench


@pytest.fixture
def user(bench: Workbench) -> BuildEnvironment:
    """The user's environment: an old dep, and a local version that no index has."""
    write_wheel(bench.links, "mine", "3.0+local")
    path = bench.venv("dep==1.0", "mine==3.0+local")
    (bench.links / "mine-3.0+local-py3-none-any.whl").unlink()
    (bench.links / "dep-1.0-py3-none-any.whl").unlink()
    environ = {**bench.environ, "VIRTUAL_ENV": str(path)}
    return adopt(Settings(isolation=False), environ=environ, cwd=bench.neutral, cache=bench.cache)


def layered(
    bench: Workbench, env: BuildEnvironment, *extras: str, installer: str = "uv", **more: object
) -> tuple[Ended, BuildEnvironment]:
    bench.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with bench.spool() as spool:
        return install_layer(
            env, extras, bench.settings(isolation=False, installer=installer), layer=bench.tmp_path / "layer",
            constraints=(), cwd=bench.neutral, spool=spool, stop=Stop(), environ=bench.environ, cache=bench.cache,
        )  # fmt: skip


@BOTH
def test_only_what_is_missing_is_installed(
    installer: str, bench: Workbench, user: BuildEnvironment
) -> None:
    before = fingerprint(Path(user.path))
    ended, env = layered(bench, user, "tool", "mine", installer=installer)
    assert ended.ok, bench.output
    assert fingerprint(Path(user.path)) == before
    assert {each.name: each.version for each in inventory(env)} == {
        "dep": "1.0", "mine": "3.0+local", "other": "1.0", "tool": "1.0",
    }  # fmt: skip
    infos = sorted(path.name for path in (bench.tmp_path / "layer").glob("*.dist-info"))
    assert infos == ["other-1.0.dist-info", "tool-1.0.dist-info"]


def test_layer_is_in_front_of_the_users_interpreter(
    bench: Workbench, user: BuildEnvironment
) -> None:
    ended, env = layered(bench, user, "tool")
    assert ended.ok, bench.output
    environ = hook_environ(env, Settings(), bench.environ)
    code = "import tool, dep, shutil, sys; print(tool.VERSION, dep.VERSION, dep.__file__, shutil.which('tool'))"
    done = subprocess.run(
        [env.python, "-c", code], env=environ, capture_output=True, text=True, check=True
    )
    tool, dep, where, program = done.stdout.split()
    assert (tool, dep) == ("1.0", "1.0")
    assert where.startswith(user.path)
    assert program.startswith(str(bench.tmp_path / "layer"))


@BOTH
def test_conflict_is_told_and_never_shadowed(
    installer: str, bench: Workbench, user: BuildEnvironment
) -> None:
    before = fingerprint(Path(user.path))
    ended, env = layered(bench, user, "new-tool", installer=installer)
    assert not ended.ok
    assert env.layer is None
    assert "dep" in bench.output
    assert fingerprint(Path(user.path)) == before


def test_extra_that_contradicts_the_environment(bench: Workbench, user: BuildEnvironment) -> None:
    with pytest.raises(PhaseError, match=r"dep>=2 contradicts dep 1\.0 in") as error:
        layered(bench, user, "dep>=2")
    assert error.value.cause == "requirement-conflict"
    assert error.value.hint


@BOTH
def test_direct_reference_to_what_is_there_is_a_conflict(
    installer: str, bench: Workbench, user: BuildEnvironment
) -> None:
    write_wheel(bench.tmp_path / "elsewhere", "dep", "1.0")
    url = (bench.tmp_path / "elsewhere" / "dep-1.0-py3-none-any.whl").as_uri()
    with pytest.raises(PhaseError, match=r"contradicts dep 1\.0 in"):
        layered(bench, user, f"dep @ {url}", installer=installer)


def test_version_that_cannot_be_frozen_is_not_hidden(
    bench: Workbench, user: BuildEnvironment
) -> None:
    info = Path(user.site_packages[0], "other-0.egg-info")
    info.mkdir()
    (info / "PKG-INFO").write_text("Name: other\nVersion: built by hand\n", "utf-8")
    with pytest.raises(PhaseError, match="the extras would hide other built by hand in"):
        layered(bench, user, "tool")


def test_nothing_missing_makes_no_layer(bench: Workbench, user: BuildEnvironment) -> None:
    ended, env = layered(bench, user, "dep", "mine>=3")
    assert ended.ok
    assert env == user


def test_text_that_is_no_requirement(bench: Workbench, user: BuildEnvironment) -> None:
    with pytest.raises(PhaseError, match="is not a requirement"):
        layered(bench, user, "not a requirement")


SETUP = "from setuptools import setup\nsetup(name='sample', version='1', py_modules=['sample'])\n"


@pytest.mark.parametrize("pycache", [True, False])
def test_building_leaves_the_users_environment_as_it_was(
    pycache: bool, bench: Workbench, tmp_path: Path
) -> None:
    from virtualenv.seed.wheels import embed

    wheel = embed.get_embed_wheel("setuptools", None)
    assert wheel is not None
    (bench.links / wheel.path.name).write_bytes(wheel.path.read_bytes())
    path = bench.venv("setuptools")
    environ = {**bench.environ, "VIRTUAL_ENV": str(path)}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    env = adopt(Settings(isolation=False), environ=environ, cwd=bench.neutral, cache=bench.cache)
    project = tmp_path / "project"
    project.mkdir()
    (project / "setup.py").write_text(SETUP, "utf-8")
    (project / "sample.py").write_text("", "utf-8")
    before = fingerprint(path)
    place = tmp_path / "pycache" if pycache else None
    code = "import setuptools.build_meta as b; b.build_wheel('out')"
    found = hook_environ(env, Settings(), environ, pycache=place)
    done = subprocess.run(
        [env.python, "-c", code], cwd=project, env=found, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    assert list((project / "out").glob("*.whl"))
    assert fingerprint(path) == before
    assert (tmp_path / "pycache").exists() == pycache

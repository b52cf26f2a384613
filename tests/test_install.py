from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from buildscope.environments.environ import installer_environ
from buildscope.environments.install_pip import pip_command
from buildscope.environments.install_uv import uv_command
from buildscope.environments.inventory import inventory
from buildscope.environments.pip_program import PipProgram
from buildscope.environments.request import Request, request_files
from buildscope.errors import PhaseError, UsageError
from buildscope.process.stop import Stop
from tests.helpers.installing import Workbench
from tests.helpers.wheels import write_sdist, write_wheel

if TYPE_CHECKING:
    from buildscope.environments.model import BuildEnvironment

BOTH = pytest.mark.parametrize("installer", ["uv", "pip"])


@pytest.fixture
def bench(tmp_path: Path, shared_cache: Path) -> Workbench:
    bench = Workbench(tmp_path, shared_cache)
    for version in ("1.0", "2.0"):
        write_wheel(bench.links, "dep", version)
    write_wheel(bench.links, "tool", "1.0", requires=["dep"], scripts={"tool": "dep:main"})
    return bench


def versions(environment: BuildEnvironment) -> dict[str, str]:
    return {each.name: each.version for each in inventory(environment)}


@BOTH
def test_requirements_are_resolved_together_under_constraints(
    installer: str, bench: Workbench
) -> None:
    environment = bench.environment()
    ended = bench.install(
        environment,
        ["tool", 'never; python_version < "3"'],
        bench.settings(installer=installer),
        constraints=["dep<2"],
    )
    assert ended.ok, bench.output
    assert versions(environment) == {"dep": "1.0", "tool": "1.0"}
    assert list(Path(environment.scripts).glob("tool*"))
    assert not list(Path(environment.site_packages[0]).glob("__pycache__/dep*"))
    assert list(bench.neutral.iterdir()) == []


@BOTH
def test_conflict_is_told_by_the_installer(installer: str, bench: Workbench) -> None:
    environment = bench.environment()
    ended = bench.install(
        environment, ["tool", "dep>=2"], bench.settings(installer=installer), constraints=["dep<2"]
    )
    assert not ended.ok
    assert "dep" in bench.output
    assert versions(environment) == {}


@BOTH
def test_constraints_bind_nested_builds_and_pins_do_not(installer: str, bench: Workbench) -> None:
    write_sdist(bench.links, "built", needs="dep")
    settings = bench.settings(installer=installer)
    bench.environ |= {"UV_NO_CACHE": "1", "PIP_NO_CACHE_DIR": "1"}
    for options, expected in (({"constraints": ["dep<2"]}, "1.0"), ({"pins": ["dep==1.0"]}, "2.0")):
        environment = bench.environment()
        assert bench.install(environment, ["built"], settings, **options).ok, bench.output
        text = Path(environment.site_packages[0], "built.py").read_text("utf-8")
        assert text == f"BUILT_WITH = '{expected}'\n"


@BOTH
def test_users_variables_change_nothing(installer: str, bench: Workbench) -> None:
    constraint = bench.tmp_path / "c.txt"
    constraint.write_text("dep<2\n", "utf-8")
    bench.environ |= {
        "PIP_CONSTRAINT": str(constraint), "UV_CONSTRAINT": str(constraint),
        "UV_OVERRIDE": str(constraint), "PIP_TARGET": str(bench.tmp_path / "target"),
        "PIP_REQUIRE_VIRTUALENV": "1", "PIP_USER": "1", "UV_PYTHON": "2.7", "UV_LINK_MODE": "symlink",
        "PYTHONPATH": str(bench.tmp_path), "UV_NO_BUILD": "1",
    }  # fmt: skip
    environment = bench.environment()
    assert bench.install(environment, ["tool"], bench.settings(installer=installer)).ok, (
        bench.output
    )
    assert versions(environment) == {"dep": "2.0", "tool": "1.0"}


def test_project_configuration_of_uv_does_not_reach_us(bench: Workbench) -> None:
    text = '[tool.uv]\nconstraint-dependencies = ["dep<2"]\n'
    (bench.tmp_path / "project").mkdir()
    (bench.tmp_path / "project" / "pyproject.toml").write_text(text, "utf-8")
    bench.environ |= dict.fromkeys(
        ("UV_PROJECT", "UV_WORKING_DIR"), str(bench.tmp_path / "project")
    )
    environment = bench.environment()
    assert bench.install(environment, ["dep"]).ok, bench.output
    assert versions(environment) == {"dep": "2.0"}


def test_users_uv_file_says_where_from_but_not_what(bench: Workbench) -> None:
    file = Path(bench.environ["XDG_CONFIG_HOME"], "uv", "uv.toml")
    file.parent.mkdir(parents=True)
    file.write_text(
        f'constraint-dependencies = ["dep<2"]\noverride-dependencies = ["dep<2"]\n'
        f'find-links = ["{bench.links.as_posix()}"]\nno-index = true\nrequired-version = "<0.1"\n',
        "utf-8",
    )
    environment = bench.environment()
    assert bench.install(environment, ["dep"], bench.settings(no_index=False, find_links=())).ok, (
        bench.output
    )
    assert versions(environment) == {"dep": "2.0"}
    assert list(bench.neutral.iterdir()) == []


def test_pip_configuration_is_enough_for_uv(bench: Workbench) -> None:
    file = bench.tmp_path / "pip.conf"
    file.write_text(f"[global]\nfind-links = {bench.links}\nno-index = true\n", "utf-8")
    bench.environ["PIP_CONFIG_FILE"] = str(file)
    environment = bench.environment()
    assert bench.install(environment, ["dep"], bench.settings(no_index=False, find_links=())).ok, (
        bench.output
    )


@pytest.mark.skipif(os.name == "nt", reason="counts links as POSIX does")
def test_files_are_copies(bench: Workbench) -> None:
    environment = bench.environment()
    assert bench.install(environment, ["dep"]).ok
    found = Path(environment.site_packages[0], "dep.py").lstat()
    assert found.st_nlink == 1
    assert stat.S_ISREG(found.st_mode)


def test_direct_references_and_hashes(bench: Workbench) -> None:
    url = (bench.links / "dep-1.0-py3-none-any.whl").as_uri()
    environment = bench.environment()
    assert bench.install(environment, [f"dep @ {url}"]).ok, bench.output
    assert versions(environment) == {"dep": "1.0"}
    assert not bench.install(bench.environment(), [f"dep @ {url}#sha256={'0' * 64}"]).ok
    assert "ash" in bench.output


@pytest.mark.parametrize("text", ["--index-url=https://example.org", "dep\n-e .", " ", "-e ."])
def test_what_is_no_requirement_never_reaches_an_installer(text: str, bench: Workbench) -> None:
    with pytest.raises(PhaseError, match="is not a requirement"):
        bench.install(bench.environment(), [text])


def test_many_requirements(bench: Workbench) -> None:
    names = [f"d{number:04}" for number in range(120)]
    for name in names:
        write_wheel(bench.links, name)
    environment = bench.environment()
    constraints = [f"{'x' * 200}{number}<2" for number in range(2000)]
    assert bench.install(environment, names, constraints=constraints).ok, bench.output
    assert sorted(versions(environment)) == names


def test_offline_first_takes_what_is_cached_and_falls_back(bench: Workbench) -> None:
    # a file: index is read offline too; what offline cannot do here is the index over http
    environment = bench.environment()
    settings = bench.settings()
    assert bench.install(environment, ["dep"], settings, pins=["dep==1.0"], offline_first=True).ok
    assert versions(environment) == {"dep": "1.0"}
    ended = bench.install(
        bench.environment(), ["dep"], settings, pins=["dep==9"], offline_first=True
    )
    assert not ended.ok
    assert "asking the index" in bench.output
    assert bench.output.count("No solution found") == 1


def test_offline_first_is_not_taken_without_a_pin(bench: Workbench) -> None:
    environment = bench.environment()
    assert not bench.install(environment, ["absent"], offline_first=True).ok
    assert "asking the index" not in bench.output


def test_offline_pip_takes_only_what_is_on_disk(bench: Workbench) -> None:
    bench.environ |= {
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_FIND_LINKS": str(bench.links),
    }
    settings = bench.settings(installer="pip", offline=True, no_index=False, find_links=())
    environment = bench.environment()
    assert bench.install(environment, ["dep"], settings).ok, bench.output
    with pytest.raises(PhaseError, match="is on the network, and --offline was given"):
        bench.install(environment, ["dep @ https://example.org/dep.zip"], settings)


def test_stop_ends_an_installer(bench: Workbench) -> None:
    stop = Stop()
    stop.request("stopped")
    ended = bench.install(bench.environment(), ["dep"], stop=stop)
    assert ended.stopped
    assert not ended.ok
    assert list(bench.neutral.iterdir()) == []


def test_secrets_leave_no_file(bench: Workbench) -> None:
    bench.environ["UV_HTTP_RETRIES"] = "0"
    bench.install(bench.environment(), ["dep @ https://user:hunter2hunter2@127.0.0.1:9/dep.zip"])
    found = [
        path for path in (*bench.neutral.rglob("*"), *bench.tmp_path.glob("spool*/*"))
        if path.is_file() and b"hunter2hunter2" in path.read_bytes()
    ]  # fmt: skip
    assert found == []


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_credentials_are_never_on_the_command_line(installer: str, bench: Workbench) -> None:
    settings = bench.settings(
        installer=installer,
        index_url="https://me:hunter2hunter2@127.0.0.1:9/simple",
        extra_index_url=("https://me:hunter2hunter2@127.0.0.1:9/more",),
        find_links=("https://me:hunter2hunter2@127.0.0.1:9/links",),
        no_index=False,
    )
    environment = bench.environment()
    request = Request(
        python=environment.python,
        python_version=environment.interpreter.version,
        requirements=("dep",),
        settings=settings,
    )
    with request_files(request, bench.neutral) as files:
        pip = PipProgram(path="pip", version="26.0")
        command = (
            uv_command(request, files) if installer == "uv" else pip_command(request, files, pip)
        )
    assert "hunter2" not in " ".join(command)
    assert "hunter2" in str(installer_environ(settings, bench.environ))


def test_indexes_of_uv_do_not_join_those_that_pip_was_told(bench: Workbench) -> None:
    file = Path(bench.environ["XDG_CONFIG_HOME"], "uv", "uv.toml")
    file.parent.mkdir(parents=True)
    file.write_text(f'find-links = ["{bench.links.as_posix()}"]\n', "utf-8")
    only = bench.tmp_path / "only"
    write_wheel(only, "dep", "1.5")
    bench.environ |= {"PIP_FIND_LINKS": str(only), "PIP_NO_INDEX": "1"}
    environment = bench.environment()
    settings = bench.settings(no_index=False, find_links=())
    assert bench.install(environment, ["dep"], settings).ok, bench.output
    assert versions(environment) == {"dep": "1.5"}


@BOTH
def test_the_other_programs_index_is_used(installer: str, bench: Workbench) -> None:
    own, other = ("UV", "PIP") if installer == "uv" else ("PIP", "UV")
    page = bench.tmp_path / "simple" / "dep"
    page.mkdir(parents=True)
    wheel = bench.links / "dep-1.0-py3-none-any.whl"
    page.joinpath("index.html").write_text(f'<a href="{wheel.as_uri()}">{wheel.name}</a>', "utf-8")
    bench.environ[f"{other}_INDEX_URL"] = page.parent.as_uri()
    assert not any(name.startswith(f"{own}_IND") for name in bench.environ)
    environment = bench.environment()
    settings = bench.settings(installer=installer, no_index=False, find_links=())
    assert bench.install(environment, ["dep"], settings).ok, bench.output
    assert versions(environment) == {"dep": "1.0"}


@pytest.mark.index
@pytest.mark.parametrize("version", ["3.8", "3.9"])
@BOTH
def test_other_pythons_with_both_installers(installer: str, version: str, bench: Workbench) -> None:
    try:
        environment = bench.environment(version)
    except UsageError:
        pytest.skip(f"there is no Python {version}")
    bench.environ |= {
        name: value
        for name, value in os.environ.items()
        if name.startswith(("PIP_", "SSL_", "HTTP", "UV_"))
    }
    settings = bench.settings(installer=installer, no_index=False, find_links=())
    assert bench.install(
        environment, ["setuptools>=40.8.0"], settings, constraints=["setuptools<70"]
    ).ok, bench.output
    assert int(versions(environment)["setuptools"].split(".")[0]) < 70


@pytest.mark.index
@BOTH
def test_cutoff_by_date(installer: str, bench: Workbench) -> None:
    bench.environ |= {
        name: value
        for name, value in os.environ.items()
        if name.startswith(("PIP_", "SSL_", "HTTP", "UV_"))
    }
    settings = bench.settings(
        installer=installer, no_index=False, find_links=(), exclude_newer="2022-01-01"
    )
    environment = bench.environment()
    ended = bench.install(environment, ["setuptools"], settings)
    if "does not provide upload-time metadata" in bench.output:
        pytest.skip("the index has no pages in JSON, where alone pip reads upload times")
    assert ended.ok, bench.output
    assert versions(environment) == {"setuptools": "60.2.0"}

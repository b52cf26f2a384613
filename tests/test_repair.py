"""The search for a cure, on small projects and an index of the test's own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from buildscope.model.settings import Request, Settings
from buildscope.process.stop import Stop
from buildscope.repair import find_cure
from buildscope.session.session import Session
from tests.helpers.local_index import LocalIndex, local_index, tar_bytes
from tests.helpers.wheels import WHEEL_OF, write_wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from buildscope.model.recipe import Search

BACKEND = """
import os, sys
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

def get_requires_for_build_wheel(config_settings=None):
{code}
    return []

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    from wheel_of import wheel_of
    return wheel_of(wheel_directory, "faulty", "1.0", "nothing")
"""
PYPROJECT = """
[build-system]
requires = {requires!r}
build-backend = "backend"
backend-path = ["."]
"""


@pytest.fixture
def index() -> Iterator[LocalIndex]:
    with local_index() as served:
        yield served


@pytest.fixture
def begin(
    index: LocalIndex, tmp_path: Path, environ: dict[str, str]
) -> Iterator[Callable[..., Session]]:
    """A session on the sdist of a project whose first hook runs ``code``."""
    sessions: list[Session] = []
    own = {
        **environ,
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "PYENV_ROOT": str(tmp_path / "none"),
        "HOME": str(tmp_path),
        "UV_CACHE_DIR": str(tmp_path / "uv"),
    }

    def make(code: str, requires: tuple[str, ...] = ()) -> Session:
        body = "\n".join(f"    {line}" for line in code.splitlines())
        files = {
            "faulty-1.0/pyproject.toml": PYPROJECT.format(requires=list(requires)),
            "faulty-1.0/backend.py": BACKEND.format(code=body),
            "faulty-1.0/wheel_of.py": WHEEL_OF,
            "faulty-1.0/PKG-INFO": "Metadata-Version: 2.1\nName: faulty\nVersion: 1.0\n",
        }
        uploaded = "2020-06-15T00:00:00.000000Z"
        index.add("faulty-1.0.tar.gz", tar_bytes(files), uploaded=uploaded)
        sessions.append(Session.create("faulty==1.0", environ=own, cwd=tmp_path))
        return sessions[-1]

    yield make
    for session in sessions:
        session.close()


@pytest.fixture
def settings(index: LocalIndex) -> Settings:
    return Settings(index_url=index.url, timeout=60)


def release(index: LocalIndex, folder: Path, name: str, version: str, year: int = 2019) -> None:
    wheel = write_wheel(folder, name, version)
    index.add(wheel.name, wheel.read_bytes(), uploaded=f"{year}-01-01T00:00:00.000000Z")


def results(search: Search) -> list[tuple[str, str | None]]:
    return [(trial.strategy, trial.judgement) for trial in search.trials]


def test_what_builds_is_left_alone(begin: Callable[..., Session], settings: Settings) -> None:
    search = find_cure(begin("pass"), settings)
    assert (search.ended, search.recipe, search.faults) == ("as published", None, ())
    assert results(search) == [("published", "works")]


def test_a_first_build_is_not_cut_off(begin: Callable[..., Session], settings: Settings) -> None:
    assert find_cure(begin("pass"), settings, budget=0.001).ended == "as published"


def test_a_first_failure_beyond_the_budget_is_told(
    begin: Callable[..., Session], settings: Settings
) -> None:
    search = find_cure(begin("import frobnic"), settings, budget=0.001)
    assert (search.ended, len(search.trials)) == ("budget", 1)
    assert [fault.id for fault in search.faults] == ["undeclared-build-requirement"]


def test_faults_are_cured_one_after_another(
    begin: Callable[..., Session], settings: Settings, index: LocalIndex, tmp_path: Path
) -> None:
    for name in ("frobnic", "quuxly"):
        release(index, tmp_path / "wheels", name, "1.0")
    session = begin("import frobnic\nimport quuxly")
    search = find_cure(session, settings)
    assert search.recipe is not None
    assert search.ended == "proven"
    assert set(search.recipe.extra) == {"frobnic", "quuxly"}
    assert [fault.id for fault in search.faults] == ["undeclared-build-requirement"] * 2
    proof = session.record.attempt(search.recipe.attempt or 0)
    assert (proof.outcome, proof.first_phase) == ("built", "source")
    assert all(run.from_ is None for run in proof.phases)


def test_a_remedy_that_did_not_help_is_no_part_of_the_recipe(
    begin: Callable[..., Session], settings: Settings, index: LocalIndex, tmp_path: Path
) -> None:
    release(index, tmp_path / "wheels", "frobnic", "1.0")
    code = (
        "import os\n"
        "try:\n    import frobnic\n"
        "except ImportError:\n"
        "    if 'FAULTY_ALLOW_OLD' not in os.environ:\n"
        "        raise SystemExit('this is deprecated; set FAULTY_ALLOW_OLD=1 to build it')\n"
        "    raise"
    )
    search = find_cure(begin(code), settings)
    assert search.recipe is not None
    assert search.recipe.proven
    assert (search.recipe.extra, search.recipe.env) == (("frobnic",), {})
    assert search.recipe.dropped == ("FAULTY_ALLOW_OLD=1",)


def test_the_older_index_comes_down_to_one_bound(
    begin: Callable[..., Session], settings: Settings, index: LocalIndex, tmp_path: Path
) -> None:
    for major in range(1, 10):
        release(index, tmp_path / "wheels", "frobnic", f"{major}.3", 2016 + major)
        release(index, tmp_path / "wheels", "bystander", f"{major}.0", 2016 + major)
    code = (
        "import frobnic\n"
        "if int(frobnic.VERSION.split('.')[0]) >= 7:\n"
        "    raise RuntimeError('something that no rule knows')"
    )
    search = find_cure(begin(code, ("frobnic", "bystander")), settings)
    assert search.recipe is not None
    assert search.recipe.proven
    assert search.recipe.constraints == ("frobnic<7",)
    assert search.recipe.exclude_newer is None
    assert "exclude-newer 2020-06-16" in search.recipe.dropped


def test_what_the_machine_lacks_is_named_and_not_proven(
    begin: Callable[..., Session], settings: Settings
) -> None:
    code = "raise RuntimeError('Error: pg_config executable not found.')"
    search = find_cure(begin(code), settings)
    assert search.ended == "system"
    assert search.recipe is not None
    assert not search.recipe.proven
    assert [need.name for need in search.recipe.system] == ["pg_config"]
    assert len(search.trials) == 1


def test_what_nothing_cures_ends_with_its_faults(
    begin: Callable[..., Session], settings: Settings
) -> None:
    code = "raise SystemExit('this package has been removed; please install other instead')"
    search = find_cure(begin(code), settings)
    assert (search.ended, search.recipe) == ("none", None)
    assert [fault.id for fault in search.faults] == ["deliberate-stop"]


def test_no_more_attempts_are_made_than_may_be(
    begin: Callable[..., Session], settings: Settings, index: LocalIndex, tmp_path: Path
) -> None:
    release(index, tmp_path / "wheels", "frobnic", "1.0")
    session = begin("import frobnic\nimport sys\nsys.exit('no rule knows this')")
    search = find_cure(session, settings, max_attempts=2)
    assert search.ended == "budget"
    assert len(session.record.attempts) == 2


def test_a_stop_ends_the_search(begin: Callable[..., Session], settings: Settings) -> None:
    stop = Stop()
    stop.request("stopped by the test")
    session = begin("pass")
    search = find_cure(session, settings, stop=stop)
    assert search.ended == "stopped"
    assert not session.record.attempts or session.record.attempts[0].outcome == "cancelled"


def test_a_build_with_changes_is_made_minimal_and_proven(
    begin: Callable[..., Session], settings: Settings, index: LocalIndex, tmp_path: Path
) -> None:
    for name in ("frobnic", "needless"):
        release(index, tmp_path / "wheels", name, "1.0")
    session = begin("import frobnic")
    session.run(settings)
    changed = msgspec.structs.replace(settings, extra=("frobnic", "needless"))
    built = session.retry(1, Request(settings=changed))
    search = find_cure(session, changed, base=built.id)
    assert search.recipe is not None
    assert search.recipe.proven
    assert search.recipe.extra == ("frobnic",)
    assert [fault.id for fault in search.faults] == ["undeclared-build-requirement"]
    assert ("minimise", "works") in results(search)


def test_trials_are_attempts_of_the_session_with_their_evidence(
    begin: Callable[..., Session], settings: Settings, index: LocalIndex, tmp_path: Path
) -> None:
    release(index, tmp_path / "wheels", "frobnic", "1.0")
    session = begin("import frobnic")
    search = find_cure(session, settings)
    made = {trial.attempt for trial in search.trials}
    assert made == {attempt.id for attempt in session.record.attempts}
    assert all(trial.judgement is not None and trial.told for trial in search.trials)
    for attempt in session.record.attempts:
        assert Path(attempt.phase("get_requires").stderr or "").is_file()

"""The state of a phase, entered: as it failed, or built anew as it was before."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from buildscope.errors import UsageError
from buildscope.model.settings import Request, Settings
from buildscope.phases.gate import Gate
from buildscope.session.places import cache_directory
from buildscope.session.runner import Runner
from buildscope.session.session import Session
from buildscope.session.states import enter
from tests.helpers.installing import fingerprint
from tests.helpers.waiting import wait_until
from tests.helpers.wheels import write_wheel

if TYPE_CHECKING:
    from collections.abc import Callable

    from buildscope.model.names import Phase
    from buildscope.session.states import Entered
    from tests.conftest import SessionFactory

    Enter = Callable[..., Entered]

HOOKS = """
import pathlib

def _note(hook):
    with open("hooks.log", "a") as log:
        log.write(hook + "\\n")

def get_requires_for_build_wheel(config_settings=None):
    _note("get_requires")
    return ["dynamic"]

_prepare, _build = prepare_metadata_for_build_wheel, build_wheel

def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    _note("prepare_metadata")
    return _prepare(metadata_directory, config_settings)

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    _note("build_wheel")
    if open("data.txt").read() != "good":
        raise ValueError("bad data")
    return _build(wheel_directory, config_settings, metadata_directory)
"""


@pytest.fixture
def links(tmp_path: Path) -> Path:
    write_wheel(tmp_path / "links", "static", "1.0")
    write_wheel(tmp_path / "links", "dynamic", "2.0")
    return tmp_path / "links"


@pytest.fixture
def settings(links: Path) -> Settings:
    return Settings(copy=True, extra=("static",), find_links=(str(links),), no_index=True)


@pytest.fixture
def staged(project: Path) -> Path:
    """A project with a dynamic requirement whose ``build_wheel`` fails."""
    with (project / "backend.py").open("a") as backend:
        backend.write(HOOKS)
    (project / "data.txt").write_text("bad")
    return project


@pytest.fixture
def failed(session_on: SessionFactory, staged: Path, settings: Settings) -> Session:
    """An attempt that failed in ``build_wheel``."""
    session = session_on(staged)
    assert session.run(settings).failed_phase == "build_wheel"
    return session


@pytest.fixture
def entering(environ: dict[str, str], tmp_path: Path) -> Enter:
    """``enter`` on a session's record as it is now."""

    def call(
        session: Session, phase: Phase | None = None, number: int = 1, *, before: bool = False
    ) -> Entered:
        return enter(session.record, number, phase, before=before, environ=environ, cwd=tmp_path)

    return call


def log(entered: Entered) -> list[str]:
    """The hooks that had run in the tree."""
    file = Path(entered.directory, "hooks.log")
    return file.read_text().split() if file.exists() else []


def packages(entered: Entered) -> list[str]:
    """What the environment's own Python can import, of what was installed."""
    code = (
        "import importlib.util as u; print(*(n for n in ('static', 'dynamic') if u.find_spec(n)))"
    )
    return _python(entered, code).split()


def _python(entered: Entered, code: str) -> str:
    done = subprocess.run(
        ["python", "-c", code],
        env=entered.environ,
        cwd=entered.directory,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def told(entered: Entered) -> str:
    return "\n".join(entered.words)


def test_as_it_failed_is_the_attempts_own_tree_and_environment(
    failed: Session, entering: Enter
) -> None:
    entered = entering(failed)
    source, environment = failed.record.attempt(1).source, failed.record.attempt(1).environment
    assert source is not None
    assert environment is not None
    assert entered.live
    assert (entered.directory, entered.python) == (source.project, environment.python)
    assert entered.title == "#1 after build_wheel"
    assert log(entered) == ["get_requires", "prepare_metadata", "build_wheel"]
    assert packages(entered) == ["static", "dynamic"]
    assert _python(entered, "import sys; print(sys.prefix)") == environment.path
    assert "stays changed" in told(entered)


@pytest.mark.parametrize(
    ("phase", "before", "hooks", "installed"),
    [
        ("static_requires", False, [], []),
        ("install_static", True, [], []),
        ("install_static", False, [], ["static"]),
        ("get_requires", True, [], ["static"]),
        ("get_requires", False, ["get_requires"], ["static"]),
        ("install_dynamic", True, ["get_requires"], ["static"]),
        ("install_dynamic", False, ["get_requires"], ["static", "dynamic"]),
        ("prepare_metadata", False, ["get_requires", "prepare_metadata"], ["static", "dynamic"]),
        ("build_wheel", True, ["get_requires", "prepare_metadata"], ["static", "dynamic"]),
    ],
)
def test_an_earlier_state_is_built_anew(
    failed: Session,
    entering: Enter,
    *,
    phase: Phase,
    before: bool,
    hooks: list[str],
    installed: list[str],
) -> None:
    entered = entering(failed, phase, before=before)
    assert not entered.live
    assert log(entered) == hooks
    assert packages(entered) == installed
    assert "a copy of the tree as it was" in entered.words
    assert "an environment made anew with the recorded versions" in entered.words
    assert entered.title == f"#1 {'before' if before else 'after'} {phase}"


def test_the_environment_is_that_of_the_hook(
    session_on: SessionFactory, staged: Path, settings: Settings, entering: Enter
) -> None:
    """Every variable that the hook had, and no other but the mark of the shell."""
    with (staged / "backend.py").open("a") as backend:
        backend.write(
            "\n\ndef get_requires_for_build_wheel(config_settings=None):\n"
            "    import json\n    print(json.dumps(dict(os.environ)))\n    raise SystemExit(1)\n"
        )
    session = session_on(staged)
    attempt = session.run(settings)
    run = attempt.phase("get_requires")
    assert run.stdout is not None
    had = json.loads(Path(run.stdout).read_text())
    entered = entering(session)
    ours = {name for name in had if name.startswith("_PYPROJECT_HOOKS_")} | {"LC_CTYPE"}
    given = {name: value for name, value in had.items() if name not in ours}
    marked = {"BUILDSCOPE_ATTEMPT": "1"}
    assert {name: value for name, value in entered.environ.items() if name not in ours} == {
        **given,
        **marked,
    }


def test_what_is_done_in_a_copy_reaches_neither_the_attempt_nor_the_next_copy(
    failed: Session, entering: Enter
) -> None:
    attempt = failed.record.attempt(1)
    assert attempt.source is not None
    assert attempt.environment is not None
    own = fingerprint(Path(attempt.source.tree)), fingerprint(Path(attempt.environment.path))
    first = entering(failed, "get_requires", before=True)
    Path(first.directory, "data.txt").write_text("good")
    module = Path(_python(first, "import static; print(static.__file__)"))
    module.write_text("spoilt")
    assert own == (
        fingerprint(Path(attempt.source.tree)),
        fingerprint(Path(attempt.environment.path)),
    )
    again = entering(failed, "get_requires", before=True)
    assert Path(again.directory, "data.txt").read_text() == "bad"
    assert _python(again, "import static; print(static.VERSION)") == "1.0"


def test_a_file_changed_in_one_environment_changes_no_other_and_not_the_installers_cache(
    session_on: SessionFactory, staged: Path, settings: Settings, entering: Enter
) -> None:
    """Hard links would do that: both files, and the cached one, would be the same."""
    session = session_on(staged)
    session.run(settings)
    session.retry(1, Request(settings=settings, start="source"))
    first, second = entering(session, number=1), entering(session, number=2)
    code = "import static; print(static.__file__)"
    module, other = Path(_python(first, code)), Path(_python(second, code))
    assert module != other
    with module.open("r+") as file:  # in place, as an editor that keeps the inode
        file.write("VERSION = 'x'")
    assert other.read_text() == "VERSION = '1.0'\n"
    third = session.retry(1, Request(settings=settings, start="source"))
    assert third.failed_phase == "build_wheel"
    fresh = entering(session, number=3)
    assert _python(fresh, "import static; print(static.VERSION)") == "1.0"
    assert module.stat().st_nlink == 1


def test_a_failed_state_can_be_entered_while_and_after_the_next_attempt_runs(
    failed: Session, settings: Settings, entering: Enter, tmp_path: Path
) -> None:
    good = tmp_path / "good"
    good.write_text("good")
    before = entering(failed, number=1)
    edited = msgspec.structs.replace(
        settings, edits={"data.txt": failed.keep_edit("data.txt", good)}
    )
    assert failed.retry(1, Request(settings=edited)).outcome == "built"
    after = entering(failed, number=1)
    assert after == before
    assert Path(after.directory, "data.txt").read_text() == "bad"
    built = entering(failed, number=2)
    assert built.live
    assert Path(built.directory, "data.txt").read_text() == "good"
    fresh = entering(failed, "build_wheel", 2, before=True)
    assert Path(fresh.directory, "data.txt").read_text() == "good"
    assert log(fresh) == ["get_requires", "prepare_metadata"]


def test_a_carried_phase_is_entered_where_it_ran(
    failed: Session, settings: Settings, entering: Enter
) -> None:
    failed.retry(1, Request(settings=settings))
    third = failed.retry(2, Request(settings=settings))
    assert third.phase("get_requires").status == "carried"
    entered = entering(failed, "get_requires", 3)
    assert entered.title == "#1 after get_requires"
    assert entered.words[0] == "get_requires was carried over from #1, where it ran"
    assert log(entered) == ["get_requires"]


def test_a_dirty_attempt_began_with_what_its_parent_left(
    failed: Session, settings: Settings, entering: Enter
) -> None:
    failed.retry(1, Request(settings=settings, here=True))
    before = entering(failed, "build_wheel", 2, before=True)
    assert log(before) == ["get_requires", "prepare_metadata", "build_wheel"]
    assert "a copy of the tree as #1 left it" in before.words
    after = entering(failed, number=2)
    assert after.live
    assert log(after)[2:] == ["build_wheel", "build_wheel"]
    parent = entering(failed, number=1)
    assert log(parent) == ["get_requires", "prepare_metadata", "build_wheel"]
    assert parent.python != after.python  # its environment is gone on in
    assert packages(parent) == ["static", "dynamic"]


def test_what_was_removed_is_made_anew_and_said(
    failed: Session, entering: Enter, environ: dict[str, str]
) -> None:
    attempt = failed.record.attempt(1)
    assert attempt.source is not None
    assert attempt.environment is not None
    shutil.rmtree(attempt.environment.path)
    entered = entering(failed)
    assert entered.python == attempt.environment.python
    assert packages(entered) == ["static", "dynamic"]
    assert "an environment made anew with the recorded versions" in entered.words
    shutil.rmtree(attempt.source.tree)
    entered = entering(failed)
    assert not entered.live
    assert log(entered) == ["get_requires", "prepare_metadata"]
    assert "the tree that was left is gone: a copy of it as it was before build_wheel" in told(
        entered
    )
    shutil.rmtree(cache_directory(environ) / "w" / failed.id.partition("-")[0] / "1" / "before")
    assert log(entering(failed)) == []


def test_versions_that_cannot_be_had_again_are_named(
    failed: Session, entering: Enter, links: Path
) -> None:
    attempt = failed.record.attempt(1)
    assert attempt.environment is not None
    shutil.rmtree(attempt.environment.path)
    next(links.glob("dynamic-*")).unlink()
    for _ in range(2):  # no half of an environment is left that would be taken for a whole one
        with pytest.raises(UsageError, match="the recorded versions cannot be installed again"):
            entering(failed)


def test_your_own_directory_and_environment_are_said_to_be_so(
    session_on: SessionFactory, staged: Path, entering: Enter
) -> None:
    session = session_on(staged)
    session.run(Settings(isolation=False, python=sys.executable))
    entered = entering(session)
    assert entered.directory == str(staged)
    assert entered.environ["PATH"].split(os.pathsep)[0] == str(Path(sys.executable).parent)
    assert "this is your own directory" in told(entered)
    assert "your own environment" in told(entered)
    assert "BUILDSCOPE_STATE_DIR" in entered.environ


def test_with_isolation_off_the_environment_is_the_recorded_one_with_its_layer(
    session_on: SessionFactory,
    staged: Path,
    links: Path,
    environ: dict[str, str],
    tmp_path: Path,
) -> None:
    session = session_on(staged)
    settings = Settings(
        isolation=False,
        python=sys.executable,
        extra=("static",),
        find_links=(str(links),),
        no_index=True,
        copy=True,
    )
    session.run(settings)
    elsewhere = {**environ, "VIRTUAL_ENV": "/nowhere"}
    entered = enter(session.record, 1, None, before=False, environ=elsewhere, cwd=tmp_path)
    assert _python(entered, "import static; print(static.VERSION)") == "1.0"
    early = enter(session.record, 1, "install_static", before=True, environ=elsewhere, cwd=tmp_path)
    assert "PYTHONPATH" not in early.environ


def test_a_secret_is_taken_from_the_users_environment_or_not_set(
    session_on: SessionFactory, staged: Path, environ: dict[str, str], tmp_path: Path
) -> None:
    session = session_on(staged)
    session.run(Settings(copy=True, env={"MY_TOKEN": "s3cret-value", "CC": "gcc"}))
    record = session.record
    without = enter(record, 1, None, before=False, environ=environ, cwd=tmp_path)
    assert "MY_TOKEN" not in without.environ
    assert without.environ["CC"] == "gcc"
    assert "MY_TOKEN is not in the record, as a secret: it is not set" in without.words
    own = {**environ, "MY_TOKEN": "another-value"}
    entered = enter(record, 1, None, before=False, environ=own, cwd=tmp_path)
    assert entered.environ["MY_TOKEN"] == "another-value"
    assert "MY_TOKEN is not in the record, as a secret: your own value is taken" in entered.words


def test_the_paused_state_is_entered_where_it_waits(
    environ: dict[str, str], staged: Path, settings: Settings, tmp_path: Path
) -> None:
    gate = Gate(before=["prepare_metadata"])
    session = Session.create(str(staged), environ=environ, cwd=tmp_path, gate=gate)
    runner = Runner(session)
    try:
        runner.start(settings)
        wait_until(lambda: gate.waiting is not None)
        entered = enter(session.record, 1, None, before=False, environ=environ, cwd=tmp_path)
        assert entered.title == "#1 before prepare_metadata"
        assert entered.live
        assert log(entered) == ["get_requires"]
        assert packages(entered) == ["static", "dynamic"]
        early = enter(session.record, 1, "get_requires", before=True, environ=environ, cwd=tmp_path)
        assert log(early) == []
    finally:
        runner.stop("stopped by you")
        runner.join(30)
        session.close()


def test_the_repeat_command_is_for_the_place_that_is_entered(
    failed: Session, entering: Enter, tmp_path: Path
) -> None:
    entered = entering(failed, "get_requires", before=True)
    assert entered.repeat is not None
    done = subprocess.run(
        ["sh", "-c", entered.repeat], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert '"dynamic"' in done.stdout
    assert log(entered) == ["get_requires"]


@pytest.mark.parametrize(
    ("number", "phase", "message"),
    [
        (7, None, "there is no attempt 7"),
        (1, "source", "#1 has no source tree to enter"),
        (1, "check", "check of #1 never ran"),
    ],
)
def test_what_cannot_be_entered_is_refused(
    failed: Session, entering: Enter, number: int, phase: Phase | None, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        entering(failed, phase, number)


def test_copies_of_processes_that_have_ended_go_away(
    failed: Session, entering: Enter, environ: dict[str, str]
) -> None:
    entered = entering(failed, "get_requires", before=True)
    views = cache_directory(environ) / "w" / failed.id.partition("-")[0] / "views"
    [own] = views.iterdir()
    assert entered.directory.startswith(str(own))
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    own.rename(old := own.with_suffix(f".{ended.pid}"))
    other = own.with_suffix(f".{os.getppid()}")
    other.mkdir()
    entering(failed, "get_requires", before=True)
    assert not old.exists()
    assert other.exists()

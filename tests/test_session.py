"""The engine as a library: phases in order, failures told, retries from what they touch."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from buildscope.errors import UsageError
from buildscope.journal.reader import Follower, read_session
from buildscope.journal.redact import Redactor
from buildscope.journal.spool import Spool
from buildscope.model.names import PHASES
from buildscope.model.run import Attempt, PhaseRun
from buildscope.model.settings import Request, Settings
from buildscope.process.stop import Stop
from buildscope.session.start import retry_start
from tests.helpers.waiting import wait_until

if TYPE_CHECKING:
    from tests.conftest import SessionFactory


def add(project: Path, code: str) -> None:
    """Append to the in-tree backend; later definitions win."""
    with (project / "backend.py").open("a") as backend:
        backend.write(f"\n\n{code}\n")


def statuses(attempt: Attempt) -> dict[str, str]:
    return {run.name: run.status for run in attempt.phases}


def test_a_build_from_nine_phases(session_on: SessionFactory, project: Path) -> None:
    attempt = session_on(project).run(Settings())

    assert attempt.outcome == "built"
    assert [run.name for run in attempt.phases] == list(PHASES)
    assert statuses(attempt) == {
        "source": "passed",
        "static_requires": "passed",
        "environment": "passed",
        "install_static": "skipped",
        "get_requires": "passed",
        "install_dynamic": "skipped",
        "prepare_metadata": "passed",
        "build_wheel": "passed",
        "check": "passed",
    }
    assert attempt.artifact is not None
    assert Path(attempt.artifact).name == "minimal-1.0-py3-none-any.whl"


def test_the_record_is_what_run_returned(session_on: SessionFactory, project: Path) -> None:
    session = session_on(project)
    attempt = session.run(Settings())
    assert read_session(session.directory).attempts == (attempt,)


def test_missing_optional_hooks_are_skipped_and_said(
    session_on: SessionFactory, project: Path
) -> None:
    add(project, "del get_requires_for_build_wheel, prepare_metadata_for_build_wheel")
    attempt = session_on(project).run(Settings())

    assert attempt.outcome == "built"
    for name in ("get_requires", "prepare_metadata"):
        run = attempt.phase(name)
        assert run.status == "skipped"
        assert "optional" in (run.note or "")
    metadata = attempt.phase("check").metadata
    assert metadata is not None
    assert ("Name", "minimal") in metadata.fields


def test_a_hook_that_raises_ends_the_build_there(session_on: SessionFactory, project: Path) -> None:
    add(project, "def get_requires_for_build_wheel(config_settings=None):\n    return 1 / 0")
    attempt = session_on(project).run(Settings())

    assert (attempt.outcome, attempt.failed_phase) == ("failed", "get_requires")
    run = attempt.phase("get_requires")
    assert run.exception is not None
    assert run.exception.type == "ZeroDivisionError"
    frame = run.exception.frames[-1]
    assert (frame.file, frame.source, frame.owner) == ("backend.py", "return 1 / 0", "project")
    assert statuses(attempt)["build_wheel"] == "pending"
    assert attempt.causes
    assert attempt.causes[0].attempt == 1


@pytest.mark.parametrize(
    ("hook", "said"),
    [
        ("def get_requires_for_build_wheel(config_settings=None): return 'numpy'", "str"),
        ("def get_requires_for_build_wheel(config_settings=None): return None", "None"),
        ("def build_wheel(*a, **k): return 'not-there-1.0-py3-none-any.whl'", "not-there"),
        ("def build_wheel(*a, **k): return 7", "7"),
    ],
)
def test_what_the_standard_forbids_is_refused(
    session_on: SessionFactory, project: Path, hook: str, said: str
) -> None:
    add(project, hook)
    attempt = session_on(project).run(Settings())

    assert attempt.outcome == "failed"
    assert attempt.causes[0].id == "hook-contract"
    assert attempt.failed_phase is not None
    failure = attempt.phase(attempt.failed_phase).failure
    assert failure is not None
    assert said in failure.message


@pytest.mark.parametrize(
    ("body", "code", "signal"),
    [
        ("os._exit(0)", 0, None),
        ("os._exit(3)", 3, None),
        ("os.kill(os.getpid(), 9)", None, "SIGKILL"),
    ],
)
def test_a_hook_that_dies_is_named(
    session_on: SessionFactory, project: Path, body: str, code: int | None, signal: str | None
) -> None:
    add(project, f"def build_wheel(*a, **k): {body}")
    attempt = session_on(project).run(Settings())

    assert attempt.failed_phase == "build_wheel"
    run = attempt.phase("build_wheel")
    assert (run.exit_code, run.signal) == (code, signal)
    assert attempt.causes[0].id == "hook-died"


def test_a_timeout_names_the_line(session_on: SessionFactory, project: Path) -> None:
    add(project, "def build_wheel(*a, **k):\n    import time\n    time.sleep(600)")
    attempt = session_on(project).run(Settings(timeout=1.0))

    assert attempt.failed_phase == "build_wheel"
    assert attempt.causes[0].id == "timeout"
    failure = attempt.phase("build_wheel").failure
    assert failure is not None
    assert failure.file == "backend.py"
    assert "time.sleep(600)" in failure.message


def test_a_stop_cancels_and_keeps_the_evidence(session_on: SessionFactory, project: Path) -> None:
    add(
        project,
        "def build_wheel(*a, **k):\n    print('begun', flush=True)\n    input_ = open(0).read()\n    import time\n    time.sleep(600)",
    )
    session, stop = session_on(project), Stop()
    ended: list[Attempt] = []
    thread = threading.Thread(target=lambda: ended.append(session.run(Settings(), stop)))
    thread.start()
    output = session.directory / "attempts" / "1" / "build_wheel" / "stdout"
    wait_until(lambda: output.exists() and b"begun" in output.read_bytes())
    stop.request("stopped by the user")
    thread.join()

    (attempt,) = ended
    assert (attempt.outcome, attempt.failed_phase) == ("cancelled", "build_wheel")
    assert attempt.phase("build_wheel").status == "cancelled"
    assert attempt.phase("build_wheel").stdout_lines == 1


def test_until_stops_after_a_phase(session_on: SessionFactory, project: Path) -> None:
    attempt = session_on(project).run(Settings(until="get_requires"))
    assert attempt.outcome == "stopped"
    assert statuses(attempt)["get_requires"] == "passed"
    assert statuses(attempt)["install_dynamic"] == "pending"


def test_metadata_alone(session_on: SessionFactory, project: Path) -> None:
    attempt = session_on(project).run(Settings(build="metadata"))
    assert attempt.outcome == "built"
    assert statuses(attempt)["build_wheel"] == "skipped"
    assert attempt.artifact is not None
    assert (Path(attempt.artifact) / "METADATA").is_file()


def test_metadata_from_the_wheel_where_the_hook_is_missing(
    session_on: SessionFactory, project: Path
) -> None:
    add(project, "del prepare_metadata_for_build_wheel")
    attempt = session_on(project).run(Settings(build="metadata"))
    assert attempt.outcome == "built"
    assert statuses(attempt)["build_wheel"] == "passed"


def test_the_wheel_goes_where_out_says(
    session_on: SessionFactory, project: Path, tmp_path: Path
) -> None:
    attempt = session_on(project).run(Settings(out=str(tmp_path / "out")))
    assert attempt.artifact == str(tmp_path / "out" / "minimal-1.0-py3-none-any.whl")
    assert Path(attempt.artifact).is_file()


def test_config_settings_and_variables_reach_the_hook(
    session_on: SessionFactory, project: Path
) -> None:
    add(
        project,
        "def get_requires_for_build_wheel(config_settings=None):\n"
        "    print(config_settings, os.environ['COLOUR'])\n    return []",
    )
    attempt = session_on(project).run(
        Settings(config_settings={"a": ["1", "2"]}, env={"COLOUR": "green"})
    )
    stdout = Path(attempt.phase("get_requires").stdout or "")
    assert stdout.read_text() == "{'a': ['1', '2']} green\n"


def test_a_secret_of_the_settings_is_nowhere_in_the_record(
    session_on: SessionFactory, project: Path
) -> None:
    secret = "tr0ub4dor-and-3"
    add(
        project,
        "def get_requires_for_build_wheel(config_settings=None):\n"
        "    mine = os.environ['MY_TOKEN']\n    print(mine)\n"
        "    raise ValueError('no entry with ' + mine)",
    )
    session = session_on(project)
    session.run(Settings(env={"MY_TOKEN": secret}))
    for path in session.directory.rglob("*"):
        if path.is_file():
            assert secret.encode() not in path.read_bytes(), path


def test_a_retry_carries_what_it_does_not_touch(session_on: SessionFactory, project: Path) -> None:
    add(
        project,
        "def build_wheel(*a, **k):\n"
        "    assert not os.path.exists('dirt'), 'dirty'\n    open('dirt', 'w').close()\n"
        "    raise KeyError(os.environ.get('CURE', 'none'))",
    )
    session = session_on(project)
    session.run(Settings())
    second = session.retry(1, Request(settings=Settings(env={"CURE": "yes"})))

    assert second.parent == 1
    assert second.label == "CURE=yes"
    assert second.changed == {"env": {"CURE": "yes"}}
    assert list(statuses(second).values())[:4] == ["carried"] * 4
    assert second.phase("source").from_ == 1
    exception = second.phase("build_wheel").exception
    assert exception is not None
    assert (exception.type, exception.message) == ("KeyError", "'yes'")
    first = session.record.attempt(1)
    assert first.source is not None
    assert second.source is not None
    assert second.source.tree != first.source.tree


@pytest.mark.parametrize(
    ("said", "first"),
    [
        ("Resolved 1 package\n   Building thing==1.0\n      Built thing==1.0\n", "install_static"),
        ("  Building wheel for thing (pyproject.toml): started\n", "install_static"),
        ("Resolved 1 package\nInstalled 1 package\n + thing==1.0\n", "get_requires"),
    ],
)
def test_a_variable_reaches_a_requirement_that_is_itself_built(
    tmp_path: Path, said: str, first: str
) -> None:
    spool = Spool(tmp_path, Redactor())
    spool.write("stderr", said.encode())
    spool.close()
    runs = [PhaseRun(name=name, status="passed", index=str(tmp_path / "lines")) for name in PHASES]
    parent = Attempt(id=1, phases=tuple(runs))
    assert retry_start(parent, Request(settings=Settings(env={"CC": "clang"}))) == first


def test_a_directory_is_built_in_place_and_never_reverted(
    session_on: SessionFactory, project: Path
) -> None:
    add(
        project,
        "def get_requires_for_build_wheel(config_settings=None):\n    open('made', 'w').close()\n    return []",
    )
    session = session_on(project)
    session.run(Settings())
    assert (project / "made").exists()
    (project / "made").write_text("mine now")
    session.retry(1, Request(settings=Settings(env={"A": "1"})))
    assert (project / "made").read_text() == "mine now"


def test_a_copy_leaves_the_directory_alone(session_on: SessionFactory, project: Path) -> None:
    add(
        project,
        "def get_requires_for_build_wheel(config_settings=None):\n    open('made', 'w').close()\n    return []",
    )
    session_on(project).run(Settings(copy=True))
    assert not (project / "made").exists()


def test_a_bad_interpreter_is_told_before_anything_runs(
    session_on: SessionFactory, project: Path
) -> None:
    session = session_on(project)
    with pytest.raises(UsageError, match=r"2\.0"):
        session.run(Settings(python="2.0"))
    assert session.record.attempts == ()
    session.discard()
    assert not session.directory.exists()


def test_two_sessions_at_once_do_not_meet(session_on: SessionFactory, project: Path) -> None:
    sessions = [session_on(project), session_on(project)]
    ended: list[Attempt] = []
    threads = [
        threading.Thread(target=lambda s=session: ended.append(s.run(Settings(copy=True))))
        for session in sessions
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [attempt.outcome for attempt in ended] == ["built", "built"]


def test_the_journal_can_be_followed_while_it_runs(
    session_on: SessionFactory, project: Path
) -> None:
    session = session_on(project)
    follower = Follower(session.directory)
    session.run(Settings())
    kinds = [type(event).__name__ for event in follower.poll()]
    assert kinds[:2] == ["SessionStarted", "AttemptStarted"]
    assert kinds[-1] == "AttemptEnded"
    lines = (session.directory / "journal.jsonl").read_text().splitlines()
    assert [json.loads(line)["event"] for line in lines] == kinds


def test_what_hooks_do_to_the_users_directory_is_kept(
    session_on: SessionFactory, project: Path
) -> None:
    (project / "old.txt").write_text("before")
    add(
        project,
        "def get_requires_for_build_wheel(config_settings=None):\n"
        "    os.remove('old.txt')\n    os.mkdir('deep')\n"
        "    open('deep/new.txt', 'w').write('made')\n    return []",
    )
    attempt = session_on(project).run(Settings())

    changes = attempt.tree_changes
    assert changes is not None
    assert "deep/new.txt" in changes.created
    assert changes.removed == ("old.txt",)
    assert (Path(changes.kept or "") / "deep" / "new.txt").read_text() == "made"

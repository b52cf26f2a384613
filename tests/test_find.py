"""Sessions found by what a user types, and listed without reading whole journals."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from buildscope.errors import UsageError
from buildscope.journal.redact import Redactor
from buildscope.journal.writer import JOURNAL, JournalWriter
from buildscope.model import events as ev
from buildscope.model.run import Attempt
from buildscope.model.settings import Settings
from buildscope.model.target import Target
from buildscope.session.find import find_attempt, find_session, session_directories
from buildscope.session.listed import Listed, list_sessions
from buildscope.session.lock import LOCK
from tests.helpers.records import session

if TYPE_CHECKING:
    from collections.abc import Callable

    from buildscope.model.names import Outcome, Phase


@pytest.fixture
def recorded(environ: dict[str, str]) -> Callable[..., Path]:
    """Journals with given ids; each is newer than the one before."""
    times = iter(range(1_700_000_000, 1_800_000_000, 60))

    def make(id_: str, *events: ev.Event) -> Path:
        directory = Path(environ["BUILDSCOPE_STATE_DIR"], "sessions", id_)
        directory.mkdir(parents=True)
        journal = JournalWriter(directory, Redactor())
        target = Target(text=f"{id_}==1", kind="requirement", requirement=f"{id_}==1")
        journal.write(ev.SessionStarted(at=1.0, id=id_, target=target, buildscope="0.1.0"))
        for event in events:
            journal.write(event)
        journal.close()
        at = next(times)
        os.utime(directory / JOURNAL, (at, at))
        return directory

    return make


def started(number: int) -> ev.AttemptStarted:
    return ev.AttemptStarted(at=2.0, attempt=number, settings=Settings(), label="as published")


def ended(number: int, outcome: Outcome = "built") -> ev.AttemptEnded:
    failed: Phase | None = "get_requires" if outcome == "failed" else None
    return ev.AttemptEnded(
        at=3.0, attempt=number, outcome=outcome, seconds=1.0, failed_phase=failed
    )


def test_ids_prefixes_paths_and_last(
    environ: dict[str, str], recorded: Callable[..., Path], tmp_path: Path
) -> None:
    first, second = recorded("abc-one"), recorded("abd-two")
    assert find_session("last", environ) == second
    assert find_session("abc-one", environ) == first
    assert find_session("abc", environ) == first
    assert find_session(str(first), environ) == first
    os.utime(first / JOURNAL)
    assert find_session("last", environ) == first
    assert find_session("abd-two", environ, cwd=tmp_path / "state" / "sessions") == second


def test_an_id_counts_above_a_longer_one_that_begins_with_it(
    environ: dict[str, str], recorded: Callable[..., Path]
) -> None:
    short = recorded("abc-x")
    recorded("abc-xy")
    assert find_session("abc-x", environ) == short


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("ab", "abd-two, abc-one"),
        ("two", "near: abd-two"),
        ("abx-two", "near: abd-two"),
        ("zzzzzzzzzz", "near: abd-two, abc-one"),
        ("", "near"),
    ],
)
def test_none_and_several_name_those_near(
    environ: dict[str, str], recorded: Callable[..., Path], named: str, said: str
) -> None:
    recorded("abc-one")
    recorded("abd-two")
    with pytest.raises(UsageError) as caught:
        find_session(named, environ)
    assert repr(named) in caught.value.message
    assert said in str(caught.value.hint)


@pytest.mark.parametrize("named", ["last", "abc"])
def test_where_nothing_is_recorded(environ: dict[str, str], named: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_session(named, environ)
    assert caught.value.hint
    assert list_sessions(environ) == []


def test_attempts_by_number(tmp_path: Path) -> None:
    record = session(tmp_path, Attempt(id=1), Attempt(id=2))
    assert find_attempt(record, None).id == 2
    assert find_attempt(record, 1).id == 1
    with pytest.raises(UsageError, match="no attempt 7") as caught:
        find_attempt(record, 7)
    assert caught.value.hint == "attempts: 1, 2"
    with pytest.raises(UsageError, match=r"no attempt$"):
        find_attempt(session(tmp_path), None)


def test_the_list_tells_of_the_last_attempt_the_newest_first(
    environ: dict[str, str], recorded: Callable[..., Path]
) -> None:
    recorded("a-built", started(1), ended(1, "failed"), started(2), ended(2))
    recorded("b-failed", started(1), ended(1, "failed"))
    recorded("c-empty")
    recorded("d-killed", started(1), ended(1), started(2))
    running = recorded("e-running", started(1))
    (running / LOCK).write_text(str(os.getpid()))
    listed = list_sessions(environ)
    assert [(one.id, one.attempts, one.words) for one in listed] == [
        ("e-running", 1, "running"),
        ("d-killed", 2, "interrupted"),
        ("c-empty", 0, "nothing run"),
        ("b-failed", 1, "failed in get_requires"),
        ("a-built", 2, "built"),
    ]
    assert listed[-1].target == "a-built==1"
    assert Path(listed[-1].directory) == session_directories(environ)[-1]
    assert list_sessions(environ, most=2) == listed[:2]


def test_a_torn_line_and_an_unreadable_session_are_passed_over(
    environ: dict[str, str], recorded: Callable[..., Path]
) -> None:
    torn = recorded("a-torn", started(1), ended(1))
    with (torn / JOURNAL).open("ab") as journal:
        journal.write(b'{"event":"AttemptStarted","at":9')
    other = recorded("b-other")
    (other / JOURNAL).write_text('{"event": "OfAnotherVersion"}\n')
    assert [(one.id, one.words) for one in list_sessions(environ)] == [("a-torn", "built")]


@pytest.mark.parametrize("lines", [0, 1, 200, 5000])
def test_what_stands_far_before_the_end_is_found(
    environ: dict[str, str], recorded: Callable[..., Path], lines: int
) -> None:
    told = ev.Fault(at=3.0, text='"event":"AttemptEnded" is quoted here ' * 4)
    recorded("long", started(1), ended(1, "failed"), started(2), *[told] * lines)
    (listed,) = list_sessions(environ)
    assert msgspec.structs.replace(listed, changed=0.0) == Listed(
        id="long",
        directory=str(session_directories(environ)[0]),
        target="long==1",
        started=1.0,
        changed=0.0,
        attempts=2,
        outcome="interrupted",
    )

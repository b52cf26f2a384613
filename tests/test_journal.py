"""The journal rebuilds a session; a kill loses at most the last event."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from buildscope.errors import UsageError
from buildscope.journal.reader import Follower, read_session
from buildscope.journal.redact import Redactor
from buildscope.journal.writer import JOURNAL, JournalWriter
from buildscope.model import events as ev
from buildscope.model.run import BackendFacts, Distribution, PhaseRun
from buildscope.model.settings import Settings
from buildscope.model.target import SourceFacts, Target

if TYPE_CHECKING:
    from pathlib import Path

STORY: tuple[ev.Event, ...] = (
    ev.SessionStarted(
        at=1, id="abc-x", target=Target(text="x", kind="requirement"), buildscope="0"
    ),
    ev.AttemptStarted(at=2, attempt=1, settings=Settings(), label="as published"),
    ev.PhaseStarted(at=3, attempt=1, run=PhaseRun(name="source", status="running", stdout="a/o")),
    ev.SourceObtained(at=3, attempt=1, source=SourceFacts(origin="sdist", tree="/t", project="/t")),
    ev.PhaseEnded(
        at=4, attempt=1, run=PhaseRun(name="source", status="passed", seconds=1.0, stdout="a/o")
    ),
    ev.BackendChosen(at=4, attempt=1, backend=BackendFacts(backend="b", requires=("setuptools",))),
    ev.PhaseEnded(
        at=5,
        attempt=1,
        run=PhaseRun(
            name="install_static",
            status="passed",
            installed=(Distribution(name="setuptools", version="80"),),
        ),
    ),
    ev.PhaseEnded(at=6, attempt=1, run=PhaseRun(name="get_requires", status="failed")),
    ev.AttemptEnded(at=7, attempt=1, outcome="failed", seconds=5, failed_phase="get_requires"),
    ev.AttemptStarted(
        at=8,
        attempt=2,
        parent=1,
        settings=Settings(env={"A": "1"}),
        label="A=1",
        first_phase="get_requires",
        carried={"source": 1, "static_requires": 1, "environment": 1, "install_static": 1},
    ),
)


def write(directory: Path, events: tuple[ev.Event, ...] = STORY) -> None:
    writer = JournalWriter(directory, Redactor())
    for event in events:
        writer.write(event)
    writer.close()


def test_a_session_is_rebuilt_from_its_files(tmp_path: Path) -> None:
    write(tmp_path)
    record = read_session(tmp_path)
    first, second = record.attempts
    assert first.outcome == "failed"
    assert first.failed_phase == "get_requires"
    assert first.phase("source").stdout == str(tmp_path / "a" / "o")
    assert first.phase("source").started == 3
    assert [run.status for run in second.phases[:5]] == [*["carried"] * 4, "pending"]
    assert second.phase("install_static").from_ == 1
    assert second.installed == (Distribution(name="setuptools", version="80"),)
    assert second.backend == first.backend
    assert second.source == first.source


def test_following_gives_the_same_as_reading(tmp_path: Path) -> None:
    follower = Follower(tmp_path)
    assert follower.poll() == []
    writer = JournalWriter(tmp_path, Redactor())
    for event in STORY:
        writer.write(event)
        assert follower.poll() == [event]
    writer.close()
    assert follower.record == read_session(tmp_path)


def test_a_kill_at_any_instant_loses_at_most_the_last_event(tmp_path: Path) -> None:
    write(tmp_path)
    whole = (tmp_path / JOURNAL).read_bytes()
    lines = whole.splitlines(keepends=True)
    for cut in random.Random(0).sample(range(len(lines[0]), len(whole)), 60):
        (tmp_path / JOURNAL).write_bytes(whole[:cut])
        follower = Follower(tmp_path)
        complete = whole[:cut].count(b"\n")
        assert follower.poll() == list(STORY[:complete])


def test_no_journal_is_a_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no session"):
        read_session(tmp_path)


def test_an_unknown_event_is_a_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / JOURNAL).write_text('{"event": "FromTheFuture"}\n')
    with pytest.raises(UsageError, match=r"no event of this version"):
        read_session(tmp_path)

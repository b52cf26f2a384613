"""A hook that says nothing, on the screen; and the backend's own logs in Output."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from buildscope.journal.deeds import REPORTS
from buildscope.model import events as ev
from buildscope.model.did import Stack
from buildscope.model.failure import Cause, Frame
from buildscope.model.run import BackendLog
from buildscope.model.waiting import ProcessState
from tests.helpers.screens import NARROW, opened

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.fake_session import FakeSession
    from tests.helpers.screens import Screen

STACK = (
    Frame(file="/e/setuptools/build_meta.py", line=9, function="run_setup", owner="backend"),
    Frame(
        file="setup.py",
        line=19,
        function="<module>",
        source="urlopen(URL).read()",
        context=("import x", "urlopen(URL).read()"),
        context_line=18,
        locals={"URL": "'https://example.org'"},
    ),
)
PROCESSES = (
    ProcessState(
        pid=7,
        parent=1,
        command=("python", "setup.py"),
        state="sleeping",
        cpu_seconds=0.5,
        age_seconds=900.0,
        waits="reads socket 10.0.0.1:443",
    ),
)


def silent(session: FakeSession) -> None:
    """A hook that began long ago and never printed anything."""
    session.started()
    session.phase_ended("source")
    session.source()
    base = f"attempts/{session.attempt}/get_requires"
    session.phase_started("get_requires", call="get_requires_for_build_wheel")
    run = session._runs["get_requires"]
    reports = session.directory / base / REPORTS
    reports.write_bytes(msgspec.json.encode(Stack(content=STACK)) + b"\n")
    run = msgspec.structs.replace(run, reports=f"{base}/{REPORTS}")
    session._runs["get_requires"] = run
    session._write(ev.PhaseStarted(at=session.now, attempt=session.attempt, run=run))
    session.processes = PROCESSES


def cancelled(session: FakeSession) -> None:
    silent(session)
    session.phase_ended("get_requires", "cancelled", stack=STACK, waiting=PROCESSES)
    session.ended("cancelled")


def timed_out(session: FakeSession) -> None:
    silent(session)
    session.phase_ended("get_requires", "failed", stack=STACK, waiting=PROCESSES)
    cause = Cause(id="timeout", confidence="certain", summary="it had not ended", attempt=1)
    session.ended("failed", cause, failed="get_requires")


def at(screen: Screen) -> str:
    return next(line for line in screen.lines if "at setup.py:19" in line)


async def test_where_a_silent_hook_stands_is_shown_by_itself(tmp_path: Path) -> None:
    async with opened(tmp_path, silent, running=True) as screen:
        await screen.until(lambda: "Where it stands" in screen.text)
        assert screen.app.main.scene.tab == "did"
        assert "stands at setup.py:19 urlopen(URL).read()" in screen.text
        assert "reads socket 10.0.0.1:443" in screen.text
        await screen.press("T")
        assert screen.focused == "traceback"
        assert "urlopen(URL).read()" in at(screen), screen.text
        assert "19 " in screen.text.partition("at setup.py:19")[2], screen.text


async def test_it_is_looked_at_again_after_some_time_only(tmp_path: Path) -> None:
    async with opened(tmp_path, silent, running=True) as screen:
        await screen.until(lambda: "Where it stands" in screen.text)
        assert screen.session.looked == 1
        screen.session.now += 9
        await screen.settled()
        assert screen.session.looked == 1
        screen.session.now += 2
        await screen.settled()
        assert screen.session.looked == 2


async def test_a_silence_ends(tmp_path: Path) -> None:
    async with opened(tmp_path, silent, running=True) as screen:
        await screen.until(lambda: "Where it stands" in screen.text)
        screen.session.printed("it goes on\n")
        await screen.until(lambda: "it goes on" in screen.text)
        assert "Where it stands" not in screen.text
        assert screen.app.main.scene.tab == "output"


async def test_where_it_stood_when_it_was_stopped(tmp_path: Path) -> None:
    for number, script in enumerate((cancelled, timed_out)):
        async with opened(tmp_path / str(number), script, NARROW) as screen:
            assert screen.app.main.scene.tab == "did"
            assert "Where it stood when it was stopped" in screen.text
            assert "urlopen(URL).read()" in at(screen)
            screen.app.main.did.go_to(1)
            assert screen.app.main._place() == ("setup.py", 19)


def with_logs(session: FakeSession) -> None:
    session.started()
    session.phase_ended("source")
    session.phase_started("get_requires")
    session.printed("the output\n")
    folder = session.directory / "attempts/1/get_requires/logs"
    folder.mkdir()
    text = "first line\nmeson.build:2:0: ERROR: Dependency lookup failed\n"
    (folder / "meson-log.txt").write_text(text)
    log = BackendLog(
        path=".mesonpy/meson-logs/meson-log.txt",
        file="attempts/1/get_requires/logs/meson-log.txt",
    )
    session.phase_ended("get_requires", "failed", logs=(log,))
    session.ended("failed", failed="get_requires")


async def test_o_goes_to_the_next_log_and_back(tmp_path: Path) -> None:
    async with opened(tmp_path, with_logs) as screen:
        await screen.press("O")
        if "meson-log.txt" not in screen.text:
            assert "the output" in screen.text
            assert "1/2 (O next)" in screen.text
            await screen.press("O")
        assert "meson-log.txt, 2 of 2; O goes to the next" in screen.footer
        assert "Dependency lookup failed" in screen.text
        await screen.press("slash")
        await screen.typed("first")
        await screen.press("enter")
        assert "1 of 1 lines that match" in screen.text
        await screen.press("O")
        assert "the output" in screen.text

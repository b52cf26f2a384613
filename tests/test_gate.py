"""Where an attempt pauses, and what lets it go on."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

import pytest

from buildscope.errors import Cancelled
from buildscope.journal.reader import Follower
from buildscope.model import events as ev
from buildscope.model.names import PHASES
from buildscope.model.settings import Settings
from buildscope.phases.gate import Gate
from buildscope.process.stop import Stop
from buildscope.session.runner import Runner
from tests.helpers.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from buildscope.model.names import Phase
    from buildscope.model.run import Attempt
    from buildscope.session.session import Session
    from tests.conftest import SessionFactory


def paused_at(gate: Gate) -> tuple[str, str] | None:
    pause = gate.waiting
    return None if pause is None else (pause.phase, pause.when)


class Stepped:
    """A build that is driven by hand."""

    @property
    def last(self) -> Attempt:
        last = self.session.record.last
        assert last is not None
        return last

    def __init__(self, session: Session, settings: Settings) -> None:
        self.session = session
        self.gate = session.gate
        self.runner = Runner(session)
        self.runner.start(settings)

    def wait(self) -> tuple[str, str] | None:
        """Where it pauses next, or ``None`` at its end."""
        wait_until(lambda: self.gate.waiting is not None or not self.runner.running)
        return paused_at(self.gate)


class Drive(Protocol):
    """Starts a build that is driven by hand."""

    def __call__(self, gate: Gate, settings: Settings | None = None) -> Stepped: ...


@pytest.fixture
def drive(session_on: SessionFactory, project: Path) -> Iterator[Drive]:
    driven: list[Stepped] = []

    def start(gate: Gate, settings: Settings | None = None) -> Stepped:
        session = session_on(project)
        session.gate = gate
        driven.append(Stepped(session, settings or Settings()))
        return driven[-1]

    yield start
    for one in driven:
        one.runner.stop("the test is over")
        one.runner.join(30)


def test_stepping_pauses_before_every_phase_that_runs(drive: Drive) -> None:
    build = drive(Gate(stepping=True))
    seen = []
    while (at := build.wait()) is not None:
        seen.append(at)
        build.gate.step()
    assert seen == [(name, "before") for name in PHASES]
    assert build.last.outcome == "built"


def test_breakpoints_before_and_after(drive: Drive) -> None:
    build = drive(Gate(before={"build_wheel"}, after={"get_requires"}))
    assert build.wait() == ("get_requires", "after")
    assert build.last.phase("get_requires").status == "passed"
    build.gate.resume()
    assert build.wait() == ("build_wheel", "before")
    assert build.last.phase("build_wheel").status == "pending"
    build.gate.resume()
    assert build.wait() is None
    assert build.last.outcome == "built"


def test_until_pauses_once_after_a_phase(drive: Drive) -> None:
    build = drive(Gate(stepping=True))
    build.wait()
    build.gate.run_until("prepare_metadata")
    assert build.wait() == ("prepare_metadata", "after")
    assert build.gate.waiting is not None
    assert build.gate.waiting.why == "until prepare_metadata"
    build.gate.resume()
    assert build.wait() is None


def test_the_record_tells_of_a_pause_and_forgets_it(drive: Drive) -> None:
    build = drive(Gate(before={"get_requires"}))
    build.wait()
    wait_until(lambda: build.last.paused is not None)
    pause = build.last.paused
    assert pause is not None
    assert (pause.phase, pause.when) == ("get_requires", "before")
    assert pause.why == "break before get_requires"
    assert pause.call == "get_requires_for_build_wheel"
    build.gate.resume()
    assert build.wait() is None
    events = Follower(build.session.directory).poll()
    kinds = [type(one) for one in events if isinstance(one, ev.Paused | ev.Resumed)]
    assert kinds == [ev.Paused, ev.Resumed]
    assert build.last.paused is None


def test_a_stop_ends_a_pause_and_the_attempt(drive: Drive) -> None:
    build = drive(Gate(before={"get_requires"}))
    build.wait()
    build.runner.stop("stopped by you")
    assert build.runner.join(30)
    last = build.last
    assert last.outcome == "cancelled"
    assert last.phase("install_static").status == "skipped"
    assert last.phase("get_requires").status == "pending"
    assert last.paused is None


def test_phases_that_are_skipped_as_asked_are_not_paused_at(drive: Drive) -> None:
    build = drive(Gate(before={"get_requires", "check"}), Settings(skip=("get_requires",)))
    assert build.wait() == ("check", "before")


def test_a_breakpoint_cycles() -> None:
    gate = Gate()
    phase: Phase = "check"
    assert [gate.cycle(phase) for _ in range(4)] == ["before", "after", "off", "before"]
    assert (set(gate.before), set(gate.after)) == ({"check"}, set())
    gate.set_breaks(before=(), after={"source"})
    assert (set(gate.before), set(gate.after)) == (set(), {"source"})


def test_asking_to_step_while_it_runs_pauses_at_the_next_boundary() -> None:
    gate = Gate()
    assert gate.pause_at("source", "before") is None
    gate.step()
    pause = gate.pause_at("static_requires", "before", "reads")
    assert pause is not None
    assert (pause.why, pause.call) == ("step", "reads")
    assert gate.pause_at("static_requires", "after") is None


def test_waiting_returns_when_let_go_and_raises_when_stopped() -> None:
    gate, stop = Gate(stepping=True), Stop()
    gate.pause_at("check", "before")
    thread = threading.Thread(target=gate.resume)
    thread.start()
    gate.wait(stop)
    thread.join()
    gate.step()
    gate.pause_at("check", "before")
    stop.request("enough")
    with pytest.raises(Cancelled, match="enough"):
        gate.wait(stop)
    assert gate.waiting is None

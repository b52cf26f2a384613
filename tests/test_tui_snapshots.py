"""How the main states look; the pictures under ``__snapshots__`` were judged by eye."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from buildscope.model.settings import Settings
from tests.helpers.fake_session import FakeSession
from tests.helpers.screens import NARROW, NORMAL, WIDE, make_app
from tests.helpers.searching import Searching, found_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from textual.pilot import Pilot

    from buildscope.tui.app import BuildscopeApp


@pytest.fixture(autouse=True)
def colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pictures have colours, whatever the terminal that runs the tests has."""
    monkeypatch.delenv("NO_COLOR", raising=False)


async def settle(pilot: Pilot[Any]) -> None:
    app: Any = pilot.app
    for _ in range(3):
        app.main.tick()
        await app.workers.wait_for_complete()
        await pilot.pause()


@contextmanager
def app_on(
    directory: Path, script: Callable[[FakeSession], object], *, running: bool = False
) -> Iterator[BuildscopeApp]:
    session = FakeSession(directory)
    script(session)
    app = make_app(session, running=running)
    try:
        yield app
    finally:
        session.finish()
        app.runner.join(30)
        session.close()


@pytest.mark.parametrize("size", [NARROW, NORMAL, WIDE], ids=["80", "120", "200"])
def test_failed(tmp_path: Path, snap_compare: Callable[..., bool], size: tuple[int, int]) -> None:
    with app_on(tmp_path, FakeSession.flash_attn_fails) as app:
        assert snap_compare(app, terminal_size=size, run_before=settle)


def test_running(tmp_path: Path, snap_compare: Callable[..., bool]) -> None:
    def story(session: FakeSession) -> None:
        session.flash_attn_fails()
        session.compiles(30)

    with app_on(tmp_path, story, running=True) as app:
        assert snap_compare(app, terminal_size=NORMAL, run_before=settle)


def test_paused(tmp_path: Path, snap_compare: Callable[..., bool]) -> None:
    def story(session: FakeSession) -> None:
        session.started()
        session.up_to_get_requires()
        session.paused("get_requires")
        session.gate.cycle("build_wheel")

    with app_on(tmp_path, story, running=True) as app:
        assert snap_compare(app, terminal_size=NORMAL, run_before=settle)


def test_warned(tmp_path: Path, snap_compare: Callable[..., bool]) -> None:
    with app_on(tmp_path, FakeSession.built_but_wrong) as app:
        assert snap_compare(app, terminal_size=NORMAL, run_before=settle)


def test_built(tmp_path: Path, snap_compare: Callable[..., bool]) -> None:
    with app_on(tmp_path, FakeSession.builds) as app:
        assert snap_compare(app, terminal_size=NORMAL, run_before=settle)


def test_retry_line(tmp_path: Path, snap_compare: Callable[..., bool]) -> None:
    async def type_a_change(pilot: Pilot[Any]) -> None:
        await settle(pilot)
        await pilot.press("a", *"torch", "space", "plus", *"packaging")
        await settle(pilot)

    with app_on(tmp_path, FakeSession.flash_attn_fails) as app:
        assert snap_compare(app, terminal_size=NORMAL, run_before=type_a_change)


def test_searching(tmp_path: Path, snap_compare: Callable[..., bool]) -> None:
    def story(session: FakeSession) -> None:
        session.flash_attn_fails()
        search = Searching(session)
        search.started()
        search.three_fail()
        search.tries(Settings(extra=("torch", "packaging")))
        session.phase_started("install_static")
        search.tries(Settings(python="3.9"), "another Python")
        session.phase_started("environment")

    with app_on(tmp_path, story, running=True) as app:
        assert snap_compare(app, terminal_size=NORMAL, run_before=settle)


def test_proven(tmp_path: Path, snap_compare: Callable[..., bool]) -> None:
    with app_on(tmp_path, found_all) as app:
        assert snap_compare(app, terminal_size=NORMAL, run_before=settle)

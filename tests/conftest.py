"""Fixtures that many tests need: places of their own, and projects to build."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from buildscope.session.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROJECTS = Path(__file__).parent / "projects"

# A busy machine makes no test fail.
hypothesis_settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what runs a hook on another Python than ours: dependencies have no part in that."""
    for item in items:
        callspec = getattr(item, "callspec", None)
        if callspec is not None and callspec.params.get("python", sys.executable) != sys.executable:
            item.add_marker("other_python")


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache for a whole run, so that bytecode and downloads are made once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def environ(tmp_path: Path, shared_cache: Path) -> dict[str, str]:
    """The caller's environment, with state and cache directories of the test's own."""
    kept = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    return {
        **kept,
        "BUILDSCOPE_STATE_DIR": str(tmp_path / "state"),
        "BUILDSCOPE_CACHE_DIR": str(shared_cache),
        "BUILDSCOPE_CONFIG_DIR": str(tmp_path / "config"),
    }


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the minimal project, whose in-tree backend needs no installation."""
    return Path(shutil.copytree(PROJECTS / "minimal", tmp_path / "minimal"))


class SessionFactory(Protocol):
    """Makes sessions that are closed when the test ends."""

    def __call__(self, target: Path | str) -> Session: ...


@pytest.fixture
def session_on(environ: dict[str, str], tmp_path: Path) -> Iterator[SessionFactory]:
    """Sessions on targets, closed at the end."""
    sessions: list[Session] = []

    def make(target: Path | str) -> Session:
        session = Session.create(str(target), environ=environ, cwd=tmp_path)
        sessions.append(session)
        return session

    yield make
    for session in sessions:
        session.close()


@pytest.fixture
def reopen(environ: dict[str, str], tmp_path: Path) -> Iterator[Callable[[Path], Session]]:
    """Opens recorded sessions, closed at the end."""
    sessions: list[Session] = []

    def open_again(directory: Path) -> Session:
        sessions.append(Session.open(directory, environ=environ, cwd=tmp_path))
        return sessions[-1]

    yield open_again
    for session in sessions:
        session.close()

"""Environments that a search drops, because they are large."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from buildscope.model.settings import Request, Settings
from buildscope.process.stop import Stop

if TYPE_CHECKING:
    from tests.conftest import SessionFactory


def test_a_dropped_environment_is_away_at_once_and_is_made_again(
    session_on: SessionFactory, project: Path
) -> None:
    session = session_on(project)
    first = session.run(Settings(copy=True, offline=True), Stop())
    assert first.environment is not None
    environment = Path(first.environment.path)
    assert environment.is_dir()
    session.drop_environment(first)
    assert not environment.exists()
    changed = Settings(copy=True, offline=True, env={"A": "1"})
    again = session.retry(first.id, Request(settings=changed), Stop())
    assert again.outcome == "built"
    session.close()
    assert not list(environment.parent.glob("*.dropped"))

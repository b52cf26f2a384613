"""What ``import buildscope`` offers in a script or a notebook."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import buildscope

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """
import json, sys
from buildscope import Gate, Request, Session, Settings

session = Session.create(sys.argv[1], gate=Gate())
first = session.run(Settings(copy=True))
second = session.retry(first.id, Request(settings=Settings(copy=True), start="get_requires"))
session.close()
again = Session.open(session.directory)
third = again.retry(2, Request(settings=Settings(copy=True, env={"A": "1"})))
again.close()
print(json.dumps({
    "outcomes": [one.outcome for one in (first, second, third)],
    "labels": [one.label for one in again.record.attempts],
    "textual": "textual" in sys.modules,
}))
"""


def test_a_script_builds_retries_and_opens_again_without_textual(
    project: Path, environ: dict[str, str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(project)],
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == {
        "outcomes": ["built", "built", "built"],
        "labels": ["as published", "from get_requires", "A=1"],
        "textual": False,
    }
    assert not done.stderr


@pytest.mark.parametrize("name", [name for name in buildscope.__all__ if name != "__version__"])
def test_every_name_is_there(name: str) -> None:
    assert getattr(buildscope, name).__name__ == name


def test_other_names_are_not() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = buildscope.Nothing

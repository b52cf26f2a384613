"""Real frontends on a project of ours, and the case of uv#1582."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest

from buildscope.errors import Cancelled
from buildscope.model.recipe import Cured, Recipe
from buildscope.model.run import Attempt, Interpreter, SessionRecord
from buildscope.model.settings import Settings
from buildscope.model.target import SourceFacts, Target
from buildscope.process.stop import Stop
from buildscope.repair.verify import as_published, verify_with

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from buildscope.model.recipe import Frontend

SETUP = (
    "import setuptools\n\nsetuptools.setup(setup_requires=['setuptools-odoo'], odoo_addon=True)\n"
)
MANIFEST = "{'name': 'Demo', 'version': '14.0.1.0.0', 'author': 'a', 'license': 'AGPL-3'}\n"


def session(project: Path, settings: Settings | None = None) -> SessionRecord:
    """A directory that was obtained for a first attempt, and no more."""
    source = SourceFacts(
        origin="directory", tree=str(project), project=str(project), archive=str(project)
    )
    attempt = Attempt(
        id=1,
        settings=settings or Settings(),
        interpreter=Interpreter(sys.executable, "3.11.7", "cpython"),
        source=source,
    )
    return SessionRecord(
        id="s",
        directory=str(project.parent / "session"),
        target=Target(text=str(project), kind="directory", path=str(project)),
        buildscope="0",
        started=0.0,
        attempts=(attempt,),
    )


def verified(
    project: Path, recipe: Recipe, frontends: Sequence[Frontend], **environ: str
) -> list[Cured]:
    return list(
        verify_with(
            session(project),
            recipe,
            frontends,
            environ={**os.environ, **environ},
            work=project.parent / "work",
            stop=Stop(),
        )
    )


def test_as_published_means_what_the_user_asked_for(project: Path) -> None:
    asked = Settings(constraints=("big==1",), find_links=("/wheels",), env={"A": "1"})
    recipe = as_published(session(project, asked))
    assert recipe == Recipe(
        proven=False,
        attempt=1,
        constraints=("big==1",),
        find_links=("/wheels",),
        env={"A": "1"},
    )


def test_without_a_shell_nothing_is_run(project: Path, tmp_path: Path) -> None:
    (cured,) = verified(project, Recipe(proven=True), ("uv",), PATH=str(tmp_path))
    assert (cured.before, cured.after) == (None, None)
    assert "sh" in cured.note


def test_a_stop_is_heeded(project: Path) -> None:
    stop = Stop()
    stop.request("user")
    with pytest.raises(Cancelled):
        next(
            verify_with(
                session(project),
                Recipe(proven=True),
                ("uv",),
                environ=os.environ,
                work=project.parent / "work",
                stop=stop,
            )
        )


def test_a_frontend_that_cannot_be_had_is_no_verdict(project: Path) -> None:
    record = session(project)
    gone = Interpreter("/no/such/python", "3.11.7", "cpython")
    record = msgspec.structs.replace(
        record, attempts=(msgspec.structs.replace(record.attempts[0], interpreter=gone),)
    )
    (cured,) = verify_with(
        record,
        Recipe(proven=True),
        ("uv",),
        environ=os.environ,
        work=project.parent / "work",
        stop=Stop(),
    )
    assert (cured.before, cured.after) == (None, None)
    assert "environment for uv" in cured.note


@pytest.mark.index
def test_uv_is_cured_of_a_joint_resolution(tmp_path: Path) -> None:
    """uv#1582 as it fails today; its package is a plugin's whole set-up, so it is made here."""
    project = tmp_path / "addon"
    addon = project / "odoo/addons/demo_addon"
    addon.mkdir(parents=True)
    (addon / "__init__.py").touch()
    (addon / "__manifest__.py").write_text(MANIFEST, "utf-8")
    (project / "setup.py").write_text(SETUP, "utf-8")
    before = sorted(project.rglob("*"))
    (cured,) = verified(project, Recipe(proven=True, constraints=("setuptools<82",)), ("uv",))
    assert (cured.frontend, cured.before, cured.after) == ("uv", False, True)
    assert sorted(project.rglob("*")) == before

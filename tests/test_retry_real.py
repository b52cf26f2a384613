"""A C file is mended and only what that touches runs again, with the backends of the index."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from buildscope.model.settings import Request, Settings
from tests.conftest import PROJECTS

if TYPE_CHECKING:
    from buildscope.model.run import Attempt
    from buildscope.session.session import Session
    from tests.conftest import SessionFactory

pytestmark = [pytest.mark.index, pytest.mark.timeout(600)]


def failed(session: Session, **config_settings: str) -> Settings:
    """The first attempt has failed in ``second.c``; the settings have that mended."""
    settings = Settings(copy=True, config_settings=dict(config_settings))
    first = session.run(settings)
    assert first.failed_phase == "build_wheel"
    assert first.source is not None
    path = next(Path(first.source.project).rglob("second.c"))
    mended = path.read_text().replace("answer_of_life", "42")
    new = session.directory / "mended.c"
    new.write_text(mended)
    name = path.relative_to(first.source.project).as_posix()
    return msgspec.structs.replace(settings, edits={name: session.keep_edit(name, new)})


def output(attempt: Attempt) -> str:
    run = attempt.phase("build_wheel")
    return "".join(Path(path).read_text() for path in (run.stdout, run.stderr) if path)


def carried(attempt: Attempt) -> int:
    return sum(run.status == "carried" for run in attempt.phases)


@pytest.fixture
def extension(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    return Path(shutil.copytree(PROJECTS / request.param, tmp_path / request.param))


@pytest.mark.parametrize("extension", ["c_extension"], indirect=True)
def test_setuptools_compiles_all_in_a_clean_tree_and_the_rest_here(
    session_on: SessionFactory, extension: Path
) -> None:
    session = session_on(extension)
    settings = failed(session)
    clean = session.retry(1, Request(settings=settings))
    assert (clean.outcome, clean.first_phase, carried(clean)) == ("built", "build_wheel", 7)
    assert "building 'first' extension" in output(clean)
    assert "building 'second' extension" in output(clean)

    here = session.retry(1, Request(settings=settings, here=True))
    assert (here.outcome, here.first_phase, here.dirty) == ("built", "build_wheel", True)
    assert "building 'first' extension" not in output(here)
    assert "building 'second' extension" in output(here)


@pytest.mark.parametrize("extension", ["meson_extension"], indirect=True)
def test_ninja_compiles_no_finished_object_here(
    session_on: SessionFactory, extension: Path
) -> None:
    session = session_on(extension)
    settings = failed(session, builddir="objects")
    compiled = "first.c.o -c"
    assert compiled in output(session.record.attempt(1))
    here = session.retry(1, Request(settings=settings, here=True))
    assert here.outcome == "built", output(here)
    assert compiled not in output(here)
    assert "second.c.o -c" in output(here)

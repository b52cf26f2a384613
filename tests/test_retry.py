"""Retries: from any phase, in a clean tree or here, with one thing changed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from buildscope.errors import UsageError
from buildscope.journal.writer import JOURNAL
from buildscope.model.settings import Request, Settings
from buildscope.session.start import retry_start
from tests.helpers.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from buildscope.model.names import Phase
    from buildscope.model.run import Attempt
    from buildscope.session.session import Session
    from tests.conftest import SessionFactory

HOOKS = """
import pathlib

def _note(hook):
    pathlib.Path("hooks.log").open("a").write(hook + "\\n")
    return pathlib.Path("hooks.log").read_text().split()

def get_requires_for_build_wheel(config_settings=None):
    _note("get_requires")
    pathlib.Path("made by get_requires").mkdir()
    pathlib.Path("made by get_requires", "file").write_text("1")
    pathlib.Path("to be removed").unlink()
    return []

_prepare = prepare_metadata_for_build_wheel

def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    _note("prepare_metadata")
    return _prepare(metadata_directory, config_settings)

_build = build_wheel

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    before = _note("build_wheel")
    print("calls", *before)
    print("removed", not pathlib.Path("to be removed").exists())
    print("made", pathlib.Path("made by get_requires", "file").read_text())
    print("metadata", sorted(os.listdir(metadata_directory)))
    print("data", pathlib.Path("data.txt").read_text().strip())
    if pathlib.Path("data.txt").read_text().strip() != "good":
        raise ValueError("bad data")
    return _build(wheel_directory, config_settings, metadata_directory)
"""


@pytest.fixture
def staged(project: Path) -> Path:
    """A project whose ``build_wheel`` fails until ``data.txt`` says ``good``."""
    with (project / "backend.py").open("a") as backend:
        backend.write(HOOKS)
    (project / "to be removed").write_text("")
    (project / "data.txt").write_text("bad\n")
    os.utime(project / "data.txt", (1_500_000_000, 1_500_000_000))
    return project


def statuses(attempt: Attempt) -> list[str]:
    return [run.status for run in attempt.phases]


def printed(attempt: Attempt) -> str:
    stdout = attempt.phase("build_wheel").stdout
    assert stdout is not None
    return Path(stdout).read_text()


def edit(session: Session, tmp_path: Path, path: str, text: str) -> Settings:
    new = tmp_path / "new text"
    new.write_text(text)
    return Settings(copy=True, edits={path: session.keep_edit(path, new)})


def test_only_the_failed_phase_runs_again_and_from_a_clean_tree(
    session_on: SessionFactory, staged: Path, tmp_path: Path
) -> None:
    session = session_on(staged)
    first = session.run(Settings(copy=True))
    assert first.failed_phase == "build_wheel"
    settings = edit(session, tmp_path, "data.txt", "good\n")
    second = session.retry(1, Request(settings=settings))

    assert second.outcome == "built"
    assert statuses(second) == ["carried"] * 7 + ["passed"] * 2
    assert second.label == "edit data.txt from build_wheel"
    assert printed(second).splitlines() == [
        "calls get_requires prepare_metadata build_wheel",
        "removed True",
        "made 1",
        "metadata ['METADATA']",
        "data good",
    ]


def test_the_failed_attempt_stays_as_it_was(
    session_on: SessionFactory, staged: Path, tmp_path: Path
) -> None:
    session = session_on(staged)
    session.run(Settings(copy=True))
    failed = session.record.attempt(1).source
    assert failed is not None
    before = {path: path.stat().st_mtime_ns for path in Path(failed.tree).rglob("*")}
    settings = edit(session, tmp_path, "data.txt", "good\n")
    second = session.retry(1, Request(settings=settings))
    assert second.source is not None
    assert second.source.tree != failed.tree
    assert {path: path.stat().st_mtime_ns for path in Path(failed.tree).rglob("*")} == before
    assert Path(failed.project, "data.txt").read_text() == "bad\n"
    assert (staged / "data.txt").read_text() == "bad\n"


def test_an_edit_that_is_taken_back_leaves_the_text_as_obtained(
    session_on: SessionFactory, staged: Path, tmp_path: Path
) -> None:
    session = session_on(staged)
    session.run(Settings(copy=True))
    settings = edit(session, tmp_path, "setup.cfg", "[x]\n")
    settings = Settings(
        copy=True, edits={**settings.edits, **edit(session, tmp_path, "data.txt", "odd").edits}
    )
    second = session.retry(1, Request(settings=settings))
    assert "data odd" in printed(second)
    assert statuses(second)[4] == "passed"
    third = session.retry(
        2, Request(settings=Settings(copy=True, edits={"setup.cfg": settings.edits["setup.cfg"]}))
    )
    assert third.label == "-data.txt from build_wheel"
    assert "data bad" in printed(third)
    assert third.source is not None
    assert Path(third.source.project, "setup.cfg").read_text() == "[x]\n"
    data = Path(third.source.project, "data.txt").stat()
    assert data.st_mtime == 1_500_000_000


def test_from_a_phase_runs_from_there(session_on: SessionFactory, staged: Path) -> None:
    session = session_on(staged)
    session.run(Settings())
    second = session.retry(1, Request(settings=Settings(), start="prepare_metadata"))
    assert statuses(second)[:8] == ["carried"] * 6 + ["passed", "failed"]
    assert second.label == "from prepare_metadata"
    assert "calls get_requires prepare_metadata build_wheel" in printed(second)
    third = session.retry(2, Request(settings=Settings(), start="source"))
    assert statuses(third)[:3] == ["passed"] * 3
    assert "calls get_requires prepare_metadata build_wheel" in printed(third)
    assert third.source is not None
    assert not third.source.in_place


@pytest.mark.parametrize("start", ["install_dynamic", "prepare_metadata"])
def test_what_get_requires_made_is_there_from_any_later_phase(
    session_on: SessionFactory, staged: Path, start: Phase
) -> None:
    session = session_on(staged)
    session.run(Settings(copy=True))
    second = session.retry(1, Request(settings=Settings(copy=True), start=start))
    assert printed(second).splitlines()[:3] == [
        "calls get_requires prepare_metadata build_wheel",
        "removed True",
        "made 1",
    ]


def test_after_a_failed_installation_the_tree_is_as_get_requires_left_it(
    session_on: SessionFactory, staged: Path, tmp_path: Path
) -> None:
    """Nothing had kept it but the attempt itself; what is edited on top is there too."""
    text = (staged / "backend.py").read_text().replace("return []", "return ['no-such-thing']", 2)
    (staged / "backend.py").write_text(text)
    session = session_on(staged)
    failing = Settings(copy=True, no_index=True, find_links=(str(tmp_path),))
    first = session.run(failing)
    assert first.failed_phase == "install_dynamic"
    second = session.retry(1, Request(settings=failing))
    assert statuses(second)[:6] == ["carried"] * 5 + ["failed"]
    assert second.source is not None
    assert Path(second.source.project, "made by get_requires", "file").read_text() == "1"
    skipping = Settings(copy=True, no_index=True, skip=("install_dynamic",))
    edited = edit(session, tmp_path, "data.txt", "good")
    third = session.retry(
        2, Request(settings=msgspec.structs.replace(skipping, edits=edited.edits))
    )
    assert third.outcome == "built"
    assert "calls get_requires prepare_metadata build_wheel" in printed(third)


def test_an_edit_of_a_grandparent_that_was_taken_back_is_not_in_a_retry(
    session_on: SessionFactory, staged: Path, tmp_path: Path
) -> None:
    """The attempt between failed before it kept a tree, so the grandparent's is gone on from."""
    session = session_on(staged)
    first = session.run(edit(session, tmp_path, "data.txt", "odd"))
    assert "data odd" in printed(first)
    broken = Settings(copy=True, no_index=True, extra=("no-such-thing",))
    second = session.retry(1, Request(settings=broken))
    assert second.failed_phase == "install_static"
    third = session.retry(2, Request(settings=Settings(copy=True)))
    assert "data bad" in printed(third)


def test_what_a_hook_made_of_an_edited_file_stays_in_a_retry(
    session_on: SessionFactory, staged: Path, tmp_path: Path
) -> None:
    with (staged / "backend.py").open("a") as backend:
        backend.write(
            "\n_requires = get_requires_for_build_wheel\n"
            "def get_requires_for_build_wheel(config_settings=None):\n"
            "    text = pathlib.Path('data.txt').read_text()\n"
            "    pathlib.Path('data.txt').write_text(text + ' and more')\n"
            "    return _requires()\n"
        )
    session = session_on(staged)
    settings = edit(session, tmp_path, "data.txt", "edited")
    first = session.run(settings)
    assert "data edited and more" in printed(first)
    second = session.retry(1, Request(settings=settings))
    assert statuses(second)[4] == "carried"
    assert "data edited and more" in printed(second)


def test_from_a_phase_that_comes_too_late_is_refused(
    session_on: SessionFactory, staged: Path
) -> None:
    session = session_on(staged)
    session.run(Settings())
    with pytest.raises(UsageError, match="from check is too late: build_wheel of #1 failed"):
        session.retry(1, Request(settings=Settings(), start="check"))
    request = Request(settings=Settings(constraints=("a<1",)), start="build_wheel")
    with pytest.raises(UsageError, match="the change touches install_static") as refused:
        session.retry(1, request)
    assert refused.value.hint is not None
    assert refused.value.hint.endswith("environment, install_static")
    assert len(session.record.attempts) == 1


def test_here_goes_on_in_the_tree_that_was_left(
    session_on: SessionFactory, staged: Path, tmp_path: Path
) -> None:
    session = session_on(staged)
    first = session.run(Settings(copy=True))
    assert first.source is not None
    assert first.environment is not None
    settings = edit(session, tmp_path, "data.txt", "good")
    second = session.retry(1, Request(settings=settings, here=True))

    assert (second.outcome, second.dirty) == ("built", True)
    assert second.label == "edit data.txt from build_wheel here"
    assert "calls get_requires prepare_metadata build_wheel build_wheel" in printed(second)
    assert second.source is not None
    assert second.source.tree == first.source.tree
    assert second.environment is not None
    assert second.environment.path == first.environment.path
    left = session.record.attempt(1).source
    assert left is not None
    assert left.tree != first.source.tree
    assert Path(left.project, "data.txt").read_text() == "bad\n"
    assert Path(left.project, "hooks.log").read_text().count("build_wheel") == 1


def test_a_clean_retry_of_a_dirty_attempt_is_clean(
    session_on: SessionFactory, staged: Path
) -> None:
    session = session_on(staged)
    session.run(Settings(copy=True))
    second = session.retry(1, Request(settings=Settings(copy=True), here=True))
    assert "build_wheel build_wheel" in printed(second)
    third = session.retry(2, Request(settings=Settings(copy=True)))
    assert not third.dirty
    assert "calls get_requires prepare_metadata build_wheel\n" in printed(third)


def test_retries_of_a_directory_copy_it_without_what_hooks_made(
    session_on: SessionFactory, staged: Path
) -> None:
    session = session_on(staged)
    session.run(Settings())
    assert (staged / "made by get_requires").is_dir()
    (staged / "data.txt").write_text("good\n")
    (staged / "to be removed").write_text("again")
    second = session.retry(1, Request(settings=Settings(), start="source"))
    assert second.outcome == "built"
    assert "calls get_requires prepare_metadata build_wheel\n" in printed(second)


def test_in_place_stays_in_the_directory_and_says_dirty(
    session_on: SessionFactory, staged: Path
) -> None:
    settings = Settings(in_place=True)
    session = session_on(staged)
    session.run(settings)
    (staged / "data.txt").write_text("good\n")
    second = session.retry(1, Request(settings=settings))
    assert second.outcome == "built"
    assert second.dirty
    assert second.source is not None
    assert second.source.tree == str(staged)
    assert (staged / "hooks.log").read_text().split()[-2:] == ["build_wheel", "build_wheel"]


def test_edits_are_never_put_into_the_users_own_directory(
    session_on: SessionFactory, staged: Path, tmp_path: Path
) -> None:
    session = session_on(staged)
    new = tmp_path / "new"
    new.write_text("good")
    first = session.run(Settings(edits={"data.txt": str(new)}))
    assert first.outcome == "not_obtained"
    failure = first.phase("source").failure
    assert failure is not None
    assert "your own files are never changed" in failure.message
    assert (staged / "data.txt").read_text() == "bad\n"


@pytest.mark.parametrize("path", ["../outside", "/etc/passwd", "a/../../b", ""])
def test_an_edit_stays_within_the_project(
    session_on: SessionFactory, staged: Path, tmp_path: Path, path: str
) -> None:
    session = session_on(staged)
    with pytest.raises(UsageError, match="is no file of the project"):
        edit(session, tmp_path, path, "x")


def test_kept_edits_outlive_their_file(
    session_on: SessionFactory, staged: Path, tmp_path: Path
) -> None:
    session = session_on(staged)
    new = tmp_path / "new"
    new.write_text("good")
    first = session.run(Settings(copy=True, edits={"data.txt": str(new)}))
    assert first.outcome == "built"
    new.unlink()
    kept = Path(first.settings.edits["data.txt"])
    assert kept.read_text() == "good"
    assert kept.is_relative_to(session.directory)


def test_warnings_of_carried_phases_are_repeated(session_on: SessionFactory, staged: Path) -> None:
    with (staged / "backend.py").open("a") as backend:
        backend.write(
            "\ndef prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):\n"
            "    name = _prepare(metadata_directory, config_settings)\n"
            "    file = pathlib.Path(metadata_directory, name, 'METADATA')\n"
            "    file.write_text(file.read_text().replace('Name:', 'License-File: LICENSE\\nName:'))\n"
            "    return name\n"
        )
    session = session_on(staged)
    first = session.run(Settings(copy=True))
    assert "metadata-field" in {warned.id for warned in first.warnings}
    second = session.retry(1, Request(settings=Settings(copy=True)))
    assert statuses(second)[6] == "carried"
    assert [(warned.id, warned.attempt) for warned in second.warnings] == [
        (warned.id, 2) for warned in first.warnings
    ]


def test_a_tree_made_ready_in_the_background_serves_one_retry(
    session_on: SessionFactory, staged: Path
) -> None:
    session = session_on(staged)
    session.run(Settings(copy=True))
    session.ready()
    second = session.retry(1, Request(settings=Settings(copy=True)))
    third = session.retry(1, Request(settings=Settings(copy=True)))
    for attempt in (second, third):
        assert "calls get_requires prepare_metadata build_wheel\n" in printed(attempt)
        assert attempt.source is not None
        assert f"{os.sep}{attempt.id}{os.sep}" in attempt.source.tree


def test_a_recorded_session_goes_on(
    session_on: SessionFactory, reopen: Callable[[Path], Session], staged: Path, tmp_path: Path
) -> None:
    session = session_on(staged)
    session.run(Settings(copy=True))
    settings = edit(session, tmp_path, "data.txt", "good")
    session.close()
    again = reopen(session.directory)
    again.keep_edit("data.txt", Path(settings.edits["data.txt"]))
    second = again.retry(1, Request(settings=settings))
    assert (second.id, second.outcome) == (2, "built")
    assert statuses(second) == ["carried"] * 7 + ["passed"] * 2


def test_a_session_in_use_is_not_opened_twice(
    session_on: SessionFactory, reopen: Callable[[Path], Session], staged: Path
) -> None:
    session = session_on(staged)
    with pytest.raises(UsageError, match=f"in use by another buildscope .process {os.getpid()}"):
        reopen(session.directory)
    session.close()
    assert reopen(session.directory).id == session.id


def test_a_killed_attempt_is_ended_and_a_torn_line_dropped(
    session_on: SessionFactory, reopen: Callable[[Path], Session], staged: Path
) -> None:
    session = session_on(staged)
    session.run(Settings(copy=True))
    session.close()
    journal = session.directory / JOURNAL
    lines = journal.read_bytes().splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if b'"AttemptEnded"' in line)
    journal.write_bytes(b"".join(lines[: at - 1]) + lines[at - 1][:20])
    again = reopen(session.directory)
    assert again.record.attempt(1).outcome == "interrupted"
    second = again.retry(1, Request(settings=Settings(copy=True)))
    assert second.id == 2
    assert second.outcome == "failed"


def test_nothing_of_one_attempt_shows_in_another(session_on: SessionFactory, staged: Path) -> None:
    session, other = session_on(staged), session_on(staged)
    first = session.run(Settings(copy=True))
    assert first.environment is not None
    site = next(Path(first.environment.path).glob("lib/python*/site-packages"))
    (site / "spoiled.pth").write_text("import sys; sys.exit('spoiled')\n")
    (site / "_virtualenv.py").write_text("raise SystemExit('spoiled')\n")
    for attempt in (
        session.retry(1, Request(settings=Settings(copy=True), start="environment")),
        session.retry(1, Request(settings=Settings(copy=True))),
        other.run(Settings(copy=True)),
    ):
        assert attempt.failed_phase == "build_wheel"
        exception = attempt.phase("build_wheel").exception
        assert exception is not None
        assert exception.message == "bad data"


def test_a_retry_of_a_built_attempt_builds_the_wheel_again(
    session_on: SessionFactory, project: Path
) -> None:
    session = session_on(project)
    first = session.run(Settings())
    assert retry_start(first, Request(settings=Settings())) == "build_wheel"
    second = session.retry(1, Request(settings=Settings()))
    assert second.outcome == "built"
    wait_until(lambda: session.record.last == second)

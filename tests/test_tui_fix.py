"""``f`` searches for a cure: live, at each of its ends, and why it may not apply."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import msgspec
import pytest

from buildscope.errors import UsageError
from buildscope.model import events as ev
from buildscope.model.failure import Remedy, SystemNeed
from buildscope.model.settings import Settings
from buildscope.model.target import SourceFacts
from buildscope.tui.screens.curing import no_cure
from buildscope.tui.view.edited import patch_rows
from buildscope.tui.view.followed import current_search, followed
from tests.helpers.fake_session import FakeSession, torch_cause
from tests.helpers.screens import NARROW, NORMAL, WIDE, opened
from tests.helpers.searching import RECIPE, Searching, found_all, zlib
from tests.helpers.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from buildscope.model.recipe import Recipe, SearchEnd
    from tests.helpers.screens import Screen

SIZES = pytest.mark.parametrize("size", [NARROW, NORMAL, WIDE], ids=["80", "120", "200"])
TWO_SIZES = pytest.mark.parametrize("size", [NARROW, NORMAL], ids=["80", "120"])


@asynccontextmanager
async def searching(
    directory: Path,
    size: tuple[int, int] = NORMAL,
    script: Callable[[FakeSession], object] = FakeSession.flash_attn_fails,
) -> AsyncIterator[tuple[Screen, Searching]]:
    """The debugger after ``f``; the search has begun and tried nothing."""
    async with opened(directory, script, size) as screen:
        search = Searching(screen.session)
        screen.app.main.search_from = search.from_
        try:
            await screen.press("f")
            wait_until(search.called.is_set)
            search.started()
            await screen.settled()
            yield screen, search
        finally:
            search.done.set()


async def ended(screen: Screen) -> None:
    """Wait until nothing runs, and the screen has seen it."""
    assert screen.app.runner.join(30)
    await screen.settled()
    await screen.settled()


def ends(kind: SearchEnd, recipe: Recipe | None = None) -> Callable[[FakeSession], None]:
    """A session in which a search ended so."""

    def script(session: FakeSession) -> None:
        session.flash_attn_fails()
        search = Searching(session)
        search.started()
        search.three_fail()
        search.ended(kind, recipe, told="it built once" if recipe is not None else "")

    return script


# While it runs


@SIZES
async def test_a_search_is_seen_live(tmp_path: Path, size: tuple[int, int]) -> None:
    async with searching(tmp_path, size) as (screen, search):
        assert search.asked == [1]
        assert "no result yet" in screen.text
        search.three_fail()
        search.tries(Settings(extra=("torch", "packaging")))
        screen.session.phase_started("install_static")
        await screen.settled()
        lines = [line.strip("▌ ") for line in screen.lines]
        first = next(line for line in lines if line.startswith("▸ Searching"))
        assert first.startswith("▸ Searching for a cure: trial 4, +torch +packaging")
        assert first.endswith(" s of 300 s")
        assert "setup.py line 19 imports torch, which nothing declares" in lines
        assert "tried 3: 1 new error, 2 same" in lines
        assert "new error: nvcc was not found: CUDA_HOME is not set" in screen.text
        assert "= buildscope fix flash-attn==2.5.0" in screen.text
        assert screen.footer.startswith("x stop  F tried")


async def test_trials_side_by_side(tmp_path: Path) -> None:
    async with searching(tmp_path) as (screen, search):
        search.tries(Settings(extra=("torch",)))
        screen.session.phase_started("install_static")
        search.tries(Settings(python="3.9"), "another Python")
        screen.session.phase_started("environment")
        await screen.settled()
        assert "trial 1, +torch" in screen.text
        assert "beside it: trial 2, python 3.9 · environment" in screen.text
        running = [line for line in screen.lines if "▸ #" in line]
        assert len(running) == 2
        assert "#2" in running[0]
        assert "install_static" in running[0]


async def test_a_long_table_is_followed_until_somebody_moves(tmp_path: Path) -> None:
    async with searching(tmp_path, NARROW) as (screen, search):
        for number in range(9):
            search.tries(Settings(constraints=(f"setuptools<{50 + number}",)))
            screen.session.ended("failed", failed="get_requires")
            search.judged("same error", "as before")
            await screen.settled()
        assert "setuptools<58" in screen.text
        await screen.press("g")
        search.tries(Settings(constraints=("setuptools<70",)))
        await screen.settled()
        assert "What was tried" in screen.text
        assert "#12" not in screen.text


async def test_enter_shows_the_attempt_of_a_trial_and_esc_the_search(tmp_path: Path) -> None:
    async with searching(tmp_path) as (screen, search):
        search.three_fail()
        search.tries(Settings(extra=("wheel",)))
        await screen.settled()
        await screen.press("g", "j", "j", "enter")
        assert "nvcc was not found: CUDA_HOME is not set" in screen.lines[2]
        assert "Phases of #2" in screen.text
        search.judged("same error", "as before")
        await screen.settled()
        assert "Phases of #2" in screen.text
        await screen.press("escape")
        assert "▸ Searching for a cure" in screen.text


async def test_the_newest_attempt_is_chosen_like_any_other(tmp_path: Path) -> None:
    async with searching(tmp_path) as (screen, search):
        search.three_fail()
        await screen.settled()
        screen.app.main.choose_attempt("4")
        assert screen.app.main.place.attempt == 4
        await screen.settled()
        assert "✗ setup.py line 19 imports torch" in screen.text
        await screen.press("F")
        assert "▸ Searching for a cure" in screen.text


async def test_x_twice_stops_it(tmp_path: Path) -> None:
    async with searching(tmp_path) as (screen, search):
        search.tries(Settings(extra=("torch",)))
        await screen.press("x")
        assert "x again stops the search" in screen.footer
        assert search.stop is not None
        assert not search.stop.requested
        await screen.press("x")
        assert search.stop.requested
        search.ended("stopped")
        await ended(screen)
        assert "x Search stopped: no proven cure in 1 attempt" in screen.text
        assert screen.footer.startswith("f find a fix")


async def test_a_search_does_not_pause(tmp_path: Path) -> None:
    async with searching(tmp_path) as (screen, _):
        for key in ("s", "c", "b"):
            await screen.press("x", key)
            assert "a search does not pause" in screen.footer
        assert not screen.session.gate.stepping
        assert not screen.session.gate.before


async def test_breakpoints_are_off_meanwhile_and_come_back(tmp_path: Path) -> None:
    async with opened(tmp_path, FakeSession.flash_attn_fails) as screen:
        gate = screen.session.gate
        gate.set_breaks(before=("check",), after=("source",))
        search = Searching(screen.session)
        screen.app.main.search_from = search.from_
        await screen.press("f")
        wait_until(search.called.is_set)
        assert not gate.before | gate.after
        search.started()
        search.ended("none")
        await ended(screen)
        assert gate.before == frozenset({"check"})
        assert gate.after == frozenset({"source"})


async def test_keys_that_act_wait_for_its_end(tmp_path: Path) -> None:
    async with searching(tmp_path) as (screen, search):
        await screen.press("f")
        assert "a search is running; x stops it" in screen.footer
        await screen.press("r")
        assert "the search is running: x stops it, then r retries" in screen.footer
        assert search.asked == [1]
        await screen.press("q")
        assert "the search is running: q again stops it and quits" in screen.footer


async def test_a_search_that_is_refused_says_why(tmp_path: Path) -> None:
    async with searching(tmp_path) as (screen, search):
        search.failure = UsageError("there is no Python 3.99 here")
        search.done.set()
        await ended(screen)
        assert "The search broke off after 0 attempts" in screen.text
        assert "there is no Python 3.99 here" in screen.text
        assert screen.app.exit_code() == 1


# Its ends


@TWO_SIZES
async def test_a_proof_is_shown_with_its_recipe(tmp_path: Path, size: tuple[int, int]) -> None:
    async with searching(tmp_path, size) as (screen, search):
        search.three_fail()
        proof = search.proves()
        await ended(screen)
        await screen.until(lambda: "▾ pip" in screen.text)
        assert "✓ PROVEN: flash_attn-2.5.0-py3-none-any.whl builds" in screen.text
        assert f"recipe  {RECIPE.summary}" in screen.text
        assert f"proof   attempt #{proof}, from zero and with nothing else, 38 s" in screen.text
        assert "not needed: setuptools<82" in screen.text
        assert "built without the CUDA extension" in screen.text
        assert "w   take it away" in screen.text
        assert "python3 -m venv build-env" in screen.text
        assert screen.footer.startswith("w take away  y copy  = compare")
        assert screen.app.exit_code() == 0


async def test_the_proof_is_selected_though_others_are_newer(tmp_path: Path) -> None:
    def script(session: FakeSession) -> None:
        session.flash_attn_fails()
        search = Searching(session)
        search.started()
        settings = Settings(extra=RECIPE.extra, env=RECIPE.env)
        search.tries(settings, begin=False)
        search.numbered(1, 2)
        session.builds(settings=settings, parent=1)
        search.judged("works", "builds")
        search.tries(Settings(extra=("torch<2.3",)), "without packaging", "minimise")
        search.fails_further()
        search.judged("new error", "needed: nvcc")
        search.ended("proven", msgspec.structs.replace(RECIPE, attempt=2))

    async with opened(tmp_path, script) as screen:
        assert "Phases of #2" in screen.text
        row = next(line for line in screen.lines if line.startswith(" ├ #2") or " #2 " in line[:6])
        assert "PROVEN" in row
        assert any(one.plain.strip() == "needed: nvcc" for one in screen.app.main.fix.rows)
        assert screen.app.exit_code() == 0
        await screen.press("equals_sign")
        assert "#1 as published" in screen.text
        assert "#2 +torch<2.3" in screen.text


async def test_texts_are_folded_copied_and_left_for_what_was_tried(tmp_path: Path) -> None:
    async with opened(tmp_path, found_all) as screen:
        await screen.until(lambda: "▾ pip" in screen.text)
        fix = screen.app.main.fix
        at = next(n for n, row in enumerate(fix.rows) if row.plain.startswith("▾ pip"))
        fix.go_to(at + 1)
        await screen.press("y")
        assert screen.app.clipboard.startswith("python3 -m venv build-env\n")
        fix.go_to(at)
        await screen.press("enter")
        assert "▸ pip" in screen.text
        assert not any("python3 -m venv" in row.plain for row in fix.rows)
        await screen.press("F")
        assert fix.rows[fix.cursor].plain.startswith("What was tried")
        await screen.press("F")
        assert fix.cursor == 0


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("none", "✗ No cure found in 3 attempts"),
        ("budget", "x The search's 300 s are used up: no proven cure in 3 attempts"),
        ("stopped", "x Search stopped: no proven cure in 3 attempts"),
    ],
)
async def test_without_a_cure_the_faults_stand_in_order(
    tmp_path: Path, kind: SearchEnd, told: str
) -> None:
    async with opened(tmp_path, ends(kind), NARROW) as screen:
        assert told in screen.text
        lines = [line.strip("▌ ") for line in screen.lines]
        assert "1  setup.py line 19 imports torch, which nothing declares" in lines
        assert "2  nvcc was not found: CUDA_HOME is not set" in lines
        assert "same error: setup.py line 19" in screen.text
        assert screen.app.main.scene.attempt is not None
        assert screen.app.main.scene.attempt.id == 1
        assert screen.app.exit_code() == 1


async def test_what_built_once_is_not_called_proven(tmp_path: Path) -> None:
    recipe = msgspec.structs.replace(RECIPE, proven=False, attempt=2)
    async with opened(tmp_path, ends("budget", recipe)) as screen:
        assert "it built once" in screen.text
        assert "Not proven" in screen.text
        assert "PROVEN" not in screen.text


async def test_what_the_machine_lacks(tmp_path: Path) -> None:
    async with opened(tmp_path, ends("system", zlib()), NARROW) as screen:
        await screen.until(lambda: "System packages" in screen.text)
        assert "install  sudo apt-get install zlib1g-dev" in screen.text
        assert "not proven: install it, then r builds it again" in screen.text
        assert "sudo dnf install zlib-devel" in screen.text
        assert "▾ pip" not in screen.text


async def test_other_needs_than_packages_are_told_too(tmp_path: Path) -> None:
    need = SystemNeed(kind="toolchain", name="CUDA")
    recipe = msgspec.structs.replace(zlib(), system=(need,), system_packages=("CUDA",))
    async with opened(tmp_path, ends("system", recipe)) as screen:
        assert "needed   the toolchain CUDA: no setting cures that" in screen.text
        assert "install  " not in screen.text


async def test_after_the_end_a_retry_is_followed_again(tmp_path: Path) -> None:
    async with opened(tmp_path, ends("none")) as screen:
        screen.session.called.clear()
        await screen.press("a")
        await screen.typed("wheel")
        await screen.press("enter")
        wait_until(screen.session.called.is_set)
        screen.session.now += 1
        screen.session.started(Settings(extra=("wheel",)), parent=1)
        screen.session.phase_started("install_static")
        await screen.settled()
        assert "install_static is running" in screen.text
        assert "Fix" in screen.text
        screen.session.finish()
        await ended(screen)
        assert current_search(screen.session.record) is None
        await screen.press("F")
        assert "What was tried" in screen.text


# Why it may not apply


def test_a_search_that_found_all_well_leaves_the_newest(tmp_path: Path) -> None:
    session = FakeSession(tmp_path)
    session.builds()
    search = Searching(session)
    search.started()
    search.ended("as published")
    record = session.record
    session.close()
    assert followed(record) is record.last


async def test_f_proves_what_builds_with_changes(tmp_path: Path) -> None:
    def script(session: FakeSession) -> None:
        session.flash_attn_fails()
        session.builds(settings=Settings(extra=("torch",)), parent=1)

    async with opened(tmp_path, script) as screen:
        assert screen.footer.startswith("f prove it")
        assert "f   prove it" in screen.text
    async with searching(tmp_path / "again", script=script) as (screen, search):
        assert search.asked == [2]
        search.base = 2
        search.tries(Settings(extra=("torch",)), "from zero", "prove")
        await screen.settled()
        assert "▸ Proving the cure from zero: trial 1, the recipe alone" in screen.text


def not_obtained(session: FakeSession) -> None:
    session.started()
    session.phase_ended("source", "failed")
    session.ended("not_obtained", failed="source")


def cancelled(session: FakeSession) -> None:
    session.started()
    session.ended("cancelled")


@pytest.mark.parametrize(
    ("script", "why"),
    [
        (FakeSession.builds, "it builds as published, so there is nothing to cure"),
        (found_all, "it is proven already: w takes the recipe away"),
        (not_obtained, "there is no source to cure"),
        (cancelled, "#1 did not run to its end"),
    ],
)
def test_what_a_search_cannot_begin_from(
    tmp_path: Path, script: Callable[[FakeSession], None], why: str
) -> None:
    session = FakeSession(tmp_path)
    script(session)
    record = session.record
    session.close()
    attempt = followed(record)
    assert attempt is not None
    assert why in no_cure(record, attempt)


async def test_f_says_why_it_does_not_apply(tmp_path: Path) -> None:
    async with opened(tmp_path, FakeSession.builds) as screen:
        await screen.press("f")
        assert "it builds as published" in screen.footer
        assert not screen.app.runner.running


async def test_f_waits_for_what_runs(tmp_path: Path) -> None:
    def script(session: FakeSession) -> None:
        session.flash_attn_fails()
        session.compiles()

    async with opened(tmp_path, script, running=True) as screen:
        await screen.press("f")
        assert "build_wheel is running: x stops it, then f" in screen.footer


async def test_without_a_search_there_is_no_tab_for_it(tmp_path: Path) -> None:
    async with opened(tmp_path, FakeSession.flash_attn_fails) as screen:
        assert "eXplain  Fix" not in screen.text
        await screen.press("F")
        assert "no cure was searched for yet: f searches for one" in screen.footer


async def test_the_palette_searches_too(tmp_path: Path) -> None:
    async with opened(tmp_path, FakeSession.flash_attn_fails) as screen:
        search = Searching(screen.session)
        screen.app.main.search_from = search.from_
        await screen.press("colon")
        await screen.typed("fix")
        await screen.press("enter")
        await screen.until(search.called.is_set)
        search.done.set()
        await ended(screen)


# Edits of a remedy


def test_a_patch_is_shown_by_its_hunks() -> None:
    patch = "diff --git a/s b/s\n--- a/s\n+++ b/s\n@@ -1,2 +1 @@\n--- a\n-b\n+c\n"
    assert [row.plain for row in patch_rows(patch, 80, 9)] == [
        " @@ -1,2 +1 @@",
        " --- a",
        " -b",
        " +c",
    ]
    assert [row.plain for row in patch_rows(patch, 80, 3)][-1] == " … 2 more lines of the change"
    assert [row.plain for row in patch_rows("it is gone", 80, 3)] == [" it is gone"]


@TWO_SIZES
async def test_the_retry_line_shows_what_an_edit_changes(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "setup.py").write_text("import torch\nsetup()\n")

    def script(session: FakeSession) -> None:
        session.started()
        at = str(source)
        facts = SourceFacts(origin="a directory", tree=at, project=at, archive=at)
        session.write(ev.SourceObtained(at=session.now, attempt=1, source=facts))
        remedy = Remedy(summary="do without torch", files={"setup.py": "setup()\n"})
        cause = msgspec.structs.replace(torch_cause(1), remedies=(remedy,))
        session.ended("failed", cause, failed="get_requires")

    async with opened(tmp_path / "s", script, size) as screen:
        await screen.press("1")
        await screen.until(lambda: "-import torch" in screen.text)
        assert " @@ -1,2 +1 @@" in screen.text

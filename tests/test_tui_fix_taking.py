"""What a search brings to taking away, and remedies that edit files to the retry line."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildscope.model.failure import Cause, Remedy
from tests.helpers.fake_session import FakeSession, no_torch
from tests.helpers.screens import NARROW, NORMAL, opened
from tests.helpers.searching import found_all

SIZES = pytest.mark.parametrize("size", [NARROW, NORMAL], ids=["80", "120"])


@SIZES
async def test_a_recipe_is_saved_in_the_words_of_a_tool(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    async with opened(tmp_path / "s", found_all, size) as screen:
        await screen.until(lambda: bool(screen.app.main.texts))
        await screen.press("w")
        assert "recipe-pip.sh" in screen.text
        await screen.press("enter")
        await screen.until((folder / "recipe-pip.sh").exists)
        assert "torch<2.3" in (folder / "recipe-pip.sh").read_text()
        await screen.until(lambda: "the recipe is in" in screen.footer)


async def test_other_attempts_offer_no_recipe(tmp_path: Path) -> None:
    async with opened(tmp_path, found_all) as screen:
        await screen.until(lambda: bool(screen.app.main.texts))
        screen.app.main.choose_attempt("1")
        await screen.press("w")
        assert "recipe-pip.sh" not in screen.text


def needs_an_edit(session: FakeSession) -> None:
    session.started()
    session.up_to_get_requires()
    session.phase_ended("get_requires", "failed", exit_code=1, exception=no_torch())
    remedy = Remedy(summary="import torch where it is used", files={"setup.py": "import os\n"})
    cause = Cause(
        id="undeclared-build-requirement",
        confidence="certain",
        attempt=1,
        summary="setup.py line 19 imports torch",
        remedies=(remedy,),
    )
    session.ended("failed", cause, failed="get_requires")


def edited(session: FakeSession) -> str:
    return Path(session.requests[0].settings.edits["setup.py"]).read_text()


async def test_a_remedy_that_edits_stands_on_the_retry_line(tmp_path: Path) -> None:
    async with opened(tmp_path, needs_an_edit) as screen:
        assert "edit setup.py" in screen.text
        await screen.press("1")
        assert screen.app.main.prompt is not None
        assert screen.app.main.prompt.line.value == "edit setup.py"
        assert "with your edit of setup.py" in screen.text
        await screen.press("enter")
        await screen.until(lambda: bool(screen.session.requests))
        assert edited(screen.session) == "import os\n"
        screen.session.finish()

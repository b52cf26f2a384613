"""The form of all settings of the attempt to come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from buildscope.errors import UsageError
from buildscope.model.settings import Request, Settings
from buildscope.tui.view.settings import FIELDS, Form, as_parent, settings_rows
from tests.helpers.choices import FakeChoices
from tests.helpers.screens import NARROW, NORMAL, opened

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.fake_session import FakeSession
    from tests.helpers.screens import Screen

SIZES = pytest.mark.parametrize("size", [NARROW, NORMAL], ids=["80", "120"])
ORDER = [field.name for field in FIELDS]


def failed(session: FakeSession) -> None:
    session.offered = FakeChoices()
    session.flash_attn_fails()


async def change(screen: Screen, name: str, text: str, *, clear: bool = False) -> None:
    """Move to a row, open its line, type and take over."""
    await screen.press("g", *("j" for _ in range(ORDER.index(name))), "enter")
    if clear:
        await screen.press("ctrl+u")
    await screen.typed(text)
    await screen.press("enter")


def row_of(screen: Screen, label: str) -> str:
    found = (line for line in screen.lines if line.strip().startswith(label))
    return " ".join(next(found).split())


@SIZES
async def test_each_row_has_its_value_and_how_to_change_it(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with opened(tmp_path, failed, size) as screen:
        await screen.press("f2")
        assert row_of(screen, "Python") == "Python default a version or a path, or default"
        assert row_of(screen, "Timeout") == "Timeout none seconds for each hook, or none"
        assert "on this machine: 3.13.1 3.11.7 3.9.20" in " ".join(screen.text.split())
        assert "off: takes /ml/.venv (Python 3.11.7) as it is" in screen.text
        assert "wanted setuptools>=40.8.0, found 39.0" in " ".join(screen.text.split())
        assert row_of(screen, "Retry from").startswith("Retry from get_requires changes nothing")
        assert row_of(screen, "= ") == "= buildscope retry fake --attempt 1"


@SIZES
async def test_what_differs_from_the_parent_says_so_and_the_twin_follows(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with opened(tmp_path, failed, size) as screen:
        await screen.press("f2")
        await change(screen, "python", "3.9.20")
        assert row_of(screen, "Python") == "Python 3.9.20 changed, was: default"
        await change(screen, "extra", "torch")
        await change(screen, "timeout", "600")
        assert row_of(screen, "Extra") == "Extra torch changed, was: none"
        assert row_of(screen, "Timeout") == "Timeout 600 s changed, was: none"
        told = "Retry from environment +torch python 3.9.20 timeout 600"
        assert row_of(screen, "Retry from") == told
        twin = "= buildscope retry fake --attempt 1 -p 3.9.20 -x torch --timeout 600"
        assert row_of(screen, "= ") == twin


async def test_r_runs_it(tmp_path: Path) -> None:
    async with opened(tmp_path, failed) as screen:
        await screen.press("f2")
        await change(screen, "constraints", "setuptools<82")
        await screen.press("R")
        await screen.until(lambda: len(screen.session.requests) == 1)
        request = screen.session.requests[0]
        assert request == Request(settings=Settings(constraints=("setuptools<82",)))
        assert "Settings for" not in screen.text


async def test_ctrl_r_takes_over_what_is_being_typed(tmp_path: Path) -> None:
    async with opened(tmp_path, failed) as screen:
        await screen.press("f2", "enter")
        await screen.typed("3.9.20")
        await screen.press("ctrl+r")
        await screen.until(lambda: len(screen.session.requests) == 1)
        assert screen.session.requests[0].settings == Settings(python="3.9.20")


async def test_a_line_is_checked_while_one_types_and_stays_when_wrong(tmp_path: Path) -> None:
    async with opened(tmp_path, failed) as screen:
        await screen.press("f2", "j", "enter")
        assert "Change  on or off" in screen.text
        await screen.typed("maybe")
        assert "isolation 'maybe' is not one of: on, off" in screen.text
        await screen.press("enter", "ctrl+r")
        assert screen.session.requests == []
        assert "isolation maybe" in screen.text
        await screen.press("escape")
        assert row_of(screen, "Isolation") == "Isolation on on or off"
        assert screen.footer.startswith("enter change")


async def test_tab_completes_pythons_and_names(tmp_path: Path) -> None:
    async with opened(tmp_path, failed) as screen:
        await screen.press("f2", "enter")
        await screen.typed("3.9")
        await screen.press("tab", "enter")
        assert row_of(screen, "Python") == "Python 3.9.20 changed, was: default"
        await screen.press("j", "j", "enter")
        await screen.typed("to")
        await screen.press("tab", "enter")
        assert row_of(screen, "Extra") == "Extra torch changed, was: none"


async def test_undo_sets_a_row_as_the_parent_has_it(tmp_path: Path) -> None:
    async with opened(tmp_path, failed) as screen:
        await screen.press("f2")
        await change(screen, "isolation", "off")
        assert "changed, was: on" in row_of(screen, "Isolation")
        await screen.press("u")
        assert row_of(screen, "Isolation") == "Isolation on on or off"
        assert "changes nothing" in row_of(screen, "Retry from")


async def test_from_and_here(tmp_path: Path) -> None:
    async with opened(tmp_path, failed) as screen:
        await screen.press("f2")
        await change(screen, "timeout", "from static_requires", clear=True)
        assert row_of(screen, "From") == "From static_requires changed, was: by what changed"
        await change(screen, "timeout", "here", clear=True)
        assert "here" in row_of(screen, "Tree")
        assert "--from static_requires --here" in row_of(screen, "= ")


async def test_without_an_environment_to_adopt_it_says_why(tmp_path: Path) -> None:
    def story(session: FakeSession) -> None:
        failed(session)
        session.offered = FakeChoices(adopted=UsageError("there is no environment"))

    async with opened(tmp_path, story) as screen:
        await screen.press("f2")
        assert "off: there is no environment" in screen.text


async def test_while_something_runs_nothing_is_lost(tmp_path: Path) -> None:
    def story(session: FakeSession) -> None:
        failed(session)
        session.compiles()

    async with opened(tmp_path, story, running=True) as screen:
        await screen.press("f2", "R")
        assert "build_wheel is running: stop it first (esc, then x)" in screen.footer
        assert "Settings for a retry of #2" in screen.text


async def test_before_anything_was_attempted(tmp_path: Path) -> None:
    async with opened(tmp_path, running=True) as screen:
        await screen.press("f2")
        assert "nothing was attempted yet" in screen.footer


def rows(parent: Settings, request: Request, width: int = 100) -> dict[str, str]:
    form = Form(parent, request, "source", {})
    told = (" ".join(one.plain.split()) for one in settings_rows(form, width))
    return {line.split()[0]: line for line in told}


def test_options_without_words_are_shown_too() -> None:
    settings = Settings(index_url="http://localhost/simple", offline=True)
    told = rows(settings, Request(settings=settings))
    assert told["Index"] == "Index url http://localhost/simple as at the start, not changed here"
    assert told["Offline"] == "Offline on as at the start, not changed here"
    assert "Find" not in told


def test_mappings_are_told_in_words() -> None:
    settings = Settings(
        env={"CC": "clang"},
        config_settings={"a": "b"},
        edits={"setup.py": "/s/edits/1/setup.py"},
        skip=("check",),
    )
    told = rows(Settings(), Request(settings=settings, here=True))
    assert told["Variables"] == "Variables CC=clang changed, was: none"
    assert told["Config"] == "Config settings a=b changed, was: none"
    assert told["Edited"] == "Edited files setup.py changed, was: none"
    assert told["Skipped"] == "Skipped phases check changed, was: none"
    assert told["Tree"] == "Tree here: as it was left, dirty changed, was: clean"


def test_rows_keep_to_the_width() -> None:
    settings = Settings(constraints=tuple(f"package-{n}<{n}" for n in range(40)))
    form = Form(Settings(), Request(settings=settings), "source", {"python": ("x " * 200,)})
    assert all(one.width <= 77 for one in settings_rows(form, 77))


@pytest.mark.parametrize("name", ["start", "here", "extra"])
def test_each_row_can_be_as_the_parent_has_it(name: str) -> None:
    request = Request(settings=Settings(extra=("torch",)), start="source", here=True)
    undone = as_parent(name, request, Settings())
    before = Request(settings=Settings())
    if name == "extra":
        assert undone.settings == before.settings
    else:
        assert getattr(undone, name) == getattr(before, name)
        assert undone.settings == request.settings

"""Adding requirements and turning isolation off on the retry line: what it offers and tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from buildscope.errors import UsageError
from buildscope.tui.view.names import known_names
from buildscope.tui.view.retry import completed
from tests.helpers.choices import FakeChoices
from tests.helpers.fake_session import FakeSession
from tests.helpers.screens import NARROW, NORMAL, opened

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SIZES = pytest.mark.parametrize("size", [NARROW, NORMAL], ids=["80", "120"])


def failed(choices: FakeChoices) -> Callable[[FakeSession], None]:
    def story(session: FakeSession) -> None:
        session.offered = choices
        session.flash_attn_fails()

    return story


@SIZES
async def test_several_are_added_and_checked_while_one_types(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with opened(tmp_path, failed(FakeChoices()), size) as screen:
        await screen.press("a")
        await screen.typed("to")
        await screen.press("tab")
        await screen.typed(" +packaging +num py")
        assert "neither to add a requirement nor how to constrain one" in screen.text
        await screen.press("backspace", "backspace", "backspace")
        assert "-x torch -x packaging -x num" in screen.text


@SIZES
async def test_isolation_off_says_which_environment_and_what_it_lacks(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    choices = FakeChoices()
    async with opened(tmp_path, failed(choices), size) as screen:
        await screen.press("i")
        told = " ".join(screen.text.split())
        assert "takes /ml/.venv (Python 3.11.7) as it is; what you add goes into a layer" in told
        assert "wanted setuptools>=40.8.0, found 39.0; wanted wheel, found none" in told
        assert choices.asked == ["None False setuptools>=40.8.0"]
        await screen.typed(" +torch")
        assert len(choices.asked) == 1
        assert "--no-isolation -x torch" in screen.text


async def test_another_python_is_another_environment(tmp_path: Path) -> None:
    choices = FakeChoices()
    async with opened(tmp_path, failed(choices)) as screen:
        await screen.press("i")
        await screen.typed(" python 3")
        assert choices.asked[-1] == "3 False setuptools>=40.8.0"


async def test_without_an_environment_it_says_why(tmp_path: Path) -> None:
    choices = FakeChoices(adopted=UsageError("there is no environment to build in"))
    async with opened(tmp_path, failed(choices)) as screen:
        await screen.press("i")
        assert "there is no environment to build in" in screen.text
        await screen.press("escape", "r")
        assert "there is no environment to build in" not in screen.text


def test_names_come_from_causes_then_declarations_then_what_is_installed(tmp_path: Path) -> None:
    session = FakeSession(tmp_path)
    session.flash_attn_fails()
    session.second_fails_further()
    first, second = session.record.attempts
    session.close()
    assert known_names(first) == ("torch", "setuptools")
    assert known_names(second) == ("setuptools", "torch")
    assert known_names(None) == ()


def test_requirements_of_the_metadata_are_known(tmp_path: Path) -> None:
    session = FakeSession(tmp_path)
    session.builds()
    names = known_names(session.record.attempts[0])
    session.close()
    assert names == ("setuptools", "torch", "einops", "packaging")


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        ("+to", "+torch"),
        ("+torch +pa", "+torch +packaging"),
        ("to", "torch"),
        ("python 3.9", "python 3.9.20"),
        ("edit s", "edit setup.py"),
        ("edit setup.py", None),
        ("from b", "from build_wheel"),
        ("+zzz", None),
    ],
)
def test_completion_on_the_retry_line(line: str, becomes: str | None) -> None:
    values = {"python": ("3.13.1", "3.9.20"), "edit": ("setup.py",)}
    assert completed(line, (), ("torch", "packaging"), values) == becomes

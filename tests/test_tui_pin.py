"""Pinning: the versions of a build dependency, from an index, with their dates."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from buildscope.configuration.files import UserFiles
from buildscope.configuration.index import index_configuration
from buildscope.errors import Cancelled, SourceError
from buildscope.model.settings import Settings
from buildscope.process.stop import Stop
from buildscope.session.releases import releases
from tests.helpers.choices import FakeChoices, release
from tests.helpers.local_index import local_index
from tests.helpers.screens import NARROW, NORMAL, opened

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from buildscope.session.choices import Release
    from tests.helpers.fake_session import FakeSession

SIZES = pytest.mark.parametrize("size", [NARROW, NORMAL], ids=["80", "120"])
FOUND = (
    release("90.0", "2026-11-01", why_not="needs Python >=3.12"),
    release("85.0", "2026-10-01"),
    release("84.2.1", "2026-09-01"),
    release("80.0", "2026-02-03", yanked=True),
    release("58.0.0", "2021-09-04"),
)


def story(choices: FakeChoices, settings: Settings | None = None) -> Callable[[FakeSession], None]:
    def tell(session: FakeSession) -> None:
        session.offered = choices
        session.flash_attn_fails()
        if settings is not None:
            session.started(settings, parent=1)
            session.installed("install_static", "setuptools 84.2.1")
            session.ended("failed", failed="get_requires")

    return tell


def shown(lines: list[str]) -> list[str]:
    return [" ".join(line.split()) for line in lines]


@SIZES
async def test_versions_stand_newest_first_with_dates(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    choices = FakeChoices(FOUND)
    async with opened(tmp_path, story(choices), size) as screen:
        await screen.press("E", "G", "p")
        lines = shown(screen.lines)
        assert lines[0].startswith("Versions of setuptools")
        assert lines[1] == "installed 84.2.1 · declared setuptools>=40.8.0 · not pinned"
        assert lines[3:8] == [
            "90.0 2026-11-01 needs Python >=3.12",
            "85.0 2026-10-01",
            "84.2.1 2026-09-01 installed",
            "80.0 2026-02-03 yanked",
            "58.0.0 2021-09-04",
        ]
        assert choices.asked == ["setuptools None 3.11.7"]


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("j", "j", "enter"), "setuptools==58.0.0"),
        (("j", "j", "less_than_sign"), "setuptools<58.0.0"),
        (("enter",), "setuptools==84.2.1"),
    ],
)
async def test_a_version_goes_to_the_retry_line(
    tmp_path: Path, keys: tuple[str, ...], line: str
) -> None:
    async with opened(tmp_path, story(FakeChoices(FOUND))) as screen:
        await screen.press("E", "G", "p", *keys)
        assert screen.app.main.prompt is not None
        assert screen.app.main.prompt.line.value == line
        assert f"constrains {line}" in screen.text
        assert "-c '" in screen.text or f"-c {line}" in screen.text


async def test_a_click_takes_a_version(tmp_path: Path) -> None:
    async with opened(tmp_path, story(FakeChoices(FOUND))) as screen:
        await screen.press("E", "G", "enter")
        row = next(at for at, text in enumerate(screen.lines) if "58.0.0" in text)
        await screen.pilot.click(offset=(3, row))
        await screen.settled()
        assert screen.app.main.prompt is not None
        assert screen.app.main.prompt.line.value == "setuptools==58.0.0"


async def test_unpin(tmp_path: Path) -> None:
    pinned = Settings(constraints=("setuptools==84.2.1",))
    async with opened(tmp_path, story(FakeChoices(FOUND), pinned)) as screen:
        await screen.press("E", "G", "p")
        assert "you have setuptools==84.2.1" in screen.text
        await screen.press("u")
        assert screen.app.main.prompt is not None
        assert screen.app.main.prompt.line.value == "-setuptools"
        assert "takes away setuptools" in screen.text


async def test_what_is_not_pinned_cannot_be_unpinned(tmp_path: Path) -> None:
    async with opened(tmp_path, story(FakeChoices(FOUND))) as screen:
        await screen.press("E", "G", "p", "u")
        assert screen.footer == "setuptools is not pinned"


async def test_elsewhere_p_goes_to_environment_first(tmp_path: Path) -> None:
    async with opened(tmp_path, story(FakeChoices(FOUND))) as screen:
        await screen.press("p")
        assert screen.app.main.scene.tab == "environment"
        assert "choose a distribution with j and k, then p pins it" in screen.footer
        await screen.press("g", "p")
        assert "no distribution on this row" in screen.footer


async def test_while_the_index_is_asked_it_says_so(tmp_path: Path) -> None:
    hold = threading.Event()
    choices = FakeChoices(FOUND, hold=hold)
    async with opened(tmp_path, story(choices)) as screen:
        await screen.pilot.press("E", "G", "p")
        await screen.pilot.pause()
        assert "asking the index …" in screen.text
        await screen.pilot.press("enter")
        assert "there is nothing to take on this row" in screen.footer
        hold.set()
        await screen.until(lambda: "58.0.0" in screen.text)


async def test_an_index_that_does_not_answer_is_not_waited_for(tmp_path: Path) -> None:
    choices = FakeChoices(FOUND, hold=threading.Event())
    async with opened(tmp_path, story(choices)) as screen:
        await screen.pilot.press("E", "G", "p")
        await screen.pilot.pause()
        await screen.pilot.press("escape")
        await screen.settled()
        assert choices.stops[0].requested
        assert "Versions of" not in screen.text


async def test_a_failure_is_one_sentence(tmp_path: Path) -> None:
    error = SourceError("setuptools has no releases", hint="look at --index-url")
    async with opened(tmp_path, story(FakeChoices(error))) as screen:
        await screen.press("E", "G", "p")
        assert "setuptools has no releases. look at --index-url" in screen.text


# What the index says


def asked(
    url: str, *, exclude_newer: str | None = None, offline: bool = False, stop: Stop | None = None
) -> tuple[Release, ...]:
    settings = Settings(index_url=url, offline=offline)
    configuration = index_configuration(settings, {}, user=UserFiles())
    return releases("Demo", configuration, "3.9.1", stop or Stop(), exclude_newer=exclude_newer)


def test_wheels_and_sdists_count_and_the_first_upload_dates_a_version() -> None:
    with local_index() as index:
        index.add("demo-1.0.tar.gz", uploaded="2020-05-01T00:00:00Z")
        index.add("demo-1.0-py3-none-any.whl", b"", uploaded="2020-04-01T00:00:00Z")
        index.add("demo-2.0-py3-none-any.whl", b"", uploaded="2021-01-01T00:00:00Z")
        index.add("demo-1.5.tar.gz", yanked="broken")
        index.add("demo-10.0.tar.gz", requires_python=">=3.10")
        index.add("demo-1.2.tar.gz", uploaded=None)
        found = asked(index.url)
    told = [(one.version, one.yanked, one.why_not) for one in found]
    assert told == [
        ("10.0", False, "needs Python >=3.10"),
        ("2.0", False, None),
        ("1.5", True, None),
        ("1.2", False, None),
        ("1.0", False, None),
    ]
    dates = {one.version: one.uploaded and f"{one.uploaded:%Y-%m-%d}" for one in found}
    assert (dates["1.0"], dates["2.0"], dates["1.2"]) == ("2020-04-01", "2021-01-01", None)


def test_a_version_after_the_cutoff_says_so() -> None:
    with local_index() as index:
        index.add("demo-1.0.tar.gz", uploaded="2020-05-01T00:00:00Z")
        index.add("demo-2.0.tar.gz", uploaded="2022-05-01T00:00:00Z")
        found = asked(index.url, exclude_newer="2021-01-01")
    assert [one.why_not for one in found] == ["after the cutoff", None]


def test_an_unknown_name() -> None:
    with local_index() as index, pytest.raises(SourceError, match="Demo has no releases"):
        asked(index.url)


def test_an_index_that_is_not_there() -> None:
    with local_index() as index:
        url = index.url
    with pytest.raises(SourceError):
        asked(url)


def test_offline_no_index_is_asked() -> None:
    with local_index() as index, pytest.raises(SourceError, match="offline"):
        asked(index.url, offline=True)
    assert index.requests == []


def test_a_stop_ends_the_question() -> None:
    stop = Stop()
    stop.request("closed")
    with local_index() as index:
        index.add("demo-1.0.tar.gz")
        with pytest.raises(Cancelled):
            asked(index.url, stop=stop)


def test_a_password_of_the_index_is_not_told() -> None:
    with local_index() as index, pytest.raises(SourceError) as caught:
        asked(index.url_with("me", "s3cret-word"))
    assert "s3cret-word" not in f"{caught.value.message} {caught.value.hint}"

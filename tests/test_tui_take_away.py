"""Taking away: the wheel, reports, command lines and the patch, into files here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from buildscope.tui.screens.taking import free_name
from tests.helpers.fake_session import FakeSession
from tests.helpers.screens import NARROW, NORMAL, WIDE, opened

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.screens import Screen

SIZES = pytest.mark.parametrize("size", [NARROW, NORMAL], ids=["80", "120"])


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


async def take(screen: Screen, label: str) -> None:
    await screen.press("w")
    rows = [line.strip() for line in screen.lines if line.strip()]
    at = next(number for number, line in enumerate(rows) if line.startswith(label))
    first = next(number for number, line in enumerate(rows) if line.startswith("report"))
    await screen.press(*("j" if at > first else "k" for _ in range(abs(at - first))), "enter")


@SIZES
async def test_what_is_not_there_says_why(tmp_path: Path, size: tuple[int, int]) -> None:
    async with opened(tmp_path / "s", FakeSession.flash_attn_fails, size) as screen:
        await screen.press("w")
        told = [" ".join(line.split()) for line in screen.lines]
        assert told[0].startswith("Take away from #1")
        assert "wheel attempt 1 built none" in told
        assert "patch no file was edited" in told
        assert any(line.startswith("Files go to") for line in told)
        await screen.press("escape")
        assert "imports torch" in screen.text


@SIZES
async def test_a_report_goes_to_a_file_here(
    tmp_path: Path, here: Path, size: tuple[int, int]
) -> None:
    async with opened(tmp_path / "s", FakeSession.flash_attn_fails, size) as screen:
        await take(screen, "report")
        written = here / "flash-attn-attempt-1.md"
        assert screen.footer.startswith("written, and its path copied: ")
        assert "imports torch, which nothing declares" in written.read_text("utf-8")
        assert screen.app.clipboard == str(written)


async def test_nothing_is_replaced(tmp_path: Path, here: Path) -> None:
    (here / "flash-attn-attempt-1.md").write_text("mine")
    async with opened(tmp_path / "s", FakeSession.flash_attn_fails) as screen:
        await take(screen, "report")
        await take(screen, "report")
    assert (here / "flash-attn-attempt-1.md").read_text() == "mine"
    assert names(here) == {
        "flash-attn-attempt-1.md",
        "flash-attn-attempt-1-1.md",
        "flash-attn-attempt-1-2.md",
    }


async def test_document_and_command_lines(tmp_path: Path, here: Path) -> None:
    async with opened(tmp_path / "s", FakeSession.flash_attn_fails) as screen:
        await take(screen, "document")
        await take(screen, "command lines")
    document = json.loads((here / "flash-attn-attempt-1.json").read_text("utf-8"))
    assert document["outcome"] == "failed"
    script = (here / "flash-attn-attempt-1.sh").read_text("utf-8")
    assert "buildscope run flash-attn==2.5.0" in script


async def test_the_palette_writes_too(tmp_path: Path, here: Path) -> None:
    async with opened(tmp_path / "s", FakeSession.flash_attn_fails) as screen:
        for line in ("export bug.md", "export .json"):
            await screen.press("colon")
            await screen.typed(line)
            await screen.press("enter")
    assert names(here) == {"bug.md", "flash-attn-attempt-1.json"}


async def test_a_kind_that_there_is_not_is_refused(tmp_path: Path, here: Path) -> None:
    async with opened(tmp_path / "s", FakeSession.flash_attn_fails) as screen:
        await screen.press("colon")
        await screen.typed("export bug.txt")
        await screen.press("enter")
        assert "does not say what to write" in screen.footer
    assert names(here) == set()


async def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    async with opened(tmp_path / "s", FakeSession.flash_attn_fails, WIDE) as screen:
        await screen.press("colon")
        await screen.typed("export no/such/folder.md")
        await screen.press("enter")
        assert "/no/such/folder.md cannot be written" in screen.footer


async def test_the_wheel_is_copied_and_its_path(tmp_path: Path, here: Path) -> None:
    made = tmp_path / "dist" / "demo-1.0-py3-none-any.whl"
    made.parent.mkdir()
    made.write_bytes(b"wheel")

    def story(session: FakeSession) -> None:
        session.started()
        session.ended("built", artifact=str(made))

    async with opened(tmp_path / "s", story) as screen:
        await screen.press("w", "enter")
        assert screen.footer.startswith("copied to ")
        assert (here / made.name).read_bytes() == b"wheel"
        await screen.press("w", "enter")
        assert screen.footer.startswith("it is there already, and is not replaced: ")
        await screen.press("w", "j", "enter")
        assert screen.app.clipboard == str(made)
        made.unlink()
        await screen.press("w")
        assert "not there any more: " in screen.text


def test_a_free_name_is_counted(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    assert free_name(file) == file
    file.touch()
    (tmp_path / "a-1.md").touch()
    assert free_name(file) == tmp_path / "a-2.md"

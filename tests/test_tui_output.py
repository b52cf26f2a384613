"""Build output on the screen: hostile bytes, colours, progress bars, search, 1 M lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from rich.style import Style

from buildscope.tui.view.output import ERROR, LONGEST, compile_search, line_text, loudness
from tests.helpers.fake_session import FakeSession
from tests.helpers.screens import NARROW, NORMAL, WIDE, make_app, opened

if TYPE_CHECKING:
    from pathlib import Path

SIZES = pytest.mark.parametrize("size", [NARROW, NORMAL, WIDE])


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]52;c;aGk=\x1b\\after", "after"),
        ("\x1b[2J\x1b[Hcleared", "cleared"),
        ("\x1b[?1049lleft", "left"),
        ("10%\r50%\r100%", "100%"),
        ("crlf\r", "crlf"),
        ("a\tb", "a       b"),
        ("\x9b2Jc1", "c1"),
        ("unfinished \x1b[", "unfinished "),
        ("\x1bPdcs\x1b\\x", "x"),
        ("[red]no markup[/red]", "[red]no markup[/red]"),
    ],
)
def test_only_colours_get_through(raw: str, shown: str) -> None:
    text = line_text(raw)
    assert text.plain == shown
    assert not re.search("[\x00-\x08\x0a-\x1f\x7f-\x9f\u202a-\u202e]", text.plain)


def test_the_direction_of_writing_cannot_be_turned() -> None:
    assert "\u202e" not in line_text("safe \u202e gnp.exe").plain


def test_colours_are_kept() -> None:
    text = line_text("\x1b[1;31mred\x1b[0m and not")
    styles = [span.style for span in text.spans if isinstance(span.style, Style)]
    assert [style.color.number for style in styles if style.color] == [1]


def test_very_long_lines_are_cut() -> None:
    assert len(line_text("x" * 60_000).plain) == LONGEST


def test_lines_that_shout() -> None:
    assert loudness("gcc: error: nothing") == "failed"
    assert loudness("DeprecationWarning and a warning") == "warned"
    assert loudness("errors.py compiled") == ""


def test_search_patterns() -> None:
    text, raw = compile_search("torch")
    assert text.search("TORCH")
    assert raw.search(b"Torch")
    text, _ = compile_search("Torch")
    assert not text.search("torch")
    text, raw = compile_search("a(b")
    assert text.search("xa(b")
    assert raw.search(b"a(b")
    assert ERROR.search(b"ModuleNotFoundError: x")
    assert ERROR.search(b"fatal error: Python.h")
    assert not ERROR.search(b"-Werror=format")


def hostile(session: FakeSession) -> None:
    session.started()
    session.phase_started("build_wheel")
    session.printed(
        "\x1b]0;owned\x07\x1b[2Jtitle\n[bold]markup[/] {braces}\n\xff\xfe\n日本語 wide\n"
    )
    session.printed("half a line")


async def test_hostile_output_is_inert_on_the_screen(tmp_path: Path) -> None:
    async with opened(tmp_path, hostile, running=True) as screen:
        assert "title" in screen.text
        assert "[bold]markup[/] {braces}" in screen.text
        assert "owned" not in screen.text
        assert "\x1b" not in screen.text
        assert "half a line" in screen.text


async def test_a_line_that_grows_is_painted_anew(tmp_path: Path) -> None:
    async with opened(tmp_path, hostile, running=True) as screen:
        screen.session.printed(" and its other half")
        await screen.until(lambda: "half a line and its other half" in screen.text)


@SIZES
async def test_a_burst_of_lines_is_followed_to_its_newest(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    def story(session: FakeSession) -> None:
        session.started()
        session.phase_started("get_requires")

    async with opened(tmp_path, story, size, running=True) as screen:
        screen.session.printed("".join(f"burst {number}\n" for number in range(1, 64)))
        screen.session.phase_ended("get_requires", "failed")
        await screen.settled()
        assert screen.app.main.output.following
        assert "63  burst 63" in screen.text


async def test_hostile_messages_are_inert_everywhere(tmp_path: Path) -> None:
    def story(session: FakeSession) -> None:
        from buildscope.model.failure import Cause, ExceptionRecord

        evil = "\x1b]0;owned\x07[/red]\nnext \x1b[2J"
        session.started()
        error = ExceptionRecord(type="ValueError", message=evil)
        session.phase_ended("get_requires", "failed", exception=error)
        cause = Cause(id="deliberate-stop", confidence="guess", attempt=1, summary=evil)
        session.ended("failed", cause, failed="get_requires")

    async with opened(tmp_path, story) as screen:
        assert "\x1b" not in screen.text
        assert "\x07" not in screen.text
        assert "[/red]" in screen.text


async def test_a_million_lines_follow_and_are_searched(tmp_path: Path) -> None:
    def story(session: FakeSession) -> None:
        session.started()
        spool = session.phase_started("build_wheel")
        chunk = b"[45/85] nvcc -O3 -c csrc/file.cu\n" * 2000
        for _ in range(250):
            spool.write("stdout", chunk)
        session.printed("the needle\n")
        for _ in range(250):
            spool.write("stdout", chunk)

    async with opened(tmp_path, story, running=True) as screen:
        output = screen.app.main.output
        assert output.known_lines == 1_000_001
        assert "1000001  [45/85]" in screen.text
        await screen.press("slash")
        await screen.typed("needle")
        await screen.press("enter")
        await screen.until(lambda: "500001  the needle" in screen.text)
        assert output.cursor == 500_000


async def test_without_utf_8_everything_is_ascii(tmp_path: Path) -> None:
    session = FakeSession(tmp_path)
    session.flash_attn_fails()
    app = make_app(session, encoding="iso8859-1")
    async with app.run_test(size=NORMAL) as pilot:
        for _ in range(3):
            app.main.tick()
            await pilot.pause()
        text = "".join(strip.text for strip in app.screen._compositor.render_strips())
        assert text.isascii()
        assert "X setup.py line 19" in text
    session.close()


@pytest.mark.parametrize(
    ("system", "no_color", "theme"),
    [
        ("truecolor", False, "buildscope"),
        ("256", False, "buildscope"),
        ("standard", False, "buildscope-ansi"),
        ("truecolor", True, "buildscope-ansi"),
        (None, False, "buildscope-ansi"),
    ],
)
def test_themes(system: str | None, no_color: bool, theme: str) -> None:
    from buildscope.tui.theme import theme_for

    assert theme_for(system, no_color=no_color) == theme


def test_both_themes_know_the_same_variables() -> None:
    from buildscope.tui.theme import TERMINAL_COLOURS, TRUE_COLOUR

    ours = set(TRUE_COLOUR.variables)
    assert ours <= set(TERMINAL_COLOURS.variables)
    assert all(value.startswith("ansi_") for value in TERMINAL_COLOURS.variables.values())


async def test_no_color_sends_none(tmp_path: Path) -> None:
    session = FakeSession(tmp_path)
    session.flash_attn_fails()
    app = make_app(session)
    app.theme = "buildscope-ansi"
    async with app.run_test(size=NORMAL) as pilot:
        for _ in range(3):
            app.main.tick()
            await pilot.pause()
        for strip in app.screen._compositor.render_strips():
            for segment in strip:
                colour = segment.style.color if segment.style else None
                assert colour is None or colour.is_system_defined or colour.is_default
    session.close()

"""Build output on the screen: hostile bytes, colours, progress bars, search, 1 M lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from rich.style import Style

from buildscope.model import events as ev
from buildscope.model.failure import Cause, Evidence
from buildscope.model.target import SourceFacts
from buildscope.tui.tree import text_of
from buildscope.tui.view.output import LONGEST, compile_search, line_text, mark_of
from tests.helpers.fake_session import FakeSession
from tests.helpers.screens import NARROW, NORMAL, WIDE, Screen, make_app, opened

if TYPE_CHECKING:
    from collections.abc import Callable
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


def test_marks_of_lines() -> None:
    assert mark_of("gcc: error: nothing") == ("✗", "failed")
    assert mark_of("a.c:1: warning: x") == ("!", "warned")
    assert mark_of("a.c:1: note: x") is None
    assert mark_of("errors.py compiled") is None


def test_search_patterns() -> None:
    text, raw = compile_search("torch")
    assert text.search("TORCH")
    assert raw.search(b"Torch")
    text, _ = compile_search("Torch")
    assert not text.search("torch")
    text, raw = compile_search("a(b")
    assert text.search("xa(b")
    assert raw.search(b"a(b")


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


SOURCE = "".join(f"int line_{number};\n" for number in range(1, 101))


def compiling(tree: Path) -> Callable[[FakeSession], None]:
    """A build in ``tree`` that prints three errors, one of them the cause's, and a warning."""
    (tree / "src").mkdir(parents=True)
    (tree / "src" / "a.c").write_text(SOURCE)
    (tree.parent / "outside.h").write_text("#error no\n")

    def script(session: FakeSession) -> None:
        session.started()
        session.phase_ended("source")
        facts = SourceFacts(origin="directory", tree=str(tree), project=str(tree))
        session._write(ev.SourceObtained(at=0.0, attempt=1, source=facts))
        session.phase_started("build_wheel")
        session.printed("gcc -Werror -c error.c\n" * 50)
        session.printed(stderr="../src/a.c:60:5: warning: unused\n")
        session.printed(stderr="../src/a.c:80:5: error: expected ';'\nplain\n")
        session.printed(stderr=f"{tree.parent}/outside.h:1:2: error: #error no\n")
        session.printed("gone.c:1: error: x\nninja: Entering directory\n")
        session.phase_ended("build_wheel", "failed", exit_code=1)
        evidence = Evidence(phase="build_wheel", stream="stderr", line=2, text="error: expected")
        cause = Cause(
            id="compile-error", confidence="likely", attempt=1, summary="it", evidence=evidence
        )
        session.ended("failed", cause, failed="build_wheel")

    return script


@SIZES
async def test_errors_and_warnings_are_marked_and_gone_through(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with opened(tmp_path / "s", compiling(tmp_path / "tree"), size) as screen:
        output = screen.app.main.output
        await screen.press("e")
        assert output.cursor == 51
        assert "52❱ ../src/a.c:80:5" in screen.text
        assert "51! ../src/a.c:60:5" in screen.text
        assert "54✗ /" in screen.text
        assert "50  gcc -Werror" in screen.text
        for number, line in ((2, 53), (3, 54), (1, 51), (2, 53)):
            await screen.press("e")
            await screen.settled()
            assert f"error {number} of 3" in screen.footer
            assert output.cursor == line
        await screen.press("k", "e")
        await screen.until(lambda: "error 2 of 3; enter opens outside.h:1" in screen.footer)


async def test_enter_opens_the_source_that_a_line_names(tmp_path: Path) -> None:
    async with opened(tmp_path / "s", compiling(tmp_path / "tree")) as screen:
        await screen.press("e", "enter")
        assert screen.focused == "source"
        assert "❱   80 int line_80;" in screen.text
        assert "    79 int line_79;" in screen.text
        assert "    81 int line_81;" in screen.text
        assert "           ^ expected ';'" in screen.text
        await screen.press("O", "e", "enter")
        head = screen.app.main.source.rows[0].plain
        assert head.endswith("outside.h   esc lists the files · not of this project: read only")
        assert "❱    1 #error no" in screen.text
        await screen.press("O", "e", "enter")
        assert "gone.c is neither in this tree nor on this machine" in screen.footer
        assert screen.focused == "output"
        await screen.press("g", "enter")
        assert screen.app.main.zoomed


async def test_an_output_without_errors_says_so(tmp_path: Path) -> None:
    def story(session: FakeSession) -> None:
        session.started()
        session.phase_started("build_wheel")
        session.printed("gcc -Werror\na.c:1: warning: x\nchecking for error_at_line... no\n")

    async with opened(tmp_path, story, running=True) as screen:
        await screen.press("e")
        await screen.until(
            lambda: "no line of this output is an error; warnings: 1" in screen.footer
        )


async def test_errors_that_come_later_are_found(tmp_path: Path) -> None:
    def story(session: FakeSession) -> None:
        session.started()
        session.phase_started("build_wheel")
        session.printed("error: first\nfine\n")

    async with opened(tmp_path, story, running=True) as screen:
        await screen.press("e")
        await screen.until(lambda: "error 1 of 1" in screen.footer)
        screen.session.printed("fine\nld: cannot find -lx")
        await screen.settled()
        await screen.press("e")
        await screen.until(lambda: "error 2 of 2" in screen.footer)
        assert screen.app.main.output.cursor == 3


async def test_marks_in_ascii(tmp_path: Path) -> None:
    session = FakeSession(tmp_path / "s")
    compiling(tmp_path / "tree")(session)
    app = make_app(session, encoding="iso8859-1")
    async with app.run_test(size=NORMAL) as pilot:
        screen = Screen(session, app, pilot)
        await screen.settled()
        await screen.press("e")
        assert "54X /" in screen.text
        assert "51! " in screen.text
        assert "52> " in screen.text
    session.close()


def test_of_a_long_file_the_lines_around_the_one_that_matters_are_read(tmp_path: Path) -> None:
    file = tmp_path / "made_by_cython.c"
    file.write_text("".join(f"/* line {number} of many */\n" for number in range(1, 60_001)))
    first, lines = text_of(file, 20_000)
    assert lines[20_000 - first] == "/* line 20000 of many */"
    assert 500 < 20_000 - first < 5_000
    assert lines[-1].endswith("bytes more")
    assert text_of(file)[0] == 1

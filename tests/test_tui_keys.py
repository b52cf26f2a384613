"""Every key of the debugger, pressed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from buildscope.model.settings import Settings
from buildscope.tui.keys import KEYS, MOST_VERBS
from tests.helpers.fake_session import FakeSession
from tests.helpers.screens import NARROW, NORMAL, WIDE, opened

if TYPE_CHECKING:
    from pathlib import Path

SIZES = pytest.mark.parametrize("size", [NARROW, NORMAL, WIDE], ids=["80", "120", "200"])


@SIZES
async def test_a_failure_is_seen_with_cause_frame_and_marks(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with opened(tmp_path, FakeSession.flash_attn_fails, size) as screen:
        assert "✗ setup.py line 19 imports torch, which nothing declares" in screen.text
        assert "get_requires failed · ModuleNotFoundError: No module named 'torch'" in screen.text
        assert "❱    19 import torch" in screen.text
        assert "✓✓✓✓✗····" in screen.text
        assert "▸ 6 frames of setuptools" in screen.text
        assert screen.footer.startswith("1-2 take a remedy")
        assert screen.footer.endswith("? help  q quit")


async def test_the_left_pane_is_a_line_of_marks_when_narrow(tmp_path: Path) -> None:
    async with opened(tmp_path, FakeSession.flash_attn_fails, NARROW) as screen:
        assert "5/9 get_requires, failed after 0.4 s" in screen.text
        assert "install_dynamic" not in screen.text
        await screen.press("t")
        assert "install_dynamic" in screen.text
        assert "Attempts" in screen.text
        await screen.press("escape")
        assert "install_dynamic" not in screen.text


async def test_output_stands_beside_when_wide(tmp_path: Path) -> None:
    async with opened(tmp_path, FakeSession.flash_attn_fails, WIDE) as screen:
        assert "Output · get_requires · 31 lines" in screen.text
        assert "❱    19 import torch" in screen.text
        await screen.press("O")
        assert screen.focused == "output"
        await screen.press("h")
        assert screen.focused == "traceback"


async def test_below_the_least_size_there_is_the_verdict_only(tmp_path: Path) -> None:
    async with opened(tmp_path, FakeSession.flash_attn_fails, (58, 14)) as screen:
        assert "setup.py line 19 imports torch" in screen.text
        assert "Traceback" not in screen.text
        assert screen.footer.endswith("? help  q quit")


@SIZES
async def test_tabs(tmp_path: Path, size: tuple[int, int]) -> None:
    async with opened(tmp_path, FakeSession.flash_attn_fails, size) as screen:
        await screen.press("E")
        assert "cpython 3.11.7" in screen.text
        assert "setuptools>=40.8.0" in screen.text
        await screen.press("M")
        assert "get_requires failed before there was any metadata" in screen.text
        await screen.press("O")
        assert "31  ModuleNotFoundError: No module named 'torch'" in screen.text.replace("❱", " ")
        await screen.press("T")
        assert "most recent call first" in screen.text


async def test_enter_unfolds_and_folds(tmp_path: Path) -> None:
    async with opened(tmp_path, FakeSession.flash_attn_fails) as screen:
        await screen.press("G", "k", "enter")
        assert "▾ 6 frames of setuptools" in screen.text
        assert "build_meta.py:305  step_5" in screen.text
        await screen.press("enter")
        assert "step_5" not in screen.text


async def test_a_click_unfolds(tmp_path: Path) -> None:
    async with opened(tmp_path, FakeSession.flash_attn_fails) as screen:
        line = next(at for at, text in enumerate(screen.lines) if "8 locals" in text)
        await screen.pilot.click(offset=(45, line))
        await screen.settled()
        assert "▾ 8 locals" in screen.text
        assert "warnings = <module 'warnings'" in screen.text


async def test_enter_elsewhere_zooms_and_escape_goes_back(tmp_path: Path) -> None:
    async with opened(tmp_path, FakeSession.flash_attn_fails) as screen:
        await screen.press("enter")
        assert "which nothing declares" not in screen.text
        assert "most recent call first" in screen.text
        await screen.press("escape")
        assert "which nothing declares" in screen.text
        await screen.press("z", "z")
        assert "which nothing declares" in screen.text


async def test_escape_never_quits(tmp_path: Path) -> None:
    async with opened(tmp_path, FakeSession.flash_attn_fails) as screen:
        await screen.press("escape", "escape", "escape")
        assert "q quits" in screen.footer
        assert screen.app.is_running


async def test_moving_in_the_lists_chooses(tmp_path: Path) -> None:
    async with opened(tmp_path, FakeSession.flash_attn_fails) as screen:
        await screen.press("h")
        assert screen.focused == "phases"
        await screen.press("k")
        assert screen.phase == "install_static"
        await screen.press("O")
        assert "setuptools==84.2.1" in screen.text
        await screen.press("h", "g")
        assert screen.phase == "source"
        await screen.press("tab")
        assert screen.focused == "attempts"
        await screen.press("shift+tab", "l")
        assert screen.focused == "output"


async def test_an_earlier_attempt_can_be_looked_at(tmp_path: Path) -> None:
    def story(session: FakeSession) -> None:
        session.flash_attn_fails()
        session.second_fails_further()

    async with opened(tmp_path, story) as screen:
        assert "new failure, 3 phases further than #1" in screen.text
        await screen.press("h", "tab", "k")
        assert "imports torch, which nothing declares" in screen.text
        assert "of #2: #1" in screen.lines[0]
        await screen.press("j")
        assert "nvcc was not found" in screen.text


@pytest.mark.parametrize(
    ("key", "line"),
    [("r", ""), ("a", "+"), ("i", "isolation off"), ("1", "+torch")],
)
async def test_the_retry_line_is_prefilled(tmp_path: Path, key: str, line: str) -> None:
    async with opened(tmp_path, FakeSession.flash_attn_fails) as screen:
        await screen.press(key)
        assert screen.app.main.prompt is not None
        assert screen.app.main.prompt.line.value == line
        assert "Retry #1 → #2" in screen.text
        assert screen.footer.startswith("enter run")
        await screen.press("escape")
        assert screen.app.main.prompt is None
        assert screen.focused == "traceback"


@SIZES
async def test_what_a_retry_would_do_is_told_live(tmp_path: Path, size: tuple[int, int]) -> None:
    async with opened(tmp_path, FakeSession.flash_attn_fails, size) as screen:
        await screen.press("a")
        await screen.typed("torch setuptools<82")
        assert "from install_static" in screen.text
        assert "3 phases carried over" in screen.text
        assert "buildscope retry fake --attempt 1 -x torch -c 'setuptools<82'" in screen.text
        await screen.typed(" pyton")
        assert "'pyton'" in screen.text
        await screen.press("enter")
        assert screen.app.main.prompt is not None
        assert len(screen.session.calls) == 1


async def test_keys_typed_at_once_all_reach_the_line(tmp_path: Path) -> None:
    async with opened(tmp_path, FakeSession.flash_attn_fails) as screen:
        await screen.pilot.press("a", "t", "o", "r", "q", "x")
        await screen.settled()
        assert screen.app.main.prompt is not None
        assert screen.app.main.prompt.line.value == "+torqx"


@SIZES
async def test_enter_retries_and_the_new_attempt_is_followed(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with opened(tmp_path, FakeSession.flash_attn_fails, size) as screen:
        session = screen.session
        session.called.clear()
        await screen.press("1", "enter")
        await screen.until(session.called.is_set)
        assert session.calls[-1] == (1, Settings(extra=("torch",)))
        session.second_fails_further()
        await screen.until(lambda: not screen.app.runner.running)
        await screen.settled()
        assert "nvcc was not found" in screen.text
        assert "new failure, 3 phases further than #1" in screen.text
        assert "error: nvcc was not found" in screen.text
        assert "===✓✓✓✓✗·" in screen.text


async def test_history_and_completion(tmp_path: Path) -> None:
    def story(session: FakeSession) -> None:
        session.flash_attn_fails()
        session.second_fails_further()

    async with opened(tmp_path, story) as screen:
        await screen.press("r", "up")
        prompt = screen.app.main.prompt
        assert prompt is not None
        assert prompt.line.value == "+torch"
        await screen.press("down")
        assert prompt.line.value == ""
        await screen.press("tab")
        assert prompt.line.value == "CUDA_HOME=/usr/local/cuda-12.4"
        await screen.typed(" iso")
        await screen.press("tab")
        assert prompt.line.value == "CUDA_HOME=/usr/local/cuda-12.4 isolation off"


async def test_a_digit_without_a_remedy_says_so(tmp_path: Path) -> None:
    async with opened(tmp_path, FakeSession.flash_attn_fails) as screen:
        await screen.press("7")
        assert "there is no remedy 7" in screen.footer
        assert screen.app.main.prompt is None


async def test_a_remedy_is_put_into_words_that_the_line_takes(tmp_path: Path) -> None:
    async with opened(tmp_path, FakeSession.built_but_wrong) as screen:
        await screen.press("1")
        assert "run get_requires" in screen.text
        assert "from get_requires" in screen.text


async def test_e_goes_to_the_evidence_then_to_the_next_error(tmp_path: Path) -> None:
    async with opened(tmp_path, FakeSession.flash_attn_fails) as screen:
        await screen.press("e")
        output = screen.app.main.output
        assert screen.focused == "output"
        assert output.cursor == 30
        assert "31❱ ModuleNotFoundError" in screen.text
        assert "the cause rests on get_requires, stderr line 31" in screen.footer
        await screen.press("e")
        assert "error 1 of 1" in screen.footer


async def test_search(tmp_path: Path) -> None:
    async with opened(tmp_path, FakeSession.flash_attn_fails) as screen:
        await screen.press("O", "g", "slash")
        await screen.typed("call_1")
        await screen.press("enter")
        output = screen.app.main.output
        assert "1 of 6 lines" in screen.footer
        assert output.cursor == 1
        await screen.press("n")
        assert output.cursor == 19
        await screen.press("N", "N")
        assert output.cursor == 27
        await screen.press("escape")
        assert output.pattern is None
        await screen.press("n")
        assert "nothing is searched for" in screen.footer


async def test_search_works_in_other_panes_and_takes_bad_patterns_literally(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, FakeSession.flash_attn_fails) as screen:
        await screen.press("slash")
        await screen.typed("(")
        await screen.press("enter")
        assert "1 of 1 lines" in screen.footer
        assert screen.app.main.traceback.cursor == 7
        await screen.press("slash")
        await screen.typed("nowhere")
        await screen.press("enter")
        assert "no line matches" in screen.footer


async def test_copy_takes_the_row_the_selection_or_the_command(tmp_path: Path) -> None:
    async with opened(tmp_path, FakeSession.flash_attn_fails) as screen:
        kept = screen.session.directory / "clipboard.txt"
        await screen.press("O", "G", "y")
        assert kept.read_text() == "ModuleNotFoundError: No module named 'torch'\n"
        assert screen.app.clipboard == "ModuleNotFoundError: No module named 'torch'"
        await screen.press("h", "y")
        assert kept.read_text() == "buildscope run flash-attn==2.5.0\n"
        assert "clipboard.txt" in screen.footer


async def test_selected_text_is_copied(tmp_path: Path) -> None:
    async with opened(tmp_path, FakeSession.flash_attn_fails) as screen:
        await screen.press("O", "g")
        row = next(at for at, text in enumerate(screen.lines) if "call_1()" in text)
        column = screen.lines[row].index("call_1()")
        await screen.pilot.mouse_down(offset=(column, row))
        await screen.pilot.hover(offset=(column + 4, row + 1))
        await screen.pilot.mouse_up(offset=(column + 4, row + 1))
        await screen.press("y")
        kept = (screen.session.directory / "clipboard.txt").read_text()
        assert kept.splitlines()[0] == "call_1()"
        assert kept.splitlines()[1].startswith("  File")


def compiling(session: FakeSession) -> None:
    session.flash_attn_fails()
    session.compiles(40)


@SIZES
async def test_output_follows_until_one_looks_back(tmp_path: Path, size: tuple[int, int]) -> None:
    async with opened(tmp_path, compiling, size, running=True) as screen:
        output = screen.app.main.output
        assert output.following
        assert "ptxas warning" in screen.text
        screen.session.printed("the newest line\n")
        await screen.until(lambda: "the newest line" in "\n".join(screen.lines[10:]))
        await screen.press("O", "k", "k")
        assert not output.following
        top = output.scroll_offset.y
        screen.session.printed("one\ntwo\nthree\n")
        await screen.until(lambda: output.known_lines == 50)
        assert output.scroll_offset.y == top
        await screen.press("G")
        assert output.following
        screen.session.printed("four\n")
        await screen.until(lambda: "four" in "\n".join(screen.lines[10:]))


async def test_long_lines_are_cut_and_can_be_scrolled_to(tmp_path: Path) -> None:
    async with opened(tmp_path, compiling, NARROW, running=True) as screen:
        assert "…" in screen.lines[10]
        await screen.press("l", "l", "l", "l", "l", "l", "l")
        assert "_bf16_sm80.cu" in screen.text
        await screen.press("h", "h", "h", "h", "h", "h", "h")
        assert screen.app.main.output.scroll_offset.x == 0


async def test_streams_are_told_apart(tmp_path: Path) -> None:
    async with opened(tmp_path, compiling, running=True) as screen:
        marked = [line for line in screen.lines if "ptxas" in line and "▎" in line]
        assert len(marked) == 2
        assert not any("▎" in line for line in screen.lines if "nvcc -O3" in line)


async def test_running_tells_phase_time_lines_and_counts(tmp_path: Path) -> None:
    async with opened(tmp_path, compiling, running=True) as screen:
        assert "build_wheel is running · 2 min 41 s" in screen.text
        assert "8 of 9" in screen.text
        assert "46 lines · last output" in screen.text
        assert screen.footer.startswith("x stop")


async def test_nothing_is_retried_while_something_runs(tmp_path: Path) -> None:
    async with opened(tmp_path, compiling, running=True) as screen:
        await screen.press("a")
        assert screen.app.main.prompt is None
        assert "build_wheel is running: x stops it" in screen.footer


async def test_x_twice_stops(tmp_path: Path) -> None:
    async with opened(tmp_path, compiling, running=True) as screen:
        await screen.press("x")
        assert "x again stops build_wheel" in screen.footer
        assert screen.app.runner.running
        await screen.press("j")
        await screen.press("x")
        assert screen.session.stop is not None
        assert screen.session.stop.reason == "stopped by you"
        screen.session.phase_ended("build_wheel", "cancelled")
        screen.session.ended("cancelled")
        await screen.until(lambda: not screen.app.runner.running)
        await screen.settled()
        assert "x Stopped in build_wheel after" in screen.text
        await screen.press("x")
        assert "nothing is running" in screen.footer


async def test_another_key_disarms_nothing_but_a_message_does(tmp_path: Path) -> None:
    async with opened(tmp_path, compiling, running=True) as screen:
        await screen.press("x", "7", "x")
        assert screen.session.stop is not None
        assert not screen.session.stop.requested


async def test_q_asks_while_something_runs(tmp_path: Path) -> None:
    async with opened(tmp_path, compiling, running=True) as screen:
        await screen.press("q")
        assert "build_wheel is running: q again" in screen.footer
        assert screen.app.is_running
        await screen.pilot.press("q")
        await screen.pilot.pause()
        assert screen.session.stop is not None
        assert screen.session.stop.requested
        assert not screen.app.is_running


async def test_q_quits_at_once_when_nothing_runs(tmp_path: Path) -> None:
    async with opened(tmp_path, FakeSession.flash_attn_fails) as screen:
        await screen.pilot.press("q")
        await screen.pilot.pause()
        assert not screen.app.is_running
        assert screen.app.exit_code() == 1


async def test_a_key_without_a_meaning_says_so(tmp_path: Path) -> None:
    async with opened(tmp_path, FakeSession.flash_attn_fails) as screen:
        await screen.press("K")
        assert "K does nothing here; ? lists the keys" in screen.footer


async def test_help_lists_every_key_from_the_bindings(tmp_path: Path) -> None:
    async with opened(tmp_path, FakeSession.flash_attn_fails) as screen:
        await screen.press("question_mark")
        told = "\n".join(row.plain for row in screen.app.screen.query_one("#keys").rows)  # type: ignore[attr-defined]
        for key in KEYS:
            assert key.help in told
        assert "1-9" in told
        await screen.press("j", "escape")
        assert "which nothing declares" in screen.text


def test_every_binding_has_an_id_of_its_own_and_a_method() -> None:
    from buildscope.tui.screens.main import MainScreen

    assert len({key.id for key in KEYS}) == len(KEYS)
    for key in KEYS:
        assert hasattr(MainScreen, f"action_{key.action.partition('(')[0]}")
    bound = [name for key in KEYS for name in key.keys.split(",")]
    assert len(set(bound)) == len(bound)


@SIZES
async def test_the_footer_has_at_most_eight_verbs(tmp_path: Path, size: tuple[int, int]) -> None:
    async with opened(tmp_path, FakeSession.flash_attn_fails, size) as screen:
        assert len(screen.footer.split("  ")) <= MOST_VERBS
        assert "…" not in screen.footer.replace("retry…", "")


async def test_resizing_keeps_the_place(tmp_path: Path) -> None:
    async with opened(tmp_path, FakeSession.flash_attn_fails) as screen:
        await screen.press("E")
        await screen.pilot.resize_terminal(*NARROW)
        await screen.settled()
        assert "5/9 get_requires" in screen.text
        assert "cpython 3.11.7" in screen.text
        await screen.pilot.resize_terminal(*WIDE)
        await screen.settled()
        assert "Output · get_requires" in screen.text
        assert "Phases of #1" in screen.text

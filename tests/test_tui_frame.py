"""The prompt in the frame of a failure: keys, answers, and how it ends."""

from __future__ import annotations

import os
import shutil
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from textual import events

from buildscope.model.settings import Settings
from buildscope.model.target import SourceFacts
from buildscope.process.handle import Handle
from buildscope.session.at_failure import TreeAtFailure
from buildscope.session.frame import FramePrompt
from buildscope.tui.screens.frame import FrameScreen
from tests.helpers.procs import PROJECTS, Lab
from tests.helpers.screens import NARROW, NORMAL, Screen, opened

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.helpers.fake_session import FakeSession

pytestmark = pytest.mark.skipif(os.name == "nt", reason="descriptors are handed over a socket")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "session"


def hold(session: FakeSession, do: str = "plain") -> None:
    """An attempt whose hook has failed and waits: a real process, in a session that is none."""
    session.handle = Handle(hold=True)
    parent = session.directory.parent
    project = Path(shutil.copytree(PROJECTS / "holding", parent / "holding", dirs_exist_ok=True))
    kwargs = {"config_settings": {"do": do}}
    lab = Lab(parent)
    outcome = lab.hook(kwargs=kwargs, project=project, backend="holding", handle=session.handle)
    assert session.handle.held is not None
    place = str(project)
    tree = SourceFacts(origin="here", tree=place, project=place, in_place=True)
    session.prompt = FramePrompt(session.handle.held, TreeAtFailure(tree, parent))
    session.started()
    session.up_to_get_requires()
    session.phase_ended("get_requires", "failed", exception=outcome.exception, held=True)
    session.ended("failed", failed="get_requires")


@asynccontextmanager
async def entered(
    directory: Path, do: str = "plain", size: tuple[int, int] = NORMAL
) -> AsyncIterator[Screen]:
    """The debugger, in the frame."""
    async with opened(directory, lambda session: hold(session, do), size) as screen:
        await screen.press("d")
        await screen.until(lambda: isinstance(screen.app.screen, FrameScreen))
        await screen.settled()
        try:
            yield screen
        finally:
            screen.session.release()


def frame_screen(screen: Screen) -> FrameScreen:
    assert isinstance(screen.app.screen, FrameScreen)
    return screen.app.screen


async def evaluate(screen: Screen, line: str) -> None:
    """Type a line, and wait for its answer."""
    frame_screen(screen).line.put(line)
    await screen.press("enter")
    await screen.until(lambda: not frame_screen(screen).busy)


def answers(screen: Screen) -> list[str]:
    return [row.plain for row in frame_screen(screen).answers.rows]


def message(screen: Screen) -> str:
    return screen.footer


async def test_a_live_frame_is_offered_and_said(directory: Path) -> None:
    async with opened(directory, hold) as screen:
        assert "frame alive" in screen.text
        assert "d frame" in screen.footer
        screen.session.release()


@pytest.mark.parametrize("size", [NARROW, NORMAL], ids=["80x24", "120x36"])
async def test_the_frame_its_source_and_what_is_to_be_known(
    directory: Path, size: tuple[int, int]
) -> None:
    async with entered(directory, size=size) as screen:
        assert "holding.py:31  plain  project · frame 1 of" in screen.lines[0]
        assert any("❱" in line and "raise ValueError" in line for line in screen.lines[:8])
        assert "`finally` blocks have run. Nothing here is recorded. esc ends" in screen.text
        assert "esc leave" in screen.footer
        assert "? help" in screen.footer
        assert ":pdb pdb" in screen.footer
        assert "…" not in screen.footer


async def test_expressions_statements_and_errors(directory: Path) -> None:
    async with entered(directory) as screen:
        await screen.typed("number+1")
        await screen.press("enter")
        await screen.until(lambda: answers(screen)[-1:] == ["8"])
        assert answers(screen) == [">>> number+1", "8"]
        await evaluate(screen, "print('a\\tb'); missing")
        told = answers(screen)
        assert told[3] == "a       b"
        assert told[4] == "Traceback (most recent call last):"
        assert told[-1] == "NameError: name 'missing' is not defined"
        await evaluate(screen, "large")
        assert answers(screen)[-1].startswith("… ")
        assert answers(screen)[-1].endswith(" more characters")
        await evaluate(screen, "list(range(3000))")
        assert answers(screen)[-1] == "… 1000 more lines"
        assert "1000 more lines" in screen.text
        await screen.press("pageup")
        assert "1000 more lines" not in screen.text
        await screen.press("pagedown")
        assert "1000 more lines" in screen.text


async def test_a_block_goes_on_until_an_empty_line(directory: Path) -> None:
    async with entered(directory) as screen:
        await screen.typed("for it in items:")
        await screen.press("enter")
        assert "..." in screen.text
        await screen.press("tab")
        assert frame_screen(screen).line.value == "    "
        await screen.typed("print(it)")
        await screen.press("enter", "enter")
        await screen.until(lambda: len(answers(screen)) == 6)
        assert answers(screen)[-3:] == ["1", "2", "3"]
        assert answers(screen)[:3] == [">>> for it in items:", "...     print(it)", "... "]


async def test_lines_typed_fast_are_taken_in_their_turn(directory: Path) -> None:
    async with entered(directory) as screen:
        keys = [key for digit in "12345" for key in (digit, "enter")]
        await screen.pilot.press(*keys)
        await screen.until(lambda: len(answers(screen)) == 10)
        assert answers(screen)[1::2] == ["1", "2", "3", "4", "5"]


async def test_pasted_lines_are_submitted_but_the_last(directory: Path) -> None:
    async with entered(directory) as screen:
        line = frame_screen(screen).line
        line.post_message(events.Paste("def f():\r\n    return number\r\n\r\nf()"))
        await screen.until(lambda: line.value == "f()")
        await screen.press("enter")
        await screen.until(lambda: answers(screen)[-1:] == ["7"])


async def test_history_holds_each_line(directory: Path) -> None:
    async with entered(directory) as screen:
        for typed in ("number", "items", ":where"):
            await evaluate(screen, typed)
        line = frame_screen(screen).line
        await screen.press("up")
        assert line.value == ":where"
        await screen.press("up", "up")
        assert line.value == "number"
        await screen.press("down")
        assert line.value == "items"


async def test_tab_completes_names_and_shows_where_there_are_several(directory: Path) -> None:
    async with entered(directory) as screen:
        line = frame_screen(screen).line
        line.put("1 + numb")
        await screen.press("tab")
        await screen.until(lambda: line.value == "1 + number")
        line.put("items.re")
        await screen.press("tab")
        await screen.until(lambda: bool(answers(screen)))
        assert "items.remove(" in answers(screen)[-1]
        assert "items.reverse(" in answers(screen)[-1]


async def test_frames_are_gone_through_with_keys_and_words(directory: Path) -> None:
    async with entered(directory) as screen:
        await screen.press("shift+up")
        assert "get_requires_for_build_wheel" in screen.lines[0]
        await evaluate(screen, "config_settings['do']")
        assert answers(screen)[-1] == "'plain'"
        await screen.press("shift+down", "shift+down")
        assert "frame 1 of" in screen.lines[0]
        await evaluate(screen, ":frame 1")
        assert "frame 2 of" in screen.lines[0]
        await evaluate(screen, ":frame 99")
        assert "there is no frame 99" in answers(screen)[-1]
        await evaluate(screen, ":what")
        assert "names no single word" in " ".join(answers(screen)[-2:])


async def test_a_question_mark_explains_the_words(directory: Path) -> None:
    async with entered(directory) as screen:
        await evaluate(screen, "?")
        assert any(":where" in line for line in answers(screen))


async def test_ctrl_c_interrupts_what_is_evaluated_and_clears_the_line(directory: Path) -> None:
    async with entered(directory) as screen:
        await screen.typed("abc")
        await screen.press("ctrl+c")
        assert frame_screen(screen).line.value == ""
        frame_screen(screen).line.put("while True: pass")
        await screen.pilot.press("enter", "enter")
        assert frame_screen(screen).busy
        await screen.pilot.pause()
        assert "interrupt what is evaluated" in screen.footer
        while frame_screen(screen).busy:
            await screen.pilot.press("ctrl+c")
            await screen.pilot.pause(0.05)
        assert answers(screen)[-1] == "KeyboardInterrupt"


async def test_escape_ends_the_process_and_says_so(directory: Path) -> None:
    async with entered(directory) as screen:
        held = screen.session.handle.held
        assert held is not None
        await screen.press("escape")
        await screen.until(lambda: not held.alive)
        await screen.settled()
        assert screen.app.screen is screen.app.main
        assert "the process of the frame has ended; r retries" in message(screen)
        assert "frame alive" not in screen.text
        await screen.press("d")
        assert "that frame's process has ended; r retries and holds again" in message(screen)
        assert screen.app.screen is screen.app.main


async def test_escape_ends_it_while_it_evaluates(directory: Path) -> None:
    async with entered(directory) as screen:
        held = screen.session.handle.held
        assert held is not None
        frame_screen(screen).line.put("import time; time.sleep(1000)")
        await screen.pilot.press("enter")
        await screen.pilot.press("escape")
        await screen.until(lambda: not held.alive)
        assert screen.app.screen is screen.app.main


async def test_a_process_that_ends_itself_is_told(directory: Path) -> None:
    async with entered(directory) as screen:
        frame_screen(screen).line.put("import os; os._exit(3)")
        await screen.pilot.press("enter")
        await screen.until(lambda: screen.app.screen is screen.app.main)
        await screen.settled()
        assert "the frame is gone: its process ended with exit code 3" in message(screen)


async def test_pdb_needs_a_real_terminal(directory: Path) -> None:
    async with entered(directory) as screen:
        await evaluate(screen, ":pdb")
        assert "this is no real terminal" in answers(screen)[-1]
        await evaluate(screen, "number")
        assert answers(screen)[-1] == "7"


async def test_two_presses_open_one_frame(directory: Path) -> None:
    async with opened(directory, hold) as screen:
        await screen.pilot.press("d", "d")
        await screen.until(lambda: isinstance(screen.app.screen, FrameScreen))
        await screen.settled()
        assert sum(isinstance(it, FrameScreen) for it in screen.app.screen_stack) == 1
        screen.session.release()


# Where it does not apply


async def test_nothing_has_failed_yet(directory: Path) -> None:
    def script(session: FakeSession) -> None:
        session.started()
        session.phase_started("source")

    async with opened(directory, script, running=True) as screen:
        await screen.press("d")
        assert "nothing has failed yet" in message(screen)
        assert "d frame" not in screen.footer


async def test_no_exception_no_frame(directory: Path) -> None:
    def script(session: FakeSession) -> None:
        session.started()
        session.up_to_get_requires()
        session.phase_ended("get_requires", "failed", exit_code=3)
        session.ended("failed", failed="get_requires")

    async with opened(directory, script) as screen:
        await screen.press("d")
        assert "no Python exception left get_requires" in message(screen)


async def test_without_the_inspector_no_frame_waits(directory: Path) -> None:
    def script(session: FakeSession) -> None:
        session.started(Settings(inspect=False))
        session.source()
        session.phase_ended("get_requires", "failed", exit_code=1)
        session.ended("failed", failed="get_requires")

    async with opened(directory, script) as screen:
        await screen.press("d")
        assert "the inspector was off (--no-inspect)" in message(screen)


async def test_an_older_attempt_has_none(directory: Path) -> None:
    def script(session: FakeSession) -> None:
        session.flash_attn_fails()
        hold(session)

    async with opened(directory, script) as screen:
        assert "frame alive" in screen.text
        screen.app.main.choose_attempt("1")
        await screen.settled()
        assert "frame alive" not in screen.text
        await screen.press("d")
        assert "only the newest attempt's frame is alive" in message(screen)
        screen.session.release()

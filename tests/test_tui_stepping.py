"""Stepping in the debugger: pauses, breakpoints, and what each key says when it does not apply."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from buildscope.model.names import PHASES
from buildscope.tui.keys import KEYS
from buildscope.tui.look import Look
from buildscope.tui.view.footer import footer_row
from buildscope.tui.view.help import help_rows
from tests.helpers.fake_session import FakeSession
from tests.helpers.screens import NARROW, NORMAL, WIDE, opened

if TYPE_CHECKING:
    from pathlib import Path

SIZES = pytest.mark.parametrize("size", [NARROW, NORMAL, WIDE], ids=["80", "120", "200"])


def paused(session: FakeSession) -> None:
    session.started()
    session.up_to_get_requires()
    session.paused("get_requires")


@SIZES
async def test_a_pause_says_where_what_comes_and_whose_code_runs(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with opened(tmp_path, paused, size, running=True) as screen:
        assert "▹ Paused before get_requires" in screen.text
        assert "get_requires_for_build_wheel" in screen.text
        assert "✓✓✓✓▹····" in screen.text
        assert "paused before" in screen.text
        assert "asks the backend what else it needs" in screen.text
        assert screen.footer.startswith("s step  c continue  b break")
        assert screen.footer.endswith("? help  q quit")
        screen.session.gate.resume()


async def test_s_steps_and_c_continues(tmp_path: Path) -> None:
    async with opened(tmp_path, paused, running=True) as screen:
        gate = screen.session.gate
        await screen.press("s")
        assert gate.waiting is None
        assert gate.stepping
        screen.session.resumed()
        await screen.settled()
        assert "Paused" not in screen.text
        screen.session.paused("install_dynamic", "before")
        await screen.settled()
        await screen.press("c")
        assert gate.waiting is None
        assert not gate.stepping


async def test_s_while_a_phase_runs_pauses_before_the_next(tmp_path: Path) -> None:
    def script(session: FakeSession) -> None:
        session.flash_attn_fails()
        session.compiles()

    async with opened(tmp_path, script, running=True) as screen:
        await screen.press("s")
        assert screen.session.gate.stepping
        assert "will pause before the next phase" in screen.footer
        await screen.press("c")
        assert not screen.session.gate.stepping
        await screen.press("c")
        assert "running already" in screen.footer


async def test_nothing_to_step_or_continue_is_said(tmp_path: Path) -> None:
    async with opened(tmp_path, FakeSession.flash_attn_fails) as screen:
        await screen.press("s")
        assert "nothing is running" in screen.footer
        await screen.press("c")
        assert "nothing is paused" in screen.footer


async def test_b_cycles_the_breakpoint_of_the_selected_phase(tmp_path: Path) -> None:
    async with opened(tmp_path, FakeSession.flash_attn_fails) as screen:
        await screen.press("b")
        assert "[get_requires" in screen.text
        assert "--break get_requires" in screen.footer
        await screen.press("b")
        assert "get_requires]" in screen.text
        await screen.press("b")
        assert "[get_requires" not in screen.text
        assert "no break at get_requires" in screen.footer


async def test_verbs_with_a_phase_from_the_palette(tmp_path: Path) -> None:
    async with opened(tmp_path, paused, running=True) as screen:
        await screen.press(":")
        await screen.typed("break build_w")
        await screen.press("enter")
        assert set(screen.session.gate.before) == {"build_wheel"}
        assert "[build_wheel" in screen.text
        await screen.press(":")
        await screen.typed("until prep")
        await screen.press("enter")
        assert screen.session.gate.waiting is None
        pause = screen.session.gate.pause_at("prepare_metadata", "after")
        assert pause is not None
        assert pause.why == "until prepare_metadata"
        screen.session.gate.resume()


async def test_x_twice_stops_a_paused_attempt(tmp_path: Path) -> None:
    async with opened(tmp_path, paused, running=True) as screen:
        await screen.press("x", "x")
        stop = screen.session.stop
        assert stop is not None
        assert stop.requested
        screen.session.gate.resume()


async def test_a_pause_after_a_phase(tmp_path: Path) -> None:
    def script(session: FakeSession) -> None:
        session.started()
        session.up_to_get_requires()
        session.phase_ended("get_requires")
        session.paused("get_requires", "after", "until get_requires")

    async with opened(tmp_path, script, running=True) as screen:
        assert "Paused after get_requires" in screen.text
        assert "paused after" in screen.text
        assert "install_dynamic" in screen.text
        screen.session.gate.resume()


async def test_a_failure_is_made_ready_for_a_retry(tmp_path: Path) -> None:
    async with opened(tmp_path, FakeSession.flash_attn_fails) as screen:
        await screen.until(lambda: screen.session.made_ready > 0)


def test_a_keymap_is_shown_in_footer_and_help() -> None:
    look = Look(keymap={"retry": "R"})
    assert "R retry" in footer_row("failed", 2, 120, keymap=look.keymap).plain
    rows = [row.plain for row in help_rows(120, look.keymap)]
    assert any("R  " in row and "retry with a change" in row for row in rows)
    assert not any("r  " in row and "retry with a change" in row for row in rows)


def test_every_key_has_an_id_of_its_own_and_a_verb() -> None:
    assert len({key.id for key in KEYS}) == len(KEYS)
    bound = [keys for key in KEYS for keys in key.keys.split(",")]
    assert len(set(bound)) == len(bound)
    assert len(PHASES) == 9

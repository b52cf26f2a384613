"""Prompts at pauses: on a pseudo terminal, as a person uses them."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from buildscope.journal.reader import read_session
from buildscope.reports.lessons import LESSONS
from buildscope.session.find import session_directories
from tests.helpers.prompt import prompted

if TYPE_CHECKING:
    from pathlib import Path

    from buildscope.model.run import Attempt

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs a pseudo terminal")
PHASES = (
    *("source", "static_requires", "environment", "install_static", "get_requires"),
    *("install_dynamic", "prepare_metadata", "build_wheel", "check"),
)


def last_attempt(environ: dict[str, str]) -> Attempt:
    attempt = read_session(session_directories(environ)[0]).last
    assert attempt is not None
    return attempt


def test_step_pauses_before_every_phase(environ: dict[str, str], project: Path) -> None:
    with prompted("run", project, "--step", environ=environ, cwd=project) as prompt:
        for phase in PHASES:
            prompt.wait_for(f"Paused before {phase} (step)", f"next: {phase}")
            prompt.answer("s")
        assert prompt.end() == 0
    assert "✓ Built" in prompt.screen


def test_a_pause_says_what_is_called_and_whose_code_runs(
    environ: dict[str, str], project: Path
) -> None:
    with prompted("run", project, "--break", "build_wheel", environ=environ, cwd=project) as prompt:
        prompt.wait_for("Paused before build_wheel (break before build_wheel)")
        said = prompt.wait_for("next: build_wheel calls backend.build_wheel(", "\n", "\n")
        assert LESSONS["build_wheel"].runs in said
        prompt.answer("c")
        assert prompt.end() == 0


def test_breakpoints_stop_after_a_phase_and_continue_goes_on(
    environ: dict[str, str], project: Path
) -> None:
    options = ("--break-after", "get_requires", "--break", "check")
    with prompted("run", project, *options, environ=environ, cwd=project) as prompt:
        prompt.wait_for("✓ get_requires", "Paused after get_requires", "next: install_dynamic")
        assert "install_dynamic  " not in prompt.screen
        prompt.answer("continue")
        prompt.wait_for("✓ build_wheel", "Paused before check")
        prompt.answer("c")
        assert prompt.end() == 0


def test_until_and_break_take_the_beginning_of_a_phase(
    environ: dict[str, str], project: Path
) -> None:
    with prompted("run", project, "--step", environ=environ, cwd=project) as prompt:
        prompt.answer("b prep")
        prompt.wait_for("breakpoint before prepare_metadata")
        prompt.answer("break prep")
        prompt.wait_for("breakpoint after prepare_metadata")
        prompt.answer("b prep")
        prompt.wait_for("no breakpoint at prepare_metadata")
        prompt.answer("b build_wheel")
        prompt.answer("u get")
        prompt.wait_for("Paused after get_requires (until get_requires)")
        prompt.answer("c")
        prompt.wait_for("Paused before build_wheel (break before build_wheel)")
        prompt.answer("c")
        assert prompt.end() == 0


def test_what_is_no_answer_is_explained_and_asked_again(
    environ: dict[str, str], project: Path
) -> None:
    with prompted("run", project, "--step", environ=environ, cwd=project) as prompt:
        prompt.answer("walk")
        prompt.wait_for("'walk' is none of s, c")
        prompt.answer("u")
        prompt.wait_for("'' names no single phase")
        prompt.answer("until s")
        prompt.wait_for("'s' names no single phase")
        prompt.answer("?")
        prompt.wait_for("u, until PHASE", "q, quit")
        prompt.answer("")
        prompt.wait_for("q, quit")
        prompt.answer("e")
        prompt.wait_for("nothing is installed")
        prompt.answer("c")
        assert prompt.end() == 0


@pytest.mark.parametrize("how", ["q\n", "\x04"])
def test_quitting_keeps_what_there_is(environ: dict[str, str], project: Path, how: str) -> None:
    with prompted("run", project, "--break", "build_wheel", environ=environ, cwd=project) as prompt:
        prompt.wait_for("(?)help > ")
        prompt.type(how)
        assert prompt.end() == 1
    attempt = last_attempt(environ)
    assert attempt.outcome == "cancelled"
    assert attempt.phase("prepare_metadata").status == "passed"
    assert attempt.phase("build_wheel").status == "pending"
    assert prompt.screen.count("(?)help > ") == 1


def test_an_interrupt_at_the_prompt_exits_130(environ: dict[str, str], project: Path) -> None:
    with prompted("run", project, "--step", environ=environ, cwd=project) as prompt:
        prompt.wait_for("(?)help > ")
        prompt.interrupt()
        assert prompt.end() == 130
    assert last_attempt(environ).outcome == "interrupted"
    assert prompt.screen.count("(?)help > ") == 1


def test_the_shell_enters_the_paused_state(environ: dict[str, str], project: Path) -> None:
    (project / "data.txt").write_text("marker in the tree\n")
    shell = {**environ, "SHELL": "/bin/sh"}
    with prompted("run", project, "--break", "build_wheel", environ=shell, cwd=project) as prompt:
        prompt.answer("!")
        prompt.wait_for("before build_wheel")
        prompt.type("cat data.txt; exit\n")
        prompt.wait_for("marker in the tree")
        prompt.answer("c")
        assert prompt.end() == 0


def test_with_json_prompts_go_to_stderr(environ: dict[str, str], project: Path) -> None:
    options = ("--json", "--break-after", "get_requires")
    with prompted("run", project, *options, environ=environ, cwd=project, piped=True) as prompt:
        prompt.wait_for("Paused after get_requires")
        prompt.answer("c")
        stdout, _ = prompt.process.communicate(timeout=60)
    assert json.loads(stdout)["outcome"] == "built"
    assert prompt.process.returncode == 0


def test_a_retry_steps_too(environ: dict[str, str], project: Path) -> None:
    with prompted("run", project, "--copy", environ=environ, cwd=project) as prompt:
        assert prompt.end() == 0
    with prompted("retry", "last", "--step", environ=environ, cwd=project) as prompt:
        prompt.wait_for("Paused before build_wheel (step)")
        prompt.answer("s")
        prompt.wait_for("Paused before check (step)")
        prompt.answer("s")
        assert prompt.end() == 0
    assert "get_requires" not in prompt.screen.replace("(break", "")

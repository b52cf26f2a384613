"""``--hold``: the prompt in the failing frame, on a pseudo terminal."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from buildscope.journal.reader import read_session
from buildscope.session.find import session_directories
from tests.helpers.procs import PROJECTS
from tests.helpers.prompt import Prompt, prompted
from tests.helpers.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs a pseudo terminal")
OPTIONS = ("--hold", "--copy", "-C", "do=plain")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROJECTS / "holding", tmp_path / "holding"))


@pytest.fixture
def prompt(environ: dict[str, str], source: Path) -> Iterator[Prompt]:
    """At its first question."""
    with prompted("run", source, *OPTIONS, environ=environ, cwd=source) as found:
        found.wait_for("raise ValueError", ">>> ")
        yield found


def ask(prompt: Prompt, line: str, *wanted: str) -> str:
    """Type a line at the prompt; what came up to the next one."""
    prompt.type(line + "\n")
    return prompt.wait_for(*wanted, ">>> ")


def test_lines_are_evaluated_until_the_user_leaves(prompt: Prompt, environ: dict[str, str]) -> None:
    assert "`finally` blocks have run" in prompt.screen
    assert "✗" in prompt.screen.partition("The frame is alive")[0]
    ask(prompt, "number + 1", "\n8\n")
    ask(prompt, "_ * 2", "\n16\n")
    ask(prompt, "print('printed')", "\nprinted\n")
    ask(prompt, "missing", "NameError: name 'missing' is not defined")
    ask(prompt, ":nothing", "names no single word of")
    ask(prompt, "?", ":where")
    ask(prompt, ":locals", "number = 7")
    prompt.type("def twice(it):\n")
    prompt.wait_for("... ")
    prompt.type("    return 2 * it\n")
    prompt.wait_for("... ")
    ask(prompt, "")
    ask(prompt, "twice(number)", "\n14\n")
    ask(prompt, ":where", "-> ", "holding.py:")
    prompt.type(":up\n")
    prompt.wait_for("get_requires_for_build_wheel", "(holding.py:", ">>> ")
    ask(prompt, "config_settings", "{'do': 'plain'}")
    prompt.type("\x04")
    assert prompt.end() == 1
    run = read_session(session_directories(environ)[0]).attempt(1).phase("get_requires")
    assert (run.exit_code, run.held) == (1, False)


def test_an_interrupt_ends_what_runs_or_drops_what_was_typed(
    prompt: Prompt, tmp_path: Path
) -> None:
    begun = tmp_path / "begun"
    prompt.type(f"import time; open({str(begun)!r}, 'w').close(); time.sleep(1000)\n")
    wait_until(begun.exists)
    os.kill(prompt.process.pid, signal.SIGINT)
    prompt.wait_for("KeyboardInterrupt", ">>> ")
    prompt.type("if number:\n")
    prompt.wait_for("... ")
    prompt.interrupt()
    prompt.wait_for(">>> ")
    ask(prompt, "number", "\n7\n")
    prompt.type(":quit\n")
    assert prompt.end() == 1


def test_pdb_has_the_terminal_and_gives_it_back(prompt: Prompt) -> None:
    prompt.type(":pdb\n")
    prompt.wait_for("(Pdb) ")
    prompt.type("p number * 3\n")
    prompt.wait_for("\n21\n", "(Pdb) ")
    prompt.type("w\n")
    prompt.wait_for("plain()", "(Pdb) ")
    prompt.type("q\n")
    prompt.wait_for("back from pdb", ">>> ")
    ask(prompt, "number", "\n7\n")
    prompt.type(":quit\n")
    assert prompt.end() == 1


def test_a_process_that_is_gone_is_told_and_ends_the_prompt(prompt: Prompt) -> None:
    prompt.type("import os; os._exit(3)\n")
    prompt.wait_for("the frame is gone: its process ended with exit code 3")
    assert prompt.end() == 1


def test_with_json_one_document_is_printed(environ: dict[str, str], source: Path) -> None:
    options = (*OPTIONS, "--json")
    with prompted("run", source, *options, environ=environ, cwd=source, piped=True) as prompt:
        prompt.wait_for(">>> ")
        prompt.type("number\n")
        prompt.wait_for("\n7\n", ">>> ")
        prompt.type(":quit\n")
        stdout, _ = prompt.process.communicate(timeout=60)
    document = json.loads(stdout)
    phase = next(it for it in document["attempts"][0]["phases"] if it["name"] == "get_requires")
    assert (document["outcome"], phase["exit_code"]) == ("failed", 1)
    assert prompt.process.returncode == 1


def test_a_retry_holds_too(environ: dict[str, str], source: Path) -> None:
    with prompted("run", source, *OPTIONS[1:], environ=environ, cwd=source) as prompt:
        assert prompt.end() == 1
    assert ">>> " not in prompt.screen
    with prompted("retry", "last", "--hold", environ=environ, cwd=source) as prompt:
        prompt.wait_for(">>> ")
        ask(prompt, "number", "\n7\n")
        prompt.type("\x04")
        assert prompt.end() == 1


def refused(*options: str, environ: dict[str, str], source: Path) -> str:
    command = [sys.executable, "-m", "buildscope", "run", str(source), *options]
    done = subprocess.run(
        command, env=environ, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr


def test_without_a_terminal_nobody_can_be_asked(environ: dict[str, str], source: Path) -> None:
    assert "--hold need a terminal" in refused("--hold", environ=environ, source=source)


def test_without_the_inspector_nothing_can_be_held(environ: dict[str, str], source: Path) -> None:
    options = ("--hold", "--no-inspect")
    with prompted("run", source, *options, environ=environ, cwd=source) as prompt:
        prompt.wait_for("--hold needs the inspector, which --no-inspect leaves out")
        assert prompt.end() == 2
    assert list(session_directories(environ)) == []

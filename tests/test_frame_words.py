"""What is typed at the prompt of a held frame: Python, or words after a colon."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from buildscope.errors import BuildscopeError
from buildscope.model.failure import Frame
from buildscope.model.target import SourceFacts
from buildscope.session.at_failure import TreeAtFailure
from buildscope.session.frame import FramePrompt
from buildscope.session.frame_words import HELP, WORDS, is_complete, tell, title, word_of


class FakeProcess:
    """Two frames; answers as ``inside/hold.py`` does."""

    alive = True

    def ask(self, op: str, **_request: Any) -> dict[str, Any]:
        frames = [
            {"file": "setup.py", "line": 3, "function": "inner", "owner": "project"},
            {"file": "/env/lib/setuptools/build_meta.py", "line": 9, "function": "run"},
        ]
        context = {"source": "b", "context": ["a", "b"], "context_line": 2}
        told = [
            {"owner": "backend", **frame, **context, "number": number, "exception": "E: x"}
            for number, frame in enumerate(frames)
        ]
        answers: dict[str, dict[str, Any]] = {
            "frames": {"frames": told, "first": 0},
            "locals": {"locals": {"one": "1", "two": "'\x1b[2Jtwo'"}},
            "run": {"value": "1", "output": "\x1b]0;x\x07out\n", "error": None},
        }
        return answers.get(op, {"error": "Traceback: it failed"})


@pytest.fixture
def prompt(tmp_path: Any) -> FramePrompt:
    source = SourceFacts(origin="x", tree=str(tmp_path), project=str(tmp_path), in_place=True)
    process: Any = FakeProcess()
    return FramePrompt(process, TreeAtFailure(source, tmp_path))


@pytest.mark.parametrize(
    ("code", "complete"),
    [
        ("1 + 1", True),
        ("x = (", False),
        ("if x:", False),
        ("if x:\n    y", False),
        ("if x:\n    y\n", True),
        ("'''", False),
        ("1 +", True),
        (")", True),
        ("\0", True),
        ("", True),
    ],
)
def test_a_line_is_complete_where_python_would_run_it(code: str, complete: bool) -> None:
    assert is_complete(code) is complete


def test_looking_at_a_line_warns_of_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert is_complete("1 is 1")
        assert is_complete(r"'\d'")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("x", None),
        ("x ? y", None),
        ("?", ("help", "")),
        (" ? ", ("help", "")),
        (":up", ("up", "")),
        (":frame 3", ("frame", "3")),
        (":f  3 ", ("frame", "3")),
        (":w", ("where", "")),
        (":p", ("pdb", "")),
    ],
)
def test_words_may_be_cut_short(line: str, found: tuple[str, str] | None) -> None:
    assert word_of(line) == found


@pytest.mark.parametrize("line", [":", ":nothing", ":x", ": "])
def test_what_is_no_word_is_refused_with_all_there_are(line: str) -> None:
    with pytest.raises(BuildscopeError) as refused:
        word_of(line)
    assert all(f":{word}" in refused.value.message for word in WORDS)


def test_every_word_is_in_the_help() -> None:
    assert all(f":{word}" in HELP for word in WORDS)
    assert all(len(line) <= 76 for line in HELP.splitlines())


def test_frames_are_gone_through_and_listed(prompt: FramePrompt) -> None:
    assert title(prompt.current) == "setup.py:3 inner"
    assert tell(prompt, "up", "")[0] == "setuptools/build_meta.py:9 run   backend"
    assert tell(prompt, "where", "") == [
        "      0  setup.py:3 inner   project",
        " ->   1  setuptools/build_meta.py:9 run   backend",
    ]
    with pytest.raises(BuildscopeError, match="there is no frame 2"):
        tell(prompt, "up", "")
    tell(prompt, "down", "")
    assert tell(prompt, "source", "") == tell(prompt, "frame", "0")
    assert tell(prompt, "source", "")[1:] == ["        2  a", " ->     3  b"]


@pytest.mark.parametrize("number", ["", "x", "-1", "1.5"])
def test_a_frame_is_chosen_by_its_number(prompt: FramePrompt, number: str) -> None:
    with pytest.raises(BuildscopeError, match="a number is missing") as refused:
        tell(prompt, "frame", number)
    assert refused.value.hint == ":where lists them"


def test_what_acts_on_a_terminal_is_inert(prompt: FramePrompt) -> None:
    assert tell(prompt, "locals", "") == ["  one = 1", "  two = 'two'"]
    assert prompt.run("x").output == "out\n"


def test_an_answer_that_failed_harms_nothing(prompt: FramePrompt) -> None:
    assert prompt.complete("x") == ()
    assert isinstance(prompt.current.frame, Frame)

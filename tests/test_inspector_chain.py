"""Exceptions whose class is hostile, recursions, and sources that cannot be read: every Python."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from tests.helpers.procs import NEWEST, OLDEST, PROJECTS, PYTHONS, Lab

if TYPE_CHECKING:
    from buildscope.hooks.call import HookOutcome
    from buildscope.model.failure import ExceptionRecord

every_python = pytest.mark.parametrize("python", PYTHONS.values(), ids=PYTHONS)
old_and_new = pytest.mark.parametrize("python", [PYTHONS[OLDEST], PYTHONS[NEWEST]])
with_positions = pytest.mark.parametrize(
    "python", [path for version, path in PYTHONS.items() if int(version[2:]) >= 11]
)


class Hook(Protocol):
    def __call__(self, do: str, python: str, timeout: float = 60) -> HookOutcome: ...


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


@pytest.fixture
def hook(lab: Lab, tmp_path: Path) -> Hook:
    """Calls the hook of the hostile project that does what it is told."""
    project = Path(shutil.copytree(PROJECTS / "hostile", tmp_path / "hostile"))

    def call(do: str, python: str, timeout: float = 60) -> HookOutcome:
        kwargs = {"config_settings": {"do": do}}
        return lab.hook(
            kwargs=kwargs, project=project, backend="hostile", python=python, timeout=timeout
        )

    return call


def raised(outcome: HookOutcome) -> ExceptionRecord:
    """What left the hook."""
    assert (outcome.faults, outcome.has_result) == ((), False)
    assert outcome.exception is not None
    return outcome.exception


# Messages


@every_python
@pytest.mark.parametrize(
    ("do", "message"),
    [
        ("str_raises", "(its __str__ raised ZeroDivisionError) 'told', 1"),
        ("str_exits", "(its __str__ raised SystemExit) 'told', 1"),
        ("str_is_none", "(its __str__ raised TypeError) 'told', 1"),
        ("str_is_sly", "quiet"),
        ("odd_key", "(its __str__ raised SystemExit) <hostile.Key object>"),
        ("plain_key", r"'the\nkey'"),
        ("tuple_key", "('a', 1)"),
        ("exit_text", "no compiler"),
        ("exit_number", "5"),
        ("exit_nothing", ""),
        ("exit_odd", "(its __str__ raised SystemExit) <hostile.Code object>"),
        ("context_is_planted", "planted"),
    ],
)
def test_the_message_is_told_or_why_there_is_none(
    hook: Hook, python: str, do: str, message: str
) -> None:
    assert raised(hook(do, python)).message == message


@old_and_new
@pytest.mark.parametrize("do", ["str_hangs", "str_spins"])
def test_a_message_that_does_not_end_loses_nothing_else(hook: Hook, python: str, do: str) -> None:
    outcome = hook(do, python, timeout=3)
    assert outcome.ended.timed_out  # in Python's own traceback
    error = raised(outcome)
    assert error.message == "(its __str__ does not end) 'told', 1"
    assert error.frames[-1].function == "said"


@old_and_new
def test_many_messages_that_do_not_end_take_no_longer(hook: Hook, python: str) -> None:
    error: ExceptionRecord | None = raised(hook("hangs_long", python, timeout=4))
    length = 0
    while error is not None:
        assert error.message == "(its __str__ does not end)"
        length, error = length + 1, error.cause
    assert length == 10


@old_and_new
@pytest.mark.parametrize("do", ["str_is_huge", "huge_key"])
def test_a_huge_message_is_cut(hook: Hook, lab: Lab, python: str, do: str) -> None:
    message = raised(hook(do, python)).message
    # A busy machine may take longer to fill 300 MB than the second that a message is given.
    assert 19_000 < len(message) <= 20_002 or message.startswith("(its __str__ does not end)")
    assert len(message) <= 20_002
    assert (lab.evidence / "reports.jsonl").stat().st_size < 100_000


@every_python
def test_a_text_that_is_not_utf8_is_told_with_the_place(hook: Hook, python: str) -> None:
    error = raised(hook("undecodable", python))
    assert error.message.startswith("'utf-8' codec can't decode byte 0xe9 in position 3")


# What it came from


@every_python
def test_attributes_are_read_and_not_asked_for(hook: Hook, python: str) -> None:
    error = raised(hook("attributes_are_asked", python))
    assert (error.type, error.message) == ("Guarded", "[Errno 2] gone: 'file.txt'")
    assert error.attributes == {"errno": "ENOENT", "filename": "file.txt"}
    assert error.cause is not None
    assert (error.cause.type, error.implicit) == ("KeyError", True)


@every_python
def test_attributes_that_are_planted_are_not_taken_for_real(hook: Hook, python: str) -> None:
    error = raised(hook("context_is_planted", python))
    assert (error.cause, error.frames[-1].function) == (None, "context_is_planted")


@every_python
def test_notes_are_told_as_far_as_they_are_text(hook: Hook, python: str) -> None:
    assert raised(hook("notes_are_odd", python)).notes == ("first", "quiet", r"\udc80")
    assert raised(hook("notes_are_asked", python)).notes == ()


@every_python
def test_groups_of_the_backport_are_groups(hook: Hook, python: str) -> None:
    error = raised(hook("backported_group", python))
    assert [member.type for member in error.group] == ["ValueError", "BaseExceptionGroup"]
    assert [member.message for member in error.group[1].group] == ["two"]


@old_and_new
def test_of_a_large_group_the_first_are_told(hook: Hook, python: str) -> None:
    error = raised(hook("large_group", python))
    assert [member.message for member in error.group] == [str(number) for number in range(10)]
    assert error.notes == ("(15 more in the group are left out)",)


@every_python
@pytest.mark.parametrize("do", ["in_a_finalizer", "at_exit"])
def test_what_python_ignores_is_no_failure(hook: Hook, lab: Lab, python: str, do: str) -> None:
    outcome = hook(do, python)
    assert (outcome.result, outcome.exception, outcome.faults) == (["fine"], None, ())
    assert "ValueError: in " in lab.stderr


# Recursions


@every_python
@pytest.mark.parametrize(("do", "cycle"), [("one", 1), ("two", 2)])
def test_a_recursion_is_folded(hook: Hook, python: str, do: str, cycle: int) -> None:
    error = raised(hook(do, python))
    assert error.type == "RecursionError"
    own = [frame for frame in error.frames if frame.function in {"one", "two", "other_of_two"}]
    assert len(own) in {2 * cycle, 2 * cycle + 1}
    folded = [frame for frame in own if frame.left_out]
    assert [frame.cycle for frame in folded] == [cycle]
    assert folded[0].left_out % cycle == 0
    assert folded[0].left_out > 900
    first, last = int(own[0].locals["depth"]), int(own[-1].locals["depth"])
    assert first == 0
    assert last > 900 // cycle
    assert error.notes == ()


@old_and_new
def test_a_shallow_recursion_is_told_whole(hook: Hook, python: str) -> None:
    frames = raised(hook("shallow", python)).frames
    assert [frame.locals["depth"] for frame in frames[-4:]] == ["3", "2", "1", "0"]
    assert not any(frame.left_out for frame in frames)


@old_and_new
def test_of_many_frames_that_do_not_repeat_the_middle_is_left_out(hook: Hook, python: str) -> None:
    error = raised(hook("not_repeating", python))
    left_out = [frame for frame in error.frames if frame.left_out]
    assert [(frame.cycle, frame.left_out) for frame in left_out] == [(0, 135)]
    assert error.notes == ("(135 of 205 frames are left out)",)
    assert (len(error.frames), error.frames[-1].function) == (70, "f200")


# Sources


@every_python
@pytest.mark.parametrize(
    ("do", "place", "source"),
    [
        ("tabs", "TabError at tabs_.py:3", "b = 2"),
        ("indentation", "IndentationError at indentation_.py:3", "b = 2"),
        ("wide", "SyntaxError at wide_.py:1", 'text = "日本" + "語" )'),
        (
            "wrong_encoding",
            "SyntaxError at wrong_encoding_.py:2",
            "name = 'caf\N{REPLACEMENT CHARACTER}'",
        ),
        ("unknown_encoding", "SyntaxError at unknown_encoding_.py:1", "# coding: no-such-encoding"),
    ],
)
def test_a_file_that_does_not_parse_is_shown(
    hook: Hook, python: str, do: str, place: str, source: str
) -> None:
    error = raised(hook(do, python))
    last = error.frames[-1]
    assert f"{error.type} at {last.file}:{last.line}" == place
    assert (last.function, last.owner, last.source) == ("<syntax error>", "project", source)


@every_python
def test_the_place_of_a_syntax_error_counts_characters(hook: Hook, python: str) -> None:
    last = raised(hook("wide", python)).frames[-1]
    assert last.columns is not None
    assert last.context[0][slice(*last.columns)] == ")"


@every_python
def test_a_syntax_error_may_say_anything(hook: Hook, python: str) -> None:
    error = raised(hook("odd_syntax_error", python))
    assert error.type == "Odd"
    assert error.frames[-1].function == "odd_syntax_error"


@every_python
def test_a_loader_of_the_hooks_own_is_not_asked(hook: Hook, python: str) -> None:
    last = raised(hook("loader", python)).frames[-1]
    assert (last.file, last.source) == ("not_there.py", "")


@old_and_new
def test_what_has_no_end_is_not_read(hook: Hook, python: str) -> None:
    outcome = hook("device", python, timeout=3)
    assert outcome.ended.timed_out  # Python's own traceback reads it
    assert (raised(outcome).frames[-1].file, raised(outcome).frames[-1].source) == ("/dev/zero", "")


@with_positions
def test_an_expression_of_several_lines_ends_where_it_ends(hook: Hook, python: str) -> None:
    last = raised(hook("several_lines", python)).frames[-1]
    assert last.end is not None
    line, column = last.end
    assert line == last.line + 3
    assert last.context[line - last.context_line][:column] == "    )"
    assert last.columns == (4, len("    raise ValueError("))


@every_python
@pytest.mark.parametrize(
    ("do", "owner", "expression"),
    [
        ("of_the_library", "stdlib", "raise JSONDecodeError("),
        ("of_a_backend", "backend", "1 / number[0]"),
    ],
)
def test_frames_of_others_have_source_and_columns(
    hook: Hook, python: str, do: str, owner: str, expression: str
) -> None:
    last = raised(hook(do, python)).frames[-1]
    assert last.owner == owner
    line = last.context[last.line - last.context_line]
    assert (line.strip(), expression in last.source) == (last.source, True)
    assert last.locals
    if python in [path for version, path in PYTHONS.items() if int(version[2:]) >= 11]:
        assert last.columns is not None
        assert line[slice(*last.columns)].startswith(expression)

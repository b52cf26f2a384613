"""Frames as rows: locals that open to trees, the marked expression, recursions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from buildscope.model.failure import ExceptionRecord, Frame, Value
from buildscope.model.run import Attempt, PhaseRun
from buildscope.reports.evidence import parts
from buildscope.tui.view.frames import frame_rows, source_rows
from buildscope.tui.view.traceback import traceback_rows
from tests.helpers.fake_session import FakeSession, no_torch, torch_cause
from tests.helpers.screens import NARROW, opened

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from buildscope.tui.view.rows import Row

LOCALS = "0:0.0.locals"
LONG = "x" * 1998 + "…"


def plain(rows: Iterable[Row]) -> list[str]:
    return [one.plain.rstrip() for one in rows]


def config() -> Value:
    """A dictionary with a list, an instance and a long text of several lines in it."""
    deep = Value(name=".b", text="{1: 2}", kind="dict", more=1)
    return Value(
        name="config",
        text="{'a': [1, 2], 'o': <x.O object>, 't': 'one\\ntwo'}",
        kind="dict",
        members=(
            Value(
                name="['a']",
                text="[1, 2]",
                kind="list",
                members=(Value(name="[0]", text="1", kind="int"),),
                more=1,
            ),
            Value(name="['o']", text="<x.O object>", kind="x.O", members=(deep,)),
            Value(name="['t']", text="'one\\ntwo'", kind="str", content="one\ntwo\n", length=8),
            Value(name="['l']", text="'xxx'… (5000 in all)", kind="str", content=LONG, length=5000),
        ),
        more=12,
    )


def frame(**fields: object) -> Frame:
    made = Frame(
        file="setup.py",
        line=2,
        function="<module>",
        locals={"number": "7", "config": config().text, "os": "<module os>"},
        values=(config(),),
        more_locals=5,
    )
    return msgspec.structs.replace(made, **fields)


def rows(*open_folds: str, **fields: object) -> tuple[Row, ...]:
    return tuple(frame_rows([frame(**fields)], "0", frozenset(open_folds)))


def test_locals_are_one_row_until_they_are_opened() -> None:
    assert plain(rows())[1:] == ["▸ 8 locals: number, config, os"]
    assert plain(rows(LOCALS))[1:] == [
        "▾ 8 locals",
        "    number = 7",
        "  ▸ config = {'a': [1, 2], 'o': <x.O object>, 't': 'one\\ntwo'}  dict",
        "    os     = <module os>",
        "    … 5 more",
    ]


def test_a_value_opens_to_what_is_inside() -> None:
    shown = plain(rows(LOCALS, f"{LOCALS}/1", f"{LOCALS}/1/0", f"{LOCALS}/1/1"))
    assert shown[3:] == [
        "  ▾ config = {'a': [1, 2], 'o': <x.O object>, 't': 'one\\ntwo'}  dict",
        "    ▾ ['a'] = [1, 2]  list",
        "        [0] = 1",
        "        … 1 more",
        "    ▾ ['o'] = <x.O object>",
        "      ▸ .b = {1: 2}  dict",
        "    ▸ ['t'] = 'one\\ntwo'",
        "    ▸ ['l'] = 'xxx'… (5000 in all)",
        "      … 12 more",
        "    os     = <module os>",
        "    … 5 more",
    ]


def test_a_text_opens_to_its_lines_and_says_how_long_it_is() -> None:
    shown = plain(rows(LOCALS, f"{LOCALS}/1", f"{LOCALS}/1/2", f"{LOCALS}/1/3"))
    at = shown.index("    ▾ ['t'] = 'one\\ntwo'")
    assert shown[at + 1 : at + 3] == ["        │ one", "        │ two"]
    assert shown[at + 4] == "        │ " + "x" * 1998
    assert shown[at + 5] == "        … (5000 characters in all)"


def test_a_row_is_folded_by_the_key_that_opened_it() -> None:
    keys = [one.key for one in rows(LOCALS, f"{LOCALS}/1")]
    assert keys[1:5] == [f"fold:{LOCALS}", None, f"fold:{LOCALS}/1", f"fold:{LOCALS}/1/0"]


def test_copying_a_value_gives_the_expression_and_all_that_is_known() -> None:
    every = [LOCALS, *(f"{LOCALS}/1{rest}" for rest in ("", "/0", "/1", "/2", "/3"))]
    copied = [one.copy for one in rows(*every) if one.copy is not None]
    assert copied[0] == "number = 7"
    assert "config['a'][0] = 1" in copied
    assert "config['o'].b = {1: 2}" in copied
    assert "config['t'] = 'one\\ntwo\\n'" in copied
    assert f"config['l'] = {'x' * 1998!r}… (5000 characters in all)" in copied
    assert "two" in copied


def test_the_rows_of_what_is_closed_are_not_made() -> None:
    never = msgspec.structs.replace(config(), members=(None,))  # what is no value cannot be shown
    values = (msgspec.structs.replace(config(), members=(never,)),)
    assert plain(rows(LOCALS, f"{LOCALS}/1", values=values))[4].startswith("    ▸ config")
    with pytest.raises(AttributeError):
        rows(LOCALS, f"{LOCALS}/1", f"{LOCALS}/1/0", values=values)


def carets(text: str, *, columns: tuple[int, int], end: tuple[int, int] | None = None) -> list[str]:
    lines = tuple(text.split("\n"))
    marked = frame(context=lines, context_line=2, columns=columns, end=end)
    return [one.plain for one in source_rows(marked)]


def test_the_caret_is_right_behind_a_tab() -> None:
    shown, marked = carets("\tif x: 1/0", columns=(7, 10))
    assert shown[marked.index("^") : marked.rindex("^") + 1] == "1/0"


def test_the_caret_is_right_behind_wide_characters() -> None:
    shown, marked = carets('日本 = "語" + None', columns=(5, 15))
    assert shown == ' ❱     2 日本 = "語" + None'
    assert marked == " " * (9 + 7) + "^" * 11


def test_every_line_of_an_expression_is_marked() -> None:
    text = "    raise ValueError(\n        wanted,\n\n    )\nafter = 1"
    assert carets(text, columns=(4, 21), end=(5, 5))[1::2][:2] == [
        " " * 13 + "^" * 17,
        " " * 17 + "^" * 7,
    ]
    assert [line.strip() for line in carets(text, columns=(4, 21), end=(5, 5))][-2:] == [
        "^",
        "6 after = 1",
    ]


def test_a_place_without_its_line_has_no_caret() -> None:
    assert plain(source_rows(frame(source="x = 1/0", columns=(8, 11)))) == [" ❱     2 x = 1/0"]


def recursion(cycle: int, left_out: int) -> tuple[Frame, ...]:
    first = frame(function="first", left_out=left_out, cycle=cycle)
    return (frame(function="outer"), first, frame(function="last"))


@pytest.mark.parametrize(
    ("cycle", "left_out", "words"),
    [
        (1, 992, "… the frame below comes 992 times more"),
        (2, 990, "… the 2 frames below come 495 times more"),
        (0, 135, "… 135 frames left out"),
    ],
)
def test_a_recursion_is_one_row(cycle: int, left_out: int, words: str) -> None:
    found = plain(frame_rows(recursion(cycle, left_out), "0", frozenset()))
    shown = [line for line in found if line.startswith(("…", "setup.py"))]
    assert [line.split("   ")[0] for line in shown] == [
        "setup.py:2  last",
        words,
        "setup.py:2  first",
        "setup.py:2  outer",
    ]


def test_frames_that_are_left_out_count_where_frames_are_folded() -> None:
    library = [frame(owner="stdlib", file="/x/lib/python3.11/a.py", left_out=10, cycle=1)] * 2
    found = plain(frame_rows([*library, frame()], "0", frozenset()))
    assert "▸ 22 frames of the standard library" in found


def test_reports_say_it_too() -> None:
    error = ExceptionRecord(type="RecursionError", message="", frames=recursion(1, 992))
    run = PhaseRun(name="get_requires", status="failed", exception=error)
    lines = [text.plain for part in parts(run) for text in part.texts]
    assert "  … the frame below comes 992 times more" in lines


def test_the_same_traceback_is_made_once() -> None:
    attempt = Attempt(id=1)
    run = PhaseRun(name="get_requires", status="failed", exception=no_torch())
    folds = frozenset[str]()
    assert traceback_rows(attempt, run, folds) is traceback_rows(attempt, run, folds)
    assert traceback_rows(attempt, run, frozenset({LOCALS})) is not None


async def test_a_value_is_opened_and_copied_on_a_small_screen(tmp_path: Path) -> None:
    def fails(session: FakeSession) -> None:
        session.started()
        session.up_to_get_requires()
        error = msgspec.structs.replace(no_torch(), frames=(frame(source="import torch"),))
        session.phase_ended("get_requires", "failed", exit_code=1, exception=error)
        session.ended("failed", torch_cause(session.attempt), failed="get_requires")

    async with opened(tmp_path, fails, NARROW) as screen:
        await screen.press("g", "j", "j", "j", "enter")
        assert "▾ 8 locals" in screen.text
        await screen.press("j", "j", "enter", "j", "enter")
        assert "▾ ['a'] = [1, 2]  list" in screen.text
        assert "[0] = 1" in screen.text
        await screen.press("j", "y")
        assert screen.app.clipboard == "config['a'][0] = 1"
        await screen.press("k", "enter", "k", "y")
        assert screen.app.clipboard == f"config = {config().text}"
        assert "[0] = 1" not in screen.text

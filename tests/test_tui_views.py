"""Lists, traceback, environment, metadata, footer, retry preview: rows from records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from buildscope.model.failure import ExceptionRecord, Failure, Frame
from buildscope.model.run import Attempt, BackendFacts, Metadata, PhaseRun
from buildscope.model.settings import Request, Settings
from buildscope.tui.keys import MOST_VERBS
from buildscope.tui.view import lists
from buildscope.tui.view.environment import environment_rows
from buildscope.tui.view.footer import footer_row, message_row
from buildscope.tui.view.marks import has_unicode, to_ascii
from buildscope.tui.view.metadata import metadata_rows
from buildscope.tui.view.place import (
    Hints,
    Place,
    printed_cause,
    shown_attempt,
    shown_phase,
    shown_tab,
)
from buildscope.tui.view.retry import completed, preview
from buildscope.tui.view.rows import cut, fit, row, spread, wrap
from buildscope.tui.view.state import STATES, Live
from buildscope.tui.view.syntax import highlight
from buildscope.tui.view.traceback import fault_rows, traceback_rows
from buildscope.tui.view.units import clock, duration, plural, size
from tests.helpers.fake_session import FakeSession, no_torch, torch_cause

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from buildscope.model.names import Phase
    from buildscope.tui.view.rows import Row

replace = msgspec.structs.replace


@pytest.fixture
def session(tmp_path: Path) -> Iterator[FakeSession]:
    fake = FakeSession(tmp_path)
    yield fake
    fake.close()


def plain(rows: Iterable[Row]) -> list[str]:
    return [one.plain.rstrip() for one in rows]


def with_run(name: Phase, **fields: object) -> tuple[Attempt, PhaseRun]:
    attempt = Attempt(id=1)
    run = PhaseRun(name=name, **fields)  # type: ignore[arg-type]
    phases = tuple(run if one.name == name else one for one in attempt.phases)
    return replace(attempt, phases=phases), run


# Lists


def test_title_shortens_with_the_width(session: FakeSession) -> None:
    session.flash_attn_fails()
    attempt = session.record.last
    wide = lists.title(session.record, attempt, 120).plain
    assert wide.startswith(
        " flash-attn 2.5.0  · sdist from the index · Python 3.11.7 · isolated · uv"
    )
    assert wide.endswith("buildscope ")
    narrow = lists.title(session.record, attempt, 80).plain
    assert narrow.startswith(" flash-attn 2.5.0  · py3.11 · isolated · uv")
    assert len(wide) == 120
    assert len(narrow) == 80


def test_nine_phases_with_marks_and_times(session: FakeSession) -> None:
    session.flash_attn_fails()
    rows = plain(lists.phase_rows(session.record.last, Live(), 34))
    assert len(rows) == 9
    assert rows[0] == " ✓ source                   0.3 s"
    assert rows[4] == " ✗ get_requires             0.4 s"
    assert rows[5] == " · install_dynamic"


def test_carried_phases_name_their_attempt(session: FakeSession) -> None:
    session.flash_attn_fails()
    session.second_fails_further()
    rows = plain(lists.phase_rows(session.record.last, Live(), 34))
    assert rows[0] == " = source                 from #1"
    assert rows[7].startswith(" ✗ build_wheel")


def test_attempts_indent_only_where_they_branch(session: FakeSession) -> None:
    session.flash_attn_fails()
    for settings, parent in (
        (Settings(extra=("a",)), 1),
        (Settings(python="3.9"), 1),
        (Settings(isolation=False), 1),
        (Settings(extra=("a", "b")), 2),
    ):
        session.started(settings, parent=parent)
        session.phase_ended("get_requires", "failed", exception=no_torch())
        session.ended("failed", torch_cause(session.attempt), failed="get_requires")
    rows = plain(lists.attempt_rows(session.record, 40))
    assert [line.split()[0] for line in rows] == ["#1", "#2", "├", "└", "#5"]
    assert rows[1].endswith("same +a")
    assert rows[4].endswith("same +b")


def test_marks_line(session: FakeSession) -> None:
    session.flash_attn_fails()
    line = lists.marks_line(session.record.last, Live(), 80).plain
    assert line.startswith(" ✓✓✓✓✗····  #1 as published   5/9 get_requires, failed after 0.4 s")
    assert line.endswith("t phases ")


# Traceback


def test_most_recent_call_first_and_others_folded() -> None:
    attempt, run = with_run("get_requires", status="failed", exception=no_torch())
    rows = plain(traceback_rows(attempt, run, frozenset()))
    assert rows[0] == "setup.py:19  <module>   project · most recent call first"
    at = rows.index(" ❱    19 import torch")
    assert rows[at + 1] == "         ^^^^^^^^^^^^"
    error = rows.index("ModuleNotFoundError: No module named 'torch'")
    assert rows[error + 1].startswith("▸ 8 locals: sys, warnings")
    assert rows[-2:] == ["▸ 6 frames of setuptools", "▸ 3 frames of the frontend"]


def test_folds_open_by_their_key() -> None:
    attempt, run = with_run("get_requires", status="failed", exception=no_torch())
    folded = traceback_rows(attempt, run, frozenset())
    key = next(one.key for one in folded if "setuptools" in one.plain)
    assert key is not None
    opened = plain(traceback_rows(attempt, run, frozenset({key.partition(":")[2]})))
    assert "▾ 6 frames of setuptools" in opened
    assert sum("build_meta.py" in line for line in opened) == 6


def test_chains_groups_and_notes() -> None:
    frame = Frame(file="/x/lib/python3.11/json/decoder.py", line=3, function="f", owner="stdlib")
    inner = ExceptionRecord(type="KeyError", message="'a'")
    outer = ExceptionRecord(
        type="RuntimeError",
        message="two\nlines",
        frames=(frame,),
        cause=inner,
        implicit=True,
        notes=("a note",),
        group=(ExceptionRecord(type="OSError", message=""),),
    )
    attempt, run = with_run("build_wheel", status="failed", exception=outer)
    rows = plain(traceback_rows(attempt, run, frozenset()))
    assert rows[0].startswith("json/decoder.py:3  f   the standard library")
    assert "RuntimeError: two" in rows
    assert "  lines" in rows
    assert "note  a note" in rows
    assert "1 of 1 in the group:" in rows
    assert "OSError" in rows
    assert rows[-2:] == ["while this was handled:", "KeyError: 'a'"]


def test_a_failure_without_an_exception_tells_place_and_hint() -> None:
    failure = Failure(
        message="requires is no list", hint="write [..]", file="pyproject.toml", line=2, column=5
    )
    attempt, run = with_run("static_requires", status="failed", failure=failure)
    rows = plain(traceback_rows(attempt, run, frozenset()))
    assert rows[:4] == ["pyproject.toml:2:5", "requires is no list", "", "to do  write [..]"]


@pytest.mark.parametrize("status", ["pending", "running", "passed", "failed", "skipped"])
def test_no_traceback_says_why(status: str) -> None:
    attempt, run = with_run("check", status=status)
    assert plain(traceback_rows(attempt, run, frozenset()))[0].startswith("check")
    assert plain(traceback_rows(None, None, frozenset())) == ["Nothing has run yet."]


def test_a_fault_is_shown_as_python_prints_it() -> None:
    assert plain(fault_rows("Traceback:\n  x\nKeyError")) == ["Traceback:", "  x", "KeyError"]


def test_python_is_coloured_and_other_files_are_not() -> None:
    (pieces,) = highlight(("import torch  # why",), "setup.py")
    assert ("import", "keyword") in pieces
    assert ("torch", "name") in pieces
    assert "".join(text for text, _ in pieces) == "import torch  # why"
    assert highlight(("import torch",), "meson.build") == ((("import torch", ""),),)
    broken = ('x = """never', "closed", "", "def f(:")
    lines = highlight(broken, "a.py")
    assert tuple("".join(text for text, _ in pieces) for pieces in lines) == broken


# Environment and metadata


def test_environment_says_what_was_asked_for_and_what_is_there(session: FakeSession) -> None:
    session.flash_attn_fails()
    rows = plain(environment_rows(session.record.last))
    assert "Interpreter   cpython 3.11.7   /usr/bin/python3" in rows
    assert "Isolation     on: an environment of its own   /c/env" in rows
    assert any(line.startswith("  setuptools>=40.8.0") and "84.2.1" in line for line in rows)
    assert any(line.startswith("  setuptools ") and line.endswith("declared") for line in rows)
    assert "Declared  PEP 517's default, nothing is declared" in rows


def test_environment_with_isolation_off_lists_what_is_missing(session: FakeSession) -> None:
    session.started(Settings(isolation=False, extra=("ninja",), env={"CC": "clang"}))
    session.environment(
        isolated=False, layer="/s/layer", missing=(("wheel", None), ("torch>=3", "2.1"))
    )
    rows = plain(environment_rows(session.record.last))
    assert "Missing  2 declared requirements" in rows
    assert any(line.startswith("! wheel") and line.endswith("not installed") for line in rows)
    assert any(line.startswith("! torch>=3") and line.endswith("found 2.1") for line in rows)
    assert "Variables     CC=clang" in rows
    assert "Extra  added by you" in rows


def test_dynamic_requirements() -> None:
    attempt, _ = with_run("get_requires", status="passed", requires=("numpy>=1",))
    attempt = replace(attempt, backend=BackendFacts(backend="b", requires=("not a req!",)))
    rows = plain(environment_rows(attempt))
    assert "Dynamic  from get_requires" in rows
    assert any(line.startswith("  numpy>=1") for line in rows)
    skipped, _ = with_run("get_requires", status="skipped")
    assert any("nobody asked the backend" in line for line in plain(environment_rows(skipped)))


def test_metadata_that_agrees_and_that_differs(session: FakeSession) -> None:
    session.builds()
    rows = plain(metadata_rows(session.record.last))
    assert "Name: flash-attn" in rows
    assert rows.count("Requires-Dist: torch") == 1
    assert rows[-1] == "✓ same in prepare_metadata and build_wheel"

    attempt, _ = with_run("build_wheel", metadata=Metadata(fields=(("Version", "2"),)))
    prepared = PhaseRun(name="prepare_metadata", metadata=Metadata(fields=(("Version", "1"),)))
    phases = tuple(prepared if one.name == prepared.name else one for one in attempt.phases)
    rows = plain(metadata_rows(replace(attempt, phases=phases)))
    assert rows[:2] == ["Version: 2", "! prepare_metadata says Version: 1"]
    assert "differ" in rows[-1]


def test_metadata_made_up_is_marked(session: FakeSession) -> None:
    session.built_but_wrong()
    rows = metadata_rows(session.record.last)
    assert ("Version: 0.0.0", "warned strong") in rows[1].pieces
    assert "! setuptools made up the version 0.0.0" in plain(rows)
    assert "Requires-Dist: (none)" in plain(rows)


@pytest.mark.parametrize("status", ["pending", "skipped", "failed"])
def test_no_metadata_says_why(status: str) -> None:
    attempt, _ = with_run("prepare_metadata", status=status)
    assert "metadata" in plain(metadata_rows(attempt))[0]
    assert plain(metadata_rows(None)) == ["Nothing has run yet."]


# Footer, retry line, place


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
@pytest.mark.parametrize("state", STATES)
def test_help_and_quit_never_drop(state: str, width: int) -> None:
    said = footer_row(state, 9, width).plain  # type: ignore[arg-type]
    assert len(said) == width
    assert said.rstrip().endswith("? help  q quit")
    assert "…" not in said.replace("retry…", "")
    assert len(said.strip().split("  ")) <= MOST_VERBS


def test_the_footer_offers_the_other_isolation() -> None:
    assert "i isolation off" in footer_row("unknown", 2, 120).plain
    assert "i isolation on" in footer_row("unknown", 2, 120, isolated=False).plain


def test_a_message_leaves_help_and_quit() -> None:
    said = message_row((" a long message " * 9, ""), 80).plain
    assert len(said) == 80
    assert said.rstrip().endswith("? help  q quit")


def test_preview_of_a_retry(session: FakeSession) -> None:
    session.flash_attn_fails()
    record = session.record
    shown = preview(record, record.attempts[0], "python 3.9", 118, {})
    assert shown.request == Request(settings=Settings(python="3.9"))
    assert shown.above.plain.strip() == (
        "Retry #1 → #2  from environment · 2 phases carried over · python 3.9"
    )
    assert shown.below.plain.strip() == "= buildscope retry fake --attempt 1 -p 3.9"
    again = preview(record, record.attempts[0], "", 118, {})
    assert "from get_requires · 4 phases carried over · changes nothing" in again.above.plain
    wrong = preview(record, record.attempts[0], "timeout soon", 60, {})
    assert wrong.request is None
    assert wrong.above.width <= 60


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("+torch +packaging isolation off", "adds torch, packaging · isolation off"),
        ("setuptools==80 CC=clang", "constrains setuptools==80 · sets CC=clang"),
        ("-C a=b skip get_requires", "config setting a=b · skips get_requires"),
        ("-ninja", "takes away ninja"),
    ],
)
def test_a_retry_says_in_words_what_it_changes(session: FakeSession, line: str, told: str) -> None:
    session.started(Settings(extra=("ninja",)))
    session.ended("failed", failed="source")
    shown = preview(session.record, session.record.attempts[0], line, 160, {})
    assert shown.above.plain.strip().endswith(f"carried over · {told}")


def test_completion() -> None:
    assert completed("", ["+torch"]) == "+torch"
    assert completed("+torch is", ["+torch"]) == "+torch isolation off"
    assert completed("skip get", []) == "skip get_requires"
    assert completed("nonsense", []) is None
    assert completed("+torch ", ["+torch"]) is None


def test_what_is_shown_follows_until_something_was_chosen(session: FakeSession) -> None:
    session.flash_attn_fails()
    session.second_fails_further()
    record = session.record
    assert shown_attempt(Place(), record) == record.attempts[1]
    assert shown_attempt(Place(attempt=1), record) == record.attempts[0]
    run = shown_phase(Place(), record.attempts[1])
    assert run is not None
    assert run.name == "build_wheel"
    assert shown_tab(Place(), "failed", run, Hints(beside=False)) == "output"
    assert shown_tab(Place(), "failed", run, Hints(beside=True)) == "traceback"
    assert shown_tab(Place(), "running", run, Hints(beside=True)) == "environment"
    assert shown_tab(Place(tab="metadata"), "running", run, Hints(beside=False)) == "metadata"
    assert shown_tab(Place(), "built", run, Hints(beside=False)) == "metadata"


def test_a_cause_that_was_printed_is_shown_where_it_stands(session: FakeSession) -> None:
    session.flash_attn_fails()
    attempt = session.record.attempts[0]
    raised = attempt.phase("get_requires")
    assert not printed_cause(attempt, raised)
    ended = ExceptionRecord(type="SystemExit", message="error: Command '['gcc']' failed")
    stopped = msgspec.structs.replace(raised, exception=ended)
    assert printed_cause(attempt, stopped)
    assert not printed_cause(attempt, attempt.phase("source"))
    assert shown_tab(Place(), "failed", stopped, Hints(printed=True)) == "output"
    assert shown_tab(Place(), "failed", stopped, Hints()) == "traceback"


# Small things


def test_units() -> None:
    assert [duration(value) for value in (-1, 0.04, 9.94, 38, 161, 3900)] == [
        "0.0 s",
        "0.0 s",
        "9.9 s",
        "38 s",
        "2 min 41 s",
        "1 h 5 min",
    ]
    assert [clock(value) for value in (0.4, 161, 3907)] == ["0.4 s", "2:41", "1:05:07"]
    assert [size(value) for value in (812, 2_500_000, 190_000_000, 3e9)] == [  # type: ignore[arg-type]
        "812 bytes",
        "2.5 MB",
        "190 MB",
        "3.0 GB",
    ]
    assert [plural(value, "line") for value in (1, 1200)] == ["1 line", "1,200 lines"]


def test_rows_fit_their_width_in_cells() -> None:
    assert cut("日本語", 5) == "日本…"
    assert sum(len(text) for text, _ in fit([("abc", "")], 5)) == 5
    assert fit([("abcdef", "x")], 4) == (("abc…", "x"),)
    assert "".join(text for text, _ in spread([("left side", "")], [("right", "")], 12)) == (
        "left … right"
    )
    assert wrap("one two three", 7, 3) == ["one two", "three"]
    assert wrap("unbreakable", 5, 3) == ["unbr…"]
    assert row("", ("a", "dim")).pieces == (("a", "dim"),)


def test_ascii_stands_in_cell_for_cell() -> None:
    assert to_ascii("✓✗▸·…→│日") == "+X>.~>|?"
    assert has_unicode({"TERM": "xterm"}, "UTF-8")
    assert not has_unicode({"TERM": "xterm"}, "iso8859-1")
    assert not has_unicode({"TERM": "linux"}, "utf-8")

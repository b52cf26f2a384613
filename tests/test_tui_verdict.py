"""The verdict of every state, as rows, without a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from buildscope.model.failure import Cause, Evidence, ExceptionRecord, Failure, Remedy, Warned
from buildscope.model.names import PHASES
from buildscope.model.settings import Settings
from buildscope.tui.view.place import Place
from buildscope.tui.view.scene import Scene, make_scene
from buildscope.tui.view.state import Live, State
from buildscope.tui.view.verdict import SHORT, TALL, Frame, digits, verdict_rows
from tests.helpers.fake_session import FakeSession, no_torch, odoo_warning, torch_cause

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def session(tmp_path: Path) -> Iterator[FakeSession]:
    fake = FakeSession(tmp_path)
    yield fake
    fake.close()


def scene_of(session: FakeSession, live: Live | None = None) -> Scene:
    told = live or Live(now=session.now)
    return make_scene(session.record, Place(), lambda _attempt: told, beside=False)


def said(session: FakeSession, live: Live | None = None, *, width: int = 118) -> list[str]:
    rows = verdict_rows(scene_of(session, live), Frame(width, TALL))
    assert len(rows) == TALL
    assert all(row.width <= width for row in rows)
    return [row.plain.strip() for row in rows if row.plain.strip()]


def test_failed(session: FakeSession) -> None:
    session.flash_attn_fails()
    head, evidence, *remedies = said(session)
    assert head.startswith("✗ setup.py line 19 imports torch, which nothing declares")
    assert head.endswith("certain")
    assert evidence == "get_requires failed · ModuleNotFoundError: No module named 'torch'"
    assert remedies[0].split() == ["1", "+torch", "add", "it", "to", "the", "build"]
    assert remedies[2].startswith("·   edit setup.py")
    assert [remedy.label for remedy in digits(scene_of(session).attempt)] == [
        "+torch",
        "isolation off",
    ]


def test_a_retry_that_got_further(session: FakeSession) -> None:
    session.flash_attn_fails()
    session.second_fails_further()
    assert "build_wheel failed · new failure, 3 phases further than #1" in said(session)[1]


def test_a_retry_that_changed_nothing(session: FakeSession) -> None:
    session.flash_attn_fails()
    session.started(Settings(constraints=("setuptools<82",)), parent=1)
    session.phase_ended("install_static")
    session.phase_ended("get_requires", "failed", exit_code=1, exception=no_torch())
    session.ended("failed", torch_cause(2), failed="get_requires")
    assert "same as #1: setuptools<82 changed nothing" in said(session)[1]


def test_unknown(session: FakeSession) -> None:
    session.started()
    error = ExceptionRecord(type="ValueError", message="bad\nthing")
    session.phase_ended("source")
    session.phase_ended("build_wheel", "failed", exit_code=1, exception=error)
    evidence = Evidence(phase="build_wheel", stream="stderr", line=3, text="Error: it broke")
    unknown = Cause(
        id="unknown", confidence="guess", attempt=1, summary="No rule knows this", evidence=evidence
    )
    session.ended("failed", unknown, failed="build_wheel")
    assert scene_of(session).state == "unknown"
    head, *more = said(session)
    assert head.startswith("✗ No rule knows this: ValueError: bad thing")
    assert more[:2] == ["build_wheel failed · exit code 1", "Error: it broke"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"signal": "SIGKILL"}, "killed by SIGKILL"),
        ({"exit_code": 3}, "exit code 3"),
        ({"failure": Failure(message="returned a string")}, "returned a string"),
    ],
)
def test_how_a_phase_without_an_exception_failed(
    session: FakeSession, fields: dict[str, object], words: str
) -> None:
    session.started()
    session.phase_ended("get_requires", "failed", **fields)
    session.ended("failed", failed="get_requires")
    assert words in said(session)[0]


def test_timeout(session: FakeSession) -> None:
    session.started()
    session.phase_ended("build_wheel", "failed", signal="SIGTERM")
    cause = Cause(
        id="timeout",
        confidence="certain",
        attempt=1,
        summary="build_wheel did not end within 30 s",
    )
    session.ended("failed", cause, failed="build_wheel")
    assert scene_of(session).state == "timeout"
    assert "build_wheel did not end within 30 s" in said(session)[0]


def test_starting_and_obtaining_tell_what_building_means(session: FakeSession) -> None:
    session.started()
    assert scene_of(session).state == "starting"
    assert "Building runs its code" in said(session)[1]
    session.phase_started("source")
    session.progressed("source", "downloading x.tar.gz", 1_000_000, 2_000_000)
    head, where, bar, trust = said(session, Live(now=session.now + 2))
    assert head.startswith("▸ Obtaining flash-attn==2.5.0 · 2.0 s")
    assert head.endswith("1 of 9")
    assert where == "its sdist from the index, even where a wheel exists"
    assert bar == "downloading x.tar.gz ━━━━━━━━━━━━──────────── 1.0 MB of 2.0 MB"
    assert trust.startswith("Building runs its code")


def test_running(session: FakeSession) -> None:
    session.flash_attn_fails()
    session.compiles(3)
    live = Live(now=session.now + 161, lines=412, last=("one", "two"), quiet=0.2)
    head, first, second, counts = said(session, live)
    assert head.startswith("▸ build_wheel is running · 2 min 41 s")
    assert [first, second] == ["one", "two"]
    assert counts == "412 lines · last output 0.2 s ago"
    silent = Live(now=session.now + 161, lines=412, last=("one", "two"), quiet=24)
    assert said(session, silent)[-1] == "412 lines · no output for 24 s"


def test_between_two_phases(session: FakeSession) -> None:
    session.started()
    session.up_to_get_requires()
    assert "install_static ended" in said(session)[0]


def test_stopping(session: FakeSession) -> None:
    session.flash_attn_fails()
    session.compiles(3)
    assert said(session, Live(stopping="Stopping: stopped by you"))[0].startswith("▸ Stopping")


def test_built_as_published(session: FakeSession) -> None:
    session.builds()
    head, place, differs, _ = said(session)
    assert head.startswith("✓ Built flash_attn-2.5.0-py3-none-any.whl")
    assert head.endswith("38 s")
    assert place == "in /home/u/dist"
    assert differs == "Builds as published. Fails for you? Something differs."


def test_built_with_changes_is_not_proven(session: FakeSession) -> None:
    session.flash_attn_fails()
    changes = Settings(extra=("torch",), constraints=("setuptools<82",))
    session.builds(settings=changes, parent=1)
    assert scene_of(session).state == "built_changed"
    assert "with 2 changes, not proven" in said(session)[0]
    assert "changed: +torch setuptools<82" in said(session)[2]


def test_a_warning_is_never_green(session: FakeSession) -> None:
    session.built_but_wrong()
    rows = verdict_rows(scene_of(session), Frame(118, TALL))
    styles = {style for row in rows for _, style in row.pieces}
    assert not any("passed" in style for style in styles)
    head, reason, evidence, *remedies = said(session)
    assert head.startswith("! Built, but wrong: setuptools made up the version 0.0.0")
    assert reason == "get_requires was skipped (--skip), so setuptools-odoo was never installed"
    assert evidence.startswith("prepare_metadata, stderr line 3: Unknown distribution option")
    assert len(remedies) == 2


def further_warnings(session: FakeSession) -> None:
    session.started()
    others = [
        Warned(id="unknown-setup-option", attempt=1, summary=f"setuptools ignored `{name}`")
        for name in ("first", "second")
    ]
    session.warned(odoo_warning(1), *others)
    session.ended("built", artifact="/home/u/dist/UNKNOWN-0.0.0-py3-none-any.whl")


def test_remedies_come_before_further_warnings(session: FakeSession) -> None:
    further_warnings(session)
    head, reason, evidence, first, second, further = said(session)
    assert head.endswith("3 warnings")
    assert reason.startswith("get_requires was skipped")
    assert evidence.startswith("prepare_metadata, stderr")
    assert first.startswith("1   run get_requires")
    assert second.startswith("2   +setuptools-odoo")
    assert further == "! setuptools ignored `first`"


def test_a_short_verdict_shows_the_remedies_of_a_warning(session: FakeSession) -> None:
    further_warnings(session)
    rows = verdict_rows(scene_of(session), Frame(50, SHORT))
    text = [row.plain.strip() for row in rows]
    assert text[0].startswith("! Built, but wrong")
    assert text[2].startswith("get_requires was skipped")
    assert [line[:1] for line in text[3:]] == ["1", "2"]


def test_a_minor_warning_names_the_wheel_and_says_nothing_twice(session: FakeSession) -> None:
    session.started()
    minor = Warned(
        id="metadata-field",
        attempt=1,
        summary="home-page is not as it should be (METADATA line 5)",
        evidence=Evidence(phase="build_wheel", file="METADATA", line=5),
    )
    session.warned(minor)
    session.ended("built", artifact="/home/u/dist/demo-1.0-py3-none-any.whl")
    head, name, place = said(session)
    assert head.startswith("! Built, with a warning: home-page is not as it should be")
    assert name == "demo-1.0-py3-none-any.whl"
    assert place == "in /home/u/dist"


@pytest.mark.parametrize(
    ("outcome", "words"),
    [("cancelled", "x Stopped in build_wheel after 12 s"), ("interrupted", "x Interrupted in")],
)
def test_ended_early(session: FakeSession, outcome: str, words: str) -> None:
    session.started()
    session.phase_ended("build_wheel", "cancelled")
    session.ended(outcome, seconds=12)  # type: ignore[arg-type]
    assert said(session)[0].startswith(words)


def test_stopped_where_asked(session: FakeSession) -> None:
    session.started(Settings(until="get_requires"))
    session.up_to_get_requires()
    session.phase_ended("get_requires")
    session.ended("stopped")
    assert "Stopped after get_requires, as asked" in said(session)[0]


def test_not_obtained(session: FakeSession) -> None:
    session.started()
    failure = Failure(message="no sdist of flash-atn was found", hint="near it: flash-attn")
    session.phase_ended("source", "failed", failure=failure)
    session.ended("not_obtained", failed="source")
    head, hint = said(session)
    assert head.startswith("✗ no sdist of flash-atn was found")
    assert hint == "near it: flash-attn"


def test_a_fault_of_our_own(session: FakeSession) -> None:
    session.started()
    live = Live(fault="Traceback …\nKeyError: 'x'\n", report="/s/fault.txt")
    head, where, kept = said(session, live)
    assert head.startswith("✗ buildscope's fault: KeyError: 'x'")
    assert where == "the report is in /s/fault.txt"
    assert "kept" in kept


def test_a_request_that_was_refused(session: FakeSession) -> None:
    live = Live(refusal=("no Python 3.99 was found", "found: 3.11"))
    head, hint = said(session, live)
    assert head.startswith("✗ no Python 3.99 was found")
    assert hint == "found: 3.11"


def test_the_short_verdict_has_five_rows_whatever_there_is_to_say(session: FakeSession) -> None:
    session.started()
    session.phase_ended("source", "failed")
    many = tuple(
        Remedy(label=f"+package-{number}", summary="adds it", settings={}) for number in range(7)
    )
    cause = Cause(
        id="missing-header",
        confidence="likely",
        attempt=1,
        summary="a sentence so long that it " + "goes on and " * 12 + "ends",
        remedies=many,
    )
    session.ended("failed", cause, failed="source")
    rows = verdict_rows(scene_of(session), Frame(78, SHORT))
    assert len(rows) == SHORT
    assert all(row.width <= 78 for row in rows)
    assert "5 more: press a digit up to 7" in rows[-1].plain


def test_a_long_sentence_takes_more_rows_where_they_are_free(session: FakeSession) -> None:
    session.started()
    session.phase_ended("source", "failed")
    cause = Cause(id="missing-header", confidence="likely", attempt=1, summary="word " * 30 + "end")
    session.ended("failed", cause, failed="source")
    rows = verdict_rows(scene_of(session), Frame(78, TALL))
    assert rows[2].plain.strip().endswith("word")
    assert rows[3].plain.strip().endswith("end")


@pytest.mark.parametrize("height", [SHORT, TALL])
@pytest.mark.parametrize("width", [3, 20, 58, 500])
def test_no_size_breaks_it(session: FakeSession, width: int, height: int) -> None:
    session.flash_attn_fails()
    assert len(verdict_rows(scene_of(session), Frame(width, height))) == height


def test_every_state_is_reached() -> None:
    """The stories above and the fake session cover what the verdict can say."""
    from typing import get_args

    from buildscope.tui.view.verdict import STYLE_OF

    assert set(STYLE_OF) == set(get_args(State))
    assert len(PHASES) == 9

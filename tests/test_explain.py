"""The eXplain tab: what a phase is for, what crossed, how to do it by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from buildscope.model.failure import ExceptionRecord
from buildscope.model.names import PHASES
from buildscope.model.run import (
    Attempt,
    BackendFacts,
    Distribution,
    EnvironmentFacts,
    Interpreter,
    PhaseRun,
)
from buildscope.model.settings import Settings
from buildscope.model.target import SourceFacts
from buildscope.reports.explain import Crossed, explain, next_call, shown
from buildscope.session.crossed import read_crossed
from buildscope.tui.view.explain import BLOCK, explain_rows
from buildscope.tui.view.rows import broken
from tests.helpers.screens import opened

if TYPE_CHECKING:
    from pathlib import Path

    from buildscope.model.names import Phase
    from tests.helpers.fake_session import FakeSession

replace = msgspec.structs.replace


def attempt_with(*runs: PhaseRun, **fields: Any) -> Attempt:
    named = {run.name: run for run in runs}
    made: dict[str, Any] = {
        "phases": tuple(named.get(name, PhaseRun(name=name)) for name in PHASES),
        "source": SourceFacts(origin="sdist", tree="/w/src", project="/w/src/x-1", sha256="ab"),
        "backend": BackendFacts(
            backend="setuptools.build_meta:__legacy__", requires=("setuptools",), legacy=True
        ),
        "environment": EnvironmentFacts(path="/w/env", python="/w/env/bin/python"),
        "interpreter": Interpreter(path="/bin/py", version="3.11.7", implementation="cpython"),
    }
    return Attempt(id=1, **{**made, **fields})


def block(attempt: Attempt, name: Phase) -> str:
    return "\n".join(explain(attempt, attempt.phase(name)).by_hand)


def plain(attempt: Attempt, name: Phase, crossed: Crossed | None = None, width: int = 76) -> str:
    rows = explain_rows(attempt, attempt.phase(name), crossed or Crossed(), width)
    return "\n".join(row.plain for row in rows)


@pytest.mark.parametrize("name", PHASES)
def test_each_phase_says_what_why_and_where_the_standard_has_it(name: Phase) -> None:
    told = explain(attempt_with(), PhaseRun(name=name))
    assert 2 <= len(told.why) <= 4
    assert any(text.startswith("What may go wrong: ") for text in told.why)
    assert "packaging specifications: " in told.standard
    assert told.state == "not run yet"
    assert told.returned == (("", "(not run yet)"),)


def test_the_json_that_crossed() -> None:
    run = PhaseRun(name="get_requires", status="passed", result=["a"])
    given = {"kwargs": {"config_settings": {"k": "v"}, "_allow_fallback": False}}
    crossed = Crossed(given=given, returned={"unsupported": False, "return_val": ["a"]})
    told = explain(attempt_with(run), run, crossed)
    assert dict(told.given)["input.json"] == '{"kwargs": {"config_settings": {"k": "v"}}}'
    assert dict(told.returned)["output.json"] == '{"unsupported": false, "return_val": ["a"]}'


def test_long_json_is_broken_into_lines_and_bounded() -> None:
    assert shown(["a"] * 3) == '["a", "a", "a"]'
    lines = shown(list(range(10_000))).splitlines()
    assert lines[:2] == ["[", "  0,"]
    assert len(lines) < 100
    assert lines[-1] == "… (more in the file)"


def test_installs_tell_what_was_asked_and_what_came() -> None:
    asked = PhaseRun(name="get_requires", status="passed", requires=("numpy",))
    came = (Distribution(name="numpy", version="2.0"), Distribution(name="six", version="1.17"))
    run = PhaseRun(name="install_dynamic", status="passed", installed=came)
    settings = Settings(extra=("wheel",), constraints=("numpy<3",))
    attempt = attempt_with(asked, run, settings=settings)
    told = explain(attempt, run)
    assert dict(told.given)["requirements"] == "setuptools, wheel, numpy"
    assert dict(told.given)["constraints"] == "numpy<3"
    assert dict(told.returned)["installed"] == "numpy 2.0\nsix 1.17"
    assert told.by_hand == (
        "uv pip install --python /w/env/bin/python \\",
        "  --constraint <(printf '%s\\n' 'numpy<3') \\",
        "  --build-constraint <(printf '%s\\n' 'numpy<3') \\",
        "  setuptools wheel numpy",
    )


def test_a_layer_is_in_front_by_hand_too() -> None:
    facts = EnvironmentFacts(path="/v", python="/v/bin/python", isolated=False, layer="/w/layer")
    attempt = attempt_with(environment=facts, settings=Settings(isolation=False, extra=("a",)))
    lines = block(attempt, "get_requires")
    assert 'PATH=/w/layer/bin:/v/bin:"$PATH"' in lines
    assert "PYTHONPATH=/w/layer" in lines
    assert "site.addsitedir('/w/layer')" in lines
    assert block(attempt, "install_static") == ""


@pytest.mark.parametrize(
    ("facts", "wanted"),
    [
        ({"archive": "/c/x.tar.gz", "filename": "x.tar.gz"}, 'tar -xf /c/x.tar.gz -C "$d"'),
        ({"archive": "/c/x.zip", "filename": "x.zip"}, "python3 -m zipfile -e /c/x.zip"),
        (
            {"archive": "/o", "url": "git+file:///r/p.git@main#subdirectory=q", "revision": "abc"},
            'git clone file:///r/p.git "$d/tree" &&\ngit -C "$d/tree" checkout abc',
        ),
        ({"archive": "/o", "in_place": True}, ""),
    ],
)
def test_the_source_by_hand(facts: dict[str, Any], wanted: str) -> None:
    source = SourceFacts(origin="o", tree="/t", project="/t", **facts)
    lines = block(attempt_with(source=source), "source")
    assert wanted in lines
    assert bool(wanted) == bool(lines)


def test_python_before_tomllib_reads_the_table_with_sed() -> None:
    old = Interpreter(path="/bin/py", version="3.9.1", implementation="cpython")
    assert "sed -n" in block(attempt_with(interpreter=old), "static_requires")


def test_states_in_words() -> None:
    carried = PhaseRun(name="source", status="carried", from_=3)
    skipped = PhaseRun(name="install_dynamic", status="skipped", note="there are none")
    attempt = attempt_with(carried, skipped)
    assert "1 of 9 · carried from #3: it was not run again" in plain(attempt, "source")
    assert "6 of 9 · skipped: there are none" in plain(attempt, "install_dynamic")


def test_what_was_raised_comes_out() -> None:
    raised = ExceptionRecord(type="KeyError", message="'x'")
    run = PhaseRun(name="build_wheel", status="failed", exception=raised)
    assert "out  raised          KeyError: 'x'" in plain(attempt_with(run), "build_wheel")


def test_a_later_hook_in_the_same_tree_is_told() -> None:
    passed = PhaseRun(name="get_requires", status="passed")
    built = PhaseRun(name="build_wheel", status="failed")
    assert "as build_wheel left it" in plain(attempt_with(passed, built), "get_requires")
    assert "left it" not in plain(attempt_with(passed), "get_requires")


@pytest.mark.parametrize("width", [40, 57, 76, 120])
@pytest.mark.parametrize("name", PHASES)
def test_all_but_the_lines_to_paste_is_broken_to_the_width(name: Phase, width: int) -> None:
    attempt = attempt_with()
    for row in explain_rows(attempt, attempt.phase(name), Crossed(), width):
        assert row.width <= width or row.key == BLOCK, row.plain


def test_breaking_loses_nothing() -> None:
    text = '  {"a": 1}\nwords and /a/very/long/path/that/has/no/spaces words'
    lines = list(broken(text, 12))
    assert all(len(line) <= 12 for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_the_call_to_come() -> None:
    attempt = attempt_with(settings=Settings(config_settings={"k": "v"}))
    called = (
        "setuptools.build_meta:__legacy__.build_wheel(wheel_directory, config_settings={'k': 'v'})"
    )
    assert next_call(attempt, "build_wheel") == called
    assert next_call(attempt, "source") == "obtains the source and unpacks it"


def test_half_a_file_and_none_read_as_nothing(tmp_path: Path) -> None:
    run = PhaseRun(name="get_requires", stdout=str(tmp_path / "stdout"))
    assert read_crossed(run) == Crossed()
    (tmp_path / "input.json").write_text('{"kwargs": ')
    (tmp_path / "output.json").write_text(json.dumps({"return_val": []}))
    assert read_crossed(run) == Crossed(returned={"return_val": []})
    assert read_crossed(PhaseRun(name="source")) == Crossed()


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_the_tab_and_the_block_that_is_copied(tmp_path: Path, size: tuple[int, int]) -> None:
    def script(session: FakeSession) -> None:
        session.flash_attn_fails()

    async with opened(tmp_path, script, size) as screen:
        await screen.press("X")
        assert "get_requires  asks the backend what else it needs" in screen.text
        pane = screen.app.main.explain
        at = [number for number, row in enumerate(pane.rows) if row.key == BLOCK]
        pane.go_to(at[2])
        await screen.press("y")
        assert screen.app.clipboard.startswith("cd ")
        assert screen.app.clipboard.endswith("\nPY")

"""What ``run`` prints at the end, read as a person reads it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import msgspec
from rich.console import Console

from buildscope.diagnosis import diagnose
from buildscope.model.failure import Evidence, Failure, Frame, Remedy, Warned
from buildscope.model.run import Attempt, Distribution, Interpreter, PhaseRun
from buildscope.reports.text import report
from tests.helpers.records import exception, failed_session, session

if TYPE_CHECKING:
    from pathlib import Path

    from buildscope.model.run import SessionRecord

TORCH = "ModuleNotFoundError: No module named 'torch'"


def _printed(record: SessionRecord, *, encoding: str = "utf-8", **options: Any) -> str:
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding=encoding, newline="\n") as file:
        console = Console(file=file, highlight=False, width=80)
        for part in report(record, **options):
            console.print(part, soft_wrap=True)
        file.flush()
        return raw.getvalue().decode(encoding)


def _failed(tmp_path: Path, **options: Any) -> SessionRecord:
    raised = exception(TORCH, ["backend /env/build_meta.py 3 exec(code)"])
    frame = Frame(
        file="setup.py",
        line=19,
        function="<module>",
        source="import torch",
        context=("# before", "import sys", "\timport torch", "x = 1"),
        context_line=17,
        columns=(1, 13),
    )
    raised = msgspec.structs.replace(raised, frames=(*raised.frames, frame))
    record = failed_session(tmp_path, raised=raised, **options)
    attempt = msgspec.structs.replace(record.attempts[0], causes=diagnose(record, 1))
    return msgspec.structs.replace(record, attempts=(attempt,))


def test_the_cause_comes_first_and_the_session_last(tmp_path: Path) -> None:
    lines = _printed(_failed(tmp_path, stderr=f"{TORCH}\n")).splitlines()
    assert lines[0] == "✗ setup.py line 19 imports torch, which nothing declares  certain"
    assert lines[1] == f"  get_requires failed after 0.4 s · {TORCH}"
    assert lines[2] == f"  get_requires, stderr line 1: {TORCH}"
    assert lines[-1] == f"Session: {tmp_path}"


def test_the_projects_frame_is_shown_with_its_source(tmp_path: Path) -> None:
    printed = _printed(_failed(tmp_path))
    shown = printed[printed.index("  setup.py:19") :].splitlines()[:6]
    assert shown == [
        "  setup.py:19 <module>",
        "    17 │ # before",
        "    18 │ import sys",
        "  ❱ 19 │     import torch",
        "       │     ^^^^^^^^^^^^",
        "    20 │ x = 1",
    ]
    assert "build_meta.py" not in printed


def test_the_last_lines_are_shown_and_stderr_is_marked(tmp_path: Path) -> None:
    printed = _printed(_failed(tmp_path, stdout="out 1\nout 2\n", stderr="bad\n"))
    assert "    out 2\n" in printed
    assert "  ! bad\n" in printed


def test_remedies_are_numbered_with_their_command_line(tmp_path: Path) -> None:
    def twin(attempt: Attempt, remedy: Remedy) -> str:
        return f"buildscope run x -x {remedy.settings.get('extra', ['-'])[0]} of #{attempt.id}"

    printed = _printed(_failed(tmp_path), twin=twin)
    said = "  1  +torch   add it to the build (a large download)\n"
    assert f"{said}     buildscope run x -x torch of #1\n" in printed


def test_brief_leaves_out_frames_and_output(tmp_path: Path) -> None:
    printed = _printed(_failed(tmp_path, stderr="bad\n"), brief=True)
    assert "Most recent call first" not in printed
    assert "! bad" not in printed
    assert "What to try" in printed


def test_markup_and_escapes_of_the_build_are_inert(tmp_path: Path) -> None:
    hostile = "[red]no markup[/red] \x1b]0;title\x07\x1b[2Jerror\n"
    printed = _printed(_failed(tmp_path, stderr=hostile))
    assert "[red]no markup[/red] error" in printed
    assert "\x1b" not in printed


def test_a_terminal_without_utf_8_gets_ascii(tmp_path: Path) -> None:
    printed = _printed(_failed(tmp_path, stderr="caf\u00e9 error\n"), encoding="ascii")
    assert printed.startswith("x setup.py line 19")
    assert "  ! caf? error" in printed


def test_long_lines_are_not_broken(tmp_path: Path) -> None:
    printed = _printed(_failed(tmp_path, stderr="word " * 100 + "\n"))
    assert "word " * 99 + "word" in printed


def test_a_wheel_is_named_with_what_made_it(tmp_path: Path) -> None:
    run = PhaseRun(
        name="install_static",
        status="passed",
        installed=(Distribution(name="setuptools", version="84.2.1"),),
    )
    interpreter = Interpreter(path="python", version="3.11.7", implementation="cpython")
    attempt = Attempt(
        id=1, outcome="built", artifact="/out/x.whl", phases=(run,), interpreter=interpreter
    )
    lines = _printed(session(tmp_path, attempt)).splitlines()
    assert lines[:2] == ["✓ Built /out/x.whl", "  with Python 3.11.7, setuptools 84.2.1"]


def test_a_build_that_is_wrong_says_so_before_anything_else(tmp_path: Path) -> None:
    warned = Warned(
        id="default-version",
        attempt=1,
        summary="setuptools made up version 0.0.0",
        reason="odoo_addon was an unknown option, because the plugin was never installed",
        evidence=Evidence(phase="prepare_metadata"),
        remedies=(Remedy(summary="run get_requires", label="run get_requires"),),
    )
    attempt = Attempt(id=1, outcome="built", artifact="x.whl", warnings=(warned,))
    lines = _printed(session(tmp_path, attempt)).splitlines()
    assert lines[0] == "! Built, but wrong: setuptools made up version 0.0.0"
    assert lines[1].startswith("  because odoo_addon")
    assert "What to try" in lines
    assert "✓ Built x.whl" in lines


def test_what_was_not_obtained_is_one_sentence_and_a_hint(tmp_path: Path) -> None:
    failure = Failure(message="there is no distribution called nump", hint="did you mean numpy?")
    runs = (PhaseRun(name="source", status="failed", failure=failure),)
    attempt = Attempt(id=1, outcome="not_obtained", failed_phase="source", phases=runs)
    lines = _printed(session(tmp_path, attempt)).splitlines()
    assert lines[:2] == ["✗ there is no distribution called nump", "  did you mean numpy?"]


def test_other_ends_are_told(tmp_path: Path) -> None:
    run = PhaseRun(name="build_wheel", status="cancelled", failure=Failure(message="by the user"))
    cancelled = Attempt(id=1, outcome="cancelled", phases=(run,))
    assert _printed(session(tmp_path, cancelled)).startswith("! Stopped in build_wheel: by the")
    assert _printed(session(tmp_path)).startswith("! Nothing has run yet.")
    stopped = Attempt(id=1, outcome="stopped")
    assert _printed(session(tmp_path, stopped)).startswith("✓ Stopped, as asked")

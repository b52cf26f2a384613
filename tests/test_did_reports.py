"""What a hook did in reports: at the terminal, in Markdown, in JSON; and with no inspector at all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from buildscope.model.did import Connected, Opened, Sought
from buildscope.model.settings import Settings
from buildscope.reports.did import MOST_TOLD, summary
from buildscope.reports.document import make_document
from buildscope.reports.markdown import markdown
from buildscope.reports.text import report
from buildscope.session.export import export_text
from tests.helpers.deeds import BASE, SETUP, gcc

if TYPE_CHECKING:
    from buildscope.model.did import Deed
    from buildscope.model.run import SessionRecord
    from tests.conftest import SessionFactory

pytestmark = pytest.mark.skipif(os.name == "nt", reason="commands of sh")
FAILING = """
import subprocess

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    subprocess.run(["sh", "-c", "exit 0", "passed"], check=True)
    with open(os.environ["ELSEWHERE"], "w"):
        pass
    try:
        import no_such_module_here
    except ImportError:
        pass
    subprocess.run(["sh", "-c", "echo hello; exit 3", "the second"], check=True)
"""
FLIT = """[build-system]
requires = ["flit_core >=3,<4"]
build-backend = "flit_core.buildapi"

[project]
name = "steady"
version = "1.0"
description = "The same each time"
"""


@pytest.fixture
def record(session_on: SessionFactory, project: Path, tmp_path: Path) -> SessionRecord:
    with (project / "backend.py").open("a") as backend:
        backend.write(FAILING)
    session = session_on(project)
    session.run(Settings(env={"ELSEWHERE": str(tmp_path / "elsewhere")}))
    return session.record


def line_of(record: SessionRecord) -> int:
    """The line of the backend that ran the command that fails."""
    source = Path(record.attempts[0].source.project, "backend.py").read_text()  # type: ignore[union-attr]
    return (
        source.splitlines().index(
            '    subprocess.run(["sh", "-c", "echo hello; exit 3", "the second"], check=True)'
        )
        + 1
    )


def test_the_report_names_the_command_and_the_line_that_ran_it(record: SessionRecord) -> None:
    told = "\n".join(str(part) for part in report(record)).splitlines()
    at = told.index("  $ sh -c 'echo hello; exit 3' 'the second' (exit 3)")
    assert told[at + 1] == f"    started from backend.py line {line_of(record)}"


def test_the_document_lists_the_commands_that_failed(record: SessionRecord) -> None:
    phases = make_document(record).attempts[0].phases
    (command,) = phases[7].failed_commands
    assert command.argv == ("sh", "-c", "echo hello; exit 3", "the second")
    assert (command.exit_code, command.led_by) == (3, None)
    assert command.by is not None
    assert (command.by.file, command.by.line) == ("backend.py", line_of(record))
    assert [phase.failed_commands for phase in phases[:7]] == [()] * 7


def test_markdown_has_what_matters_the_failed_command_first(record: SessionRecord) -> None:
    text = export_text(record, record.attempts[0], ".md", {})
    _, _, section = text.partition("## What the hook did")
    section = section.partition("\n## ")[0]
    order = ["not a sandbox", "the second", "```sh", "passed", "no_such_module_here", "wrote "]
    places = [section.index(word) for word in order]
    assert places == sorted(places)
    line = section.partition("```sh\n")[2].partition("\n```")[0]
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (3, "hello\n")
    without = markdown(record, record.attempts[0])
    assert "the second" in without
    assert "```sh" not in without.partition("## What the hook did")[2].partition("\n## ")[0]


def buildscope(*arguments: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "buildscope", *arguments],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


def test_sessions_show_did(record: SessionRecord, environ: dict[str, str]) -> None:
    show = ("sessions", "show", record.id, "--did")
    done = buildscope(*show, "--phase", "build_wheel", environ=environ)
    assert done.returncode == 0
    told = done.stdout.splitlines()
    assert told[0].startswith("build_wheel: what its hook did. Observed, not a sandbox")
    assert any(line.endswith("  $ sh -c 'exit 0' passed") for line in told)
    again = next(line for line in told if "again: " in line).partition("again: ")[2]
    assert subprocess.run(["sh", "-c", again], capture_output=True, check=False).returncode == 3
    every = buildscope(*show, "--attempt", "1", environ=environ).stdout
    assert every.count("what its hook did") == 3
    for wrong in (["--phase", "source"], ["--attempt", "7"], ["--json"]):
        refused = buildscope(*show, *wrong, environ=environ)
        assert (refused.returncode, refused.stdout) == (2, "")
    alone = buildscope("sessions", "show", record.id, "--phase", "build_wheel", environ=environ)
    assert "belong to --did" in alone.stderr


def test_without_the_inspector_it_says_so(
    session_on: SessionFactory, project: Path, environ: dict[str, str]
) -> None:
    session = session_on(project)
    assert session.run(Settings(inspect=False)).outcome == "built"
    done = buildscope("sessions", "show", session.record.id, "--did", environ=environ)
    assert "--no-inspect" in done.stderr + done.stdout
    document = buildscope("sessions", "show", session.record.id, "--json", environ=environ)
    phases = json.loads(document.stdout)["attempts"][0]["phases"]
    assert [phase["failed_commands"] for phase in phases] == [[]] * 9


def wheels(session_on: SessionFactory, project: Path, **settings: object) -> list[bytes]:
    """The wheel with the inspector, and without."""
    built = []
    for inspect in (True, False):
        attempt = session_on(project).run(Settings(inspect=inspect, copy=True, **settings))  # type: ignore[arg-type]
        assert attempt.artifact is not None
        built.append(Path(attempt.artifact).read_bytes())
    return built


def test_the_wheel_is_the_same_without_the_inspector(
    session_on: SessionFactory, project: Path
) -> None:
    backend = project / "backend.py"
    steady = backend.read_text().replace("writestr(path,", "writestr(zipfile.ZipInfo(path),")
    backend.write_text(
        steady.replace(
            'writestr(DIST_INFO + "/RECORD"', 'writestr(zipfile.ZipInfo(DIST_INFO + "/RECORD")'
        )
    )
    inspected, bare = wheels(session_on, project)
    assert inspected == bare


@pytest.mark.index
def test_flit_makes_the_same_wheel_without_the_inspector(
    session_on: SessionFactory, tmp_path: Path
) -> None:
    (project := tmp_path / "steady").mkdir()
    (project / "pyproject.toml").write_text(FLIT)
    (project / "steady.py").write_text("VALUE = 1\n")
    inspected, bare = wheels(session_on, project, env={"SOURCE_DATE_EPOCH": "1700000000"})
    assert inspected == bare


def test_a_summary_is_bounded_and_leaves_out_what_every_backend_tries() -> None:
    deeds: list[Deed] = [
        *(gcc(f"f{n}", 1, id=str(n), at=float(n)) for n in range(50)),
        *(Connected(at=60.0, host=f"h{n}", port=1, by=SETUP) for n in range(30)),
        Sought(at=61.0, name="Cython", by=BASE, led_by=SETUP),
        Opened(at=62.0, path="/etc/passwd", by=SETUP),
    ]
    told = list(summary(deeds, lambda command: f"line {command.start.id}"))
    lines = [text for kind, text in told if kind == "sh"]
    assert lines == [f"line {n}" for n in range(49, 49 - MOST_TOLD, -1)]
    texts = [text for kind, text in told if kind == "text"]
    assert any(text.startswith("connected to h0:1, from setup.py:3") for text in texts)
    assert "and 10 more like the last one" in texts
    assert not any("Cython" in text or "passwd" in text for text in texts)

"""Reports for others: what a Markdown report says, and that nothing in it acts."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from buildscope.diagnosis import diagnose
from buildscope.errors import UsageError
from buildscope.model.failure import Cause, Failure, Remedy, Warned
from buildscope.model.run import Attempt
from buildscope.model.settings import Settings
from buildscope.reports.markdown import markdown
from buildscope.session.export import export_text, export_to
from tests.helpers.records import exception, failed_session, session

if TYPE_CHECKING:
    from buildscope.model.run import SessionRecord

TORCH = "ModuleNotFoundError: No module named 'torch'"


def failed(tmp_path: Path, **options: Any) -> SessionRecord:
    raised = exception(TORCH, ["project setup.py 19 import torch"])
    record = failed_session(tmp_path, raised=raised, stderr=f"{TORCH}\n", **options)
    attempt = msgspec.structs.replace(record.attempts[0], causes=diagnose(record, 1))
    return msgspec.structs.replace(record, attempts=(attempt,))


def test_a_report_has_cause_remedy_frame_output_settings_and_versions(tmp_path: Path) -> None:
    record = failed(tmp_path, settings=Settings(constraints=("setuptools<85",)))
    lines = export_text(record, record.attempts[0], ".md").splitlines()
    assert lines[0] == "# x==1.4 does not build"
    assert lines[2] == (
        "**setup.py line 19 imports torch, which nothing declares** "
        "(certain, `undeclared-build-requirement`)"
    )
    assert f"Phase `get_requires` failed after 0.4 s: `{TORCH}`." in lines
    assert "1. `+torch`: add it to the build \\(a large download\\)" in lines
    assert "   `buildscope run x==1.4 -x torch -c 'setuptools<85'`" in lines
    assert "  setup.py:19 <module>" in lines
    assert "## Last lines of output (! marks stderr)" in lines
    assert f"  ! {TORCH}" in lines
    assert '- constraints: `["setuptools<85"]`' in lines
    assert "- Python: `cpython 3.11.7`" in lines
    assert "- Installed: `setuptools 84.2.1`, `wheel 0.48.0`" in lines
    assert "buildscope run x==1.4 -c 'setuptools<85'" in lines
    assert lines[-1] == "Reported by buildscope 0.1.0."


def test_only_a_report_of_several_attempts_lists_them(tmp_path: Path) -> None:
    record = failed(tmp_path)
    one = record.attempts[0]
    assert "## Attempts" not in markdown(record, one)
    two = Attempt(id=2, parent=1, label="+torch here", outcome="built", dirty=True)
    record = msgspec.structs.replace(record, attempts=(one, two))
    text = markdown(record, two)
    assert text.startswith("# x==1.4 builds\n")
    assert "| 1 |  | as published | failed in get_requires |" in text
    assert "| 2 | 1 | \\+torch here (dirty) | built |" in text


def test_warnings_of_what_passed_are_told(tmp_path: Path) -> None:
    remedy = Remedy(summary="use its tag", label="X=1", settings={"env": {"X": "1"}})
    warned = Warned(
        id="default-version", attempt=1, summary="made up", reason="no tag", remedies=(remedy,)
    )
    attempt = Attempt(id=1, outcome="built", warnings=(warned,))
    text = markdown(session(tmp_path, attempt), attempt)
    assert "**Warning: made up** (`default-version`), because no tag" in text
    assert "1. `X=1`: use its tag" in text
    assert "As published: nothing was changed." in text


HOSTILE = "@octocat #12 <img src=x> ``` `a` [l](u) *b* | \x1b]0;t\x07\x1b[31mred\nnew line"


def test_nothing_of_a_build_is_markup(tmp_path: Path) -> None:
    cause = Cause(id="unknown", confidence="guess", attempt=1, summary=HOSTILE)
    record = failed_session(
        tmp_path,
        raised=exception(f"Bad: {HOSTILE}", [f"project a`b.py 1 {HOSTILE}"]),
        stdout=f"{HOSTILE}\n````\n# not a heading\n",
        causes=(cause,),
        label=HOSTILE,
    )
    text = markdown(record, record.attempts[0], patch="```\n+`````\n")
    outside, fence = [], ""
    for line in text.splitlines():
        ticks = line[: len(line) - len(line.lstrip("`"))]
        if fence:
            fence = "" if line.strip() == ticks and len(ticks) >= len(fence) else fence
        elif len(ticks) >= 3 and "`" not in line[len(ticks) :]:
            fence = ticks
        else:
            outside.append(line)
    assert not fence
    (summary,) = [line for line in outside if line.startswith("**")]
    assert "@" not in summary
    assert "#" not in summary.replace("&#", "")
    assert "<" not in summary
    assert "\\`\\`\\` \\`a\\` \\[l\\](u)".replace("(u)", "\\(u\\)") in summary
    assert "red new line" in summary
    assert "\x1b" not in text
    assert not any(line.startswith(("# not", "new line")) for line in outside)


def test_a_failure_without_an_exception_is_told(tmp_path: Path) -> None:
    failure = Failure(message="no pyproject.toml & no setup.py")
    record = failed_session(tmp_path, phase="static_requires", failure=failure)
    text = markdown(record, record.attempts[0])
    assert "failed after 0.4 s: no pyproject.toml &amp; no setup.py." in text


def test_secrets_and_the_home_directory_are_not_in_it(tmp_path: Path) -> None:
    home = Path.home()
    failure = Failure(message=f"{home}/project with hunter2hunter2")
    record = failed_session(tmp_path, failure=failure)
    environ = {"MY_TOKEN": "hunter2hunter2"}
    text = export_text(record, record.attempts[0], ".md", environ)
    assert "hunter2" not in text
    assert "~/project" in text.replace("\\", "")
    assert f"{home}/project" not in text


def test_json_and_command_lines(tmp_path: Path) -> None:
    record = failed(tmp_path, settings=Settings(env={"MY_TOKEN": "[redacted]"}))
    attempt = record.attempts[0]
    assert json.loads(export_text(record, attempt, ".JSON"))["outcome"] == "failed"
    script = export_text(record, attempt, ".sh")
    assert script.startswith("#!/bin/sh\n")
    assert "\nbuildscope run x==1.4 -e 'MY_TOKEN=[redacted]'\n" in script
    assert "a secret was taken out" in script
    assert subprocess.run(["sh", "-n", "-c", script], check=False).returncode == 0


@pytest.mark.parametrize("suffix", [".html", ".svg", ".pdf", "", ".patch"])
def test_what_cannot_be_written_is_refused(tmp_path: Path, suffix: str) -> None:
    record = failed(tmp_path)
    with pytest.raises(UsageError):
        export_to(tmp_path / f"report{suffix}", record, record.attempts[0])
    assert not (tmp_path / f"report{suffix}").exists()


def test_what_is_there_is_replaced(tmp_path: Path) -> None:
    record = failed(tmp_path)
    (tmp_path / "report.md").write_text("old\n" * 10_000)
    export_to(tmp_path / "report.md", record, record.attempts[0], {})
    text = (tmp_path / "report.md").read_text()
    assert text == export_text(record, record.attempts[0], ".md", {})
    assert "old" not in text

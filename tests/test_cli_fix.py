"""``buildscope fix``: exit codes, what is printed, what is left alone."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from buildscope.reports.document import Document
from tests.helpers.wheels import write_wheel
from tests.test_cli import buildscope

NEEDS_FROBNIC = """

def get_requires_for_build_wheel(config_settings=None):
    import frobnic
    open("left-behind", "w").close()
    return []
"""


@pytest.fixture
def faulty(project: Path) -> Path:
    with (project / "backend.py").open("a") as backend:
        backend.write(NEEDS_FROBNIC)
    return project


@pytest.fixture
def offline(tmp_path: Path) -> list[str]:
    write_wheel(tmp_path / "wheels", "frobnic", "1.0")
    return ["--no-index", "--find-links", str(tmp_path / "wheels")]


def test_a_cure_is_proven_and_told(
    environ: dict[str, str], faulty: Path, offline: list[str]
) -> None:
    before = sorted(path.name for path in faulty.rglob("*"))
    done = buildscope("fix", faulty, *offline, environ=environ)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "+frobnic" in done.stdout
    assert "works: builds" in done.stdout
    assert "proven" in done.stdout.lower()
    assert sorted(path.name for path in faulty.rglob("*")) == before


def test_json_is_one_document_with_the_recipe(
    environ: dict[str, str], faulty: Path, offline: list[str]
) -> None:
    done = buildscope("fix", faulty, *offline, "--json", environ=environ)
    assert done.returncode == 0
    assert done.stderr == ""
    msgspec.json.decode(done.stdout, type=Document)
    found = json.loads(done.stdout)
    assert found["outcome"] == "built"
    assert Path(found["artifact"]).is_file()
    assert found["recipe"]["proven"] is True
    assert found["recipe"]["extra"] == ["frobnic"]
    assert [cause["id"] for cause in found["causes"]] == ["undeclared-build-requirement"]
    assert [trial["judgement"] for trial in found["search"]["trials"]][:2] == ["new error", "works"]


def test_what_is_not_cured_exits_1_and_says_what_was_wrong(
    environ: dict[str, str], project: Path
) -> None:
    with (project / "backend.py").open("a") as backend:
        backend.write("\nraise SystemExit('this was removed; please install other instead')\n")
    done = buildscope("fix", project, "--json", environ=environ)
    found = json.loads(done.stdout)
    assert done.returncode == 1
    assert (found["outcome"], found["recipe"]) == ("failed", None)
    assert found["causes"][0]["id"] == "deliberate-stop"


def test_what_builds_exits_0_without_a_recipe(environ: dict[str, str], project: Path) -> None:
    done = buildscope("fix", project, environ=environ)
    assert done.returncode == 0
    assert "as published" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--verify-with", "uv,conda"], "'conda': no such frontend"),
        (["--budget", "0"], "budget"),
        (["--step"], "a search does not pause"),
        (["-p", "3.99"], "3.99"),
    ],
)
def test_bad_usage_exits_2_with_one_sentence(
    environ: dict[str, str], project: Path, arguments: list[str], said: str
) -> None:
    done = buildscope("fix", project, *arguments, environ=environ)
    assert done.returncode == 2
    assert said in done.stderr


def test_what_cannot_be_obtained_exits_3(environ: dict[str, str], tmp_path: Path) -> None:
    done = buildscope("fix", tmp_path / "none-1.0.tar.gz", environ=environ)
    other = buildscope("fix", "none==1.0", "--no-index", environ=environ)
    assert (done.returncode, other.returncode) == (2, 3)

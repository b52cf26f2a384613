"""Real sdists from the index, end to end, as a user names them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import PROJECTS

pytestmark = [pytest.mark.index, pytest.mark.timeout(600)]


@pytest.fixture
def run_json(environ: dict[str, str]) -> Any:
    def run(*arguments: str | Path) -> tuple[int, dict[str, Any]]:
        done = subprocess.run(
            [sys.executable, "-m", "buildscope", "run", *map(str, arguments), "--json"],
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stderr == ""
        return done.returncode, json.loads(done.stdout)

    return run


def test_an_undeclared_requirement_is_named_with_the_line_of_setup_py(run_json: Any) -> None:
    code, found = run_json("flash-attn==2.5.0")
    assert code == 1
    (attempt,) = found["attempts"]
    assert attempt["failed_phase"] == "get_requires"
    cause = found["causes"][0]
    assert cause["id"] == "undeclared-build-requirement"
    assert "setup.py line 19" in cause["summary"]
    assert "torch" in cause["summary"]
    assert {"extra": ["torch"]} in [each["settings"] for each in cause["remedies"]]
    run = next(run for run in attempt["phases"] if run["name"] == "get_requires")
    frame = run["exception"]["frames"][-1]
    assert (frame["file"], frame["line"], frame["source"]) == ("setup.py", 19, "import torch")


def test_a_constraint_cures_a_removed_option(run_json: Any) -> None:
    code, found = run_json("demjson==2.2.4")
    assert (code, found["attempts"][0]["failed_phase"]) == (1, "get_requires")
    assert found["causes"][0]["id"] == "incompatible-build-requirement"

    code, found = run_json("demjson==2.2.4", "-c", "setuptools<58")
    assert (code, found["outcome"]) == (0, "built")
    assert Path(found["artifact"]).name == "demjson-2.2.4-py3-none-any.whl"


def test_dynamic_requirements_are_asked_for_and_installed(run_json: Any) -> None:
    code, found = run_json(
        PROJECTS / "odoo_addon", "--copy", "-c", "setuptools<82", "--build", "metadata"
    )
    assert code == 0
    phases = {run["name"]: run for run in found["attempts"][0]["phases"]}
    assert phases["get_requires"]["requires"] == ["setuptools-odoo"]
    installed = {each["name"] for each in phases["install_dynamic"]["installed"]}
    assert "setuptools-odoo" in installed
    metadata = (Path(found["artifact"]) / "METADATA").read_text()
    assert "Version: 16.0.1.0.0" in metadata
    assert found["warnings"] == []


def test_skipping_get_requires_makes_metadata_that_nobody_can_miss(run_json: Any) -> None:
    code, found = run_json(
        PROJECTS / "odoo_addon", "--copy", "-c", "setuptools<82", "--skip", "get_requires"
    )
    assert code == 0
    warnings = {warning["id"]: warning for warning in found["warnings"]}
    assert "0.0.0" in warnings["default-version"]["summary"]
    assert "made-up-name" in warnings
    option = warnings["unknown-setup-option"]
    assert "odoo_addon" in option["summary"]
    assert "get_requires was skipped" in option["reason"]
    assert "setuptools-odoo" in option["reason"]
    assert {"extra": ["setuptools-odoo"]} in [each["settings"] for each in option["remedies"]]


@pytest.mark.parametrize(
    "target",
    [
        "packaging==25.0",
        "tomlkit==0.13.2",
        "httpie==1.0.3",
        "simplejson==3.20.1",
        "nanobind==2.4.0",
    ],
)
def test_what_builds_ends_with_a_wheel(run_json: Any, target: str) -> None:
    code, found = run_json(target)
    assert (code, found["outcome"]) == (0, "built"), found["causes"]
    assert Path(found["artifact"]).is_file()


@pytest.mark.skipif(os.environ.get("CI") != "true", reason="compiles for two minutes")
@pytest.mark.parametrize("target", ["contourpy==1.3.2"])
def test_meson_python_builds(run_json: Any, target: str) -> None:
    code, found = run_json(target)
    assert (code, found["outcome"]) == (0, "built"), found["causes"]
    assert Path(found["artifact"]).is_file()

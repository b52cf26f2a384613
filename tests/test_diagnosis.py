"""The rules on what real builds said: every case of ``data/diagnosis`` gets its cause first."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest
import tomli

from buildscope.diagnosis import diagnose
from buildscope.diagnosis.remedies import label
from buildscope.diagnosis.tables import compiled, python_removals, removals, system_packages
from buildscope.model.names import CauseId, Phase
from tests.helpers.records import exception, failed_session

DATA = Path(__file__).parent / "data" / "diagnosis"


def _cases(file: str) -> list[Any]:
    cases = tomli.loads((DATA / file).read_text("utf-8"))["case"]
    return [pytest.param(case, id=case["name"]) for case in cases]


def _first(case: dict[str, Any], directory: Path, phase: Phase) -> Any:
    project = directory / "tree"
    for name in case.get("files", ()):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("")
    for key, name in (("setup", "setup.py"), ("metadata", "PKG-INFO")):
        if key in case:
            project.mkdir(exist_ok=True)
            (project / name).write_text(case[key])
    text = case.get("exception", "").replace("{project}", str(project))
    record = failed_session(
        directory,
        phase=phase,
        raised=exception(text, case.get("frames", ()), case.get("context")) if text else None,
        stdout=case.get("stdout", "").lstrip("\n"),
        stderr=case.get("stderr", "").lstrip("\n"),
        installed=case.get("installed"),
        python=case.get("python", "3.11.7"),
    )
    return diagnose(record, 1)[0]


def _check(cause: Any, expected: dict[str, Any]) -> None:
    assert cause.id == expected["id"], cause.summary
    assert cause.confidence == expected.get("confidence", cause.confidence)
    if "label" in expected:
        assert cause.remedies[0].label == expected["label"]
    told = cause.summary + "".join(remedy.summary for remedy in cause.remedies)
    assert expected.get("summary", "") in told
    assert cause.evidence is not None
    assert cause.evidence.line == expected.get("line", cause.evidence.line)
    assert cause.evidence.stream == expected.get("stream", cause.evidence.stream)
    for remedy in cause.remedies:
        assert remedy.label == label(remedy.settings)
        assert remedy.summary


@pytest.mark.parametrize("case", _cases("hooks.toml"))
def test_a_failed_hook_gets_its_cause_first(case: dict[str, Any], tmp_path: Path) -> None:
    _check(_first(case, tmp_path, "get_requires"), case["expect"])


@pytest.mark.parametrize("case", _cases("installs.toml"))
def test_a_failed_installation_gets_its_cause_first(case: dict[str, Any], tmp_path: Path) -> None:
    _check(_first(case, tmp_path, "install_static"), case["expect"])


def test_the_tables_are_sound() -> None:
    for removal in removals().removal:
        assert compiled(removal.pattern)
        assert (removal.below is None) != (removal.at_least is None)
    for entry in python_removals().c:
        assert compiled(entry.pattern)
    for name, package in system_packages().items():
        assert package.apt or package.dnf or package.brew, name
        assert package.headers or package.libraries or package.programs or package.pkgconfig, name


def test_nobody_is_told_to_install_pkg_resources() -> None:
    from buildscope.diagnosis.tables import distributions

    assert "pkg_resources" not in distributions().distributions.values()
    assert removals().modules["pkg_resources"].startswith("setuptools<")


def test_every_expected_cause_is_one_that_scripts_know() -> None:
    cases = [param.values[0] for file in ("hooks.toml", "installs.toml") for param in _cases(file)]
    assert {case["expect"]["id"] for case in cases} <= set(get_args(CauseId))

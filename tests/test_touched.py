"""The table of first touched phases."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from buildscope.model.names import PHASES, Phase
from buildscope.model.settings import Settings
from buildscope.phases.touched import FIRST_TOUCHED, first_touched


@pytest.mark.parametrize(
    ("change", "phase"),
    [
        ({"index_url": "https://index.invalid"}, "source"),
        ({"find_links": ("links",)}, "source"),
        ({"python": "3.9"}, "environment"),
        ({"isolation": False}, "environment"),
        ({"extra": ("torch",)}, "install_static"),
        ({"constraints": ("setuptools<82",)}, "install_static"),
        ({"exclude_newer": "2020-01-01"}, "install_static"),
        ({"env": {"CC": "clang"}}, "get_requires"),
        ({"config_settings": {"a": "b"}}, "get_requires"),
        ({"skip": ("install_dynamic",)}, "install_dynamic"),
        ({"timeout": 5.0}, "check"),
        ({}, "check"),
        ({"extra": ("torch",), "python": "3.9"}, "environment"),
    ],
)
def test_what_a_change_touches_first(change: dict[str, Any], phase: Phase) -> None:
    assert first_touched(Settings(), Settings(**change)) == phase


def test_a_phase_that_did_not_pass_runs_again() -> None:
    assert first_touched(Settings(), Settings(env={"A": "1"}), "install_static") == "install_static"
    assert first_touched(Settings(), Settings(timeout=5.0), "build_wheel") == "build_wheel"


def test_variables_reach_build_dependencies_that_are_built() -> None:
    child = Settings(env={"CC": "clang"})
    assert first_touched(Settings(), child, "build_wheel", nested_build=True) == "install_static"


def test_the_table_names_settings_and_phases() -> None:
    fields = {field.name for field in msgspec.structs.fields(Settings)}
    assert set(FIRST_TOUCHED) <= fields
    assert set(FIRST_TOUCHED.values()) <= set(PHASES)

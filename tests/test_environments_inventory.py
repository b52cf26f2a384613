from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from buildscope.environments.inventory import inventory
from buildscope.environments.model import BuildEnvironment
from buildscope.model.run import Interpreter

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def environment(tmp_path: Path) -> BuildEnvironment:
    (tmp_path / "site").mkdir()
    return BuildEnvironment(
        path=str(tmp_path),
        python="python",
        scripts="bin",
        site_packages=(str(tmp_path / "site"), str(tmp_path / "missing")),
        interpreter=Interpreter(path="python", version="3.11.0", implementation="cpython"),
    )


def put(path: Path, text: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)


def found(environment: BuildEnvironment) -> list[str]:
    return [f"{each.name} {each.version}" for each in inventory(environment)]


def test_every_form_of_metadata(environment: BuildEnvironment, tmp_path: Path) -> None:
    site = tmp_path / "site"
    put(site / "a_b-1.0.dist-info" / "METADATA", "Name: A.B\nVersion: 1.0\n\nVersion: 9\n")
    put(site / "c-2.egg-info" / "PKG-INFO", "Name: c\nVersion: 2\n")
    put(site / "d-3-py3.11.egg-info", "Name: d\nVersion: 3\n")
    put(site / "e-4-py3.11.egg" / "EGG-INFO" / "PKG-INFO", "Name: e\nVersion: 4\n")
    put(tmp_path / "dev" / "f.egg-info" / "PKG-INFO", "Name: f\nVersion: 5\n")
    put(site / "f.egg-link", f"{tmp_path / 'dev'}\n.")
    assert found(environment) == ["A.B 1.0", "c 2", "d 3", "e 4", "f 5"]


def test_broken_metadata(environment: BuildEnvironment, tmp_path: Path) -> None:
    site = tmp_path / "site"
    put(site / "some_name-1.2.dist-info" / "METADATA", b"\xff\xfe\x00 no header at all")
    put(site / "empty-3.dist-info" / "METADATA", "")
    (site / "left-1.dist-info").mkdir()
    put(site / "~ip-1.dist-info" / "METADATA", "Name: ip\nVersion: 1\n")
    put(site / "g.egg-link", b"")
    put(site / "h.egg-link", "/nowhere/at/all\n")
    assert found(environment) == ["empty 3", "some-name 1.2"]


def test_a_layer_hides_what_is_behind_it(environment: BuildEnvironment, tmp_path: Path) -> None:
    put(tmp_path / "site" / "x-1.dist-info" / "METADATA", "Name: x\nVersion: 1\n")
    put(tmp_path / "layer" / "X-2.dist-info" / "METADATA", "Name: X\nVersion: 2\n")
    layered = msgspec.structs.replace(environment, layer=str(tmp_path / "layer"))
    assert found(layered) == ["X 2"]

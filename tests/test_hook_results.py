"""What hooks return is checked against PEP 517 before anything relies on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from buildscope.errors import PhaseError
from buildscope.phases.hook_results import check_dist_info, check_requirements, check_wheel_name

if TYPE_CHECKING:
    from pathlib import Path

REQUIRES = "get_requires_for_build_wheel"
PREPARE = "prepare_metadata_for_build_wheel"


@pytest.mark.parametrize(
    "result",
    [
        [],
        ["numpy"],
        ["numpy>=2; python_version > '3'", "b @ https://example.invalid/b.tar.gz", "c[d]<2"],
    ],
)
def test_a_list_of_requirements_passes(result: list[str]) -> None:
    assert check_requirements(result, hook=REQUIRES) == tuple(result)


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ("numpy", "returned the string 'numpy'"),
        (None, "returned None"),
        (7, "returned a number 7"),
        (True, "returned True"),
        ({"numpy": 1}, "returned a dictionary {'numpy': 1}"),
        (["numpy", 7], "element 1 is a number 7"),
        (["numpy", ["b"]], "element 1 is a list ['b']"),
        (["numpy", "a b"], "'a b', which is no valid PEP 508 requirement"),
        (["./local"], "'./local', which is no valid PEP 508 requirement"),
        ([""], "'', which is no valid PEP 508 requirement"),
    ],
)
def test_anything_else_is_no_list_of_requirements(result: Any, said: str) -> None:
    with pytest.raises(PhaseError) as caught:
        check_requirements(result, hook=REQUIRES)
    assert caught.value.cause == "hook-contract"
    assert said in caught.value.message
    assert caught.value.message.startswith(REQUIRES)
    assert "\n" not in caught.value.message


def test_a_string_is_told_how_to_become_a_list() -> None:
    with pytest.raises(PhaseError) as caught:
        check_requirements("numpy", hook=REQUIRES)
    assert "['numpy']" in (caught.value.hint or "")


def test_a_long_result_is_cut() -> None:
    with pytest.raises(PhaseError) as caught:
        check_requirements("x" * 100_000, hook=REQUIRES)
    assert len(caught.value.message) < 400


@pytest.fixture
def metadata_directory(tmp_path: Path) -> Path:
    dist_info = tmp_path / "demo-1.0.dist-info"
    dist_info.mkdir()
    (dist_info / "METADATA").write_text("Name: demo\n")
    return tmp_path


def test_the_dist_info_directory_is_found(metadata_directory: Path) -> None:
    found = check_dist_info("demo-1.0.dist-info", metadata_directory, hook=PREPARE)
    assert found == metadata_directory / "demo-1.0.dist-info"


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (None, "returned None"),
        (["demo-1.0.dist-info"], "returned a list"),
        ("", "returned the string ''"),
        (".", "returned the string '.'"),
        ("demo-1.0.dist-info/", "wants the basename"),
        ("../demo-1.0.dist-info", "wants the basename"),
        ("a\\demo-1.0.dist-info", "wants the basename"),
        ("demo-1.0", "wants the basename"),
        ("other-1.0.dist-info", "holds no such directory"),
        ("\0.dist-info", "holds no such directory"),
        ("x" * 5000 + ".dist-info", "holds no such directory"),
    ],
)
def test_any_other_name_is_refused(metadata_directory: Path, result: Any, said: str) -> None:
    with pytest.raises(PhaseError, match=r"PEP 517|holds no such") as caught:
        check_dist_info(result, metadata_directory, hook=PREPARE)
    assert caught.value.cause == "hook-contract"
    assert said in caught.value.message


def test_what_is_there_is_named(metadata_directory: Path) -> None:
    with pytest.raises(PhaseError) as caught:
        check_dist_info("other-1.0.dist-info", metadata_directory, hook=PREPARE)
    assert caught.value.hint == "there are: demo-1.0.dist-info"


def test_a_file_is_no_dist_info_directory(tmp_path: Path) -> None:
    (tmp_path / "demo-1.0.dist-info").write_text("")
    with pytest.raises(PhaseError, match="holds no such directory"):
        check_dist_info("demo-1.0.dist-info", tmp_path, hook=PREPARE)


def test_two_dist_info_directories_are_one_too_many(metadata_directory: Path) -> None:
    (metadata_directory / "second-1.0.dist-info").mkdir()
    with pytest.raises(PhaseError, match=r"left 2 \.dist-info directories") as caught:
        check_dist_info("demo-1.0.dist-info", metadata_directory, hook=PREPARE)
    assert caught.value.cause == "hook-contract"


def test_other_things_beside_it_do_not_matter(metadata_directory: Path) -> None:
    (metadata_directory / "demo.egg-info").mkdir()
    check_dist_info("demo-1.0.dist-info", metadata_directory, hook=PREPARE)


def test_a_dist_info_directory_holds_metadata(metadata_directory: Path) -> None:
    (metadata_directory / "demo-1.0.dist-info" / "METADATA").unlink()
    with pytest.raises(PhaseError, match="without METADATA") as caught:
        check_dist_info("demo-1.0.dist-info", metadata_directory, hook=PREPARE)
    assert caught.value.cause == "invalid-metadata"
    assert caught.value.file == "demo-1.0.dist-info/METADATA"


def test_the_wheel_is_found(tmp_path: Path) -> None:
    wheel = tmp_path / "demo-1.0-py3-none-any.whl"
    wheel.write_bytes(b"PK")
    assert check_wheel_name(wheel.name, tmp_path, hook="build_wheel") == wheel


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (None, "returned None"),
        ("demo-1.0.tar.gz", "wants the basename of a .whl file"),
        ("gone-1.0-py3-none-any.whl", "is not in wheel_directory"),
        ("dist/demo-1.0-py3-none-any.whl", "wants the basename"),
        ("empty-1.0-py3-none-any.whl", "an empty file"),
        ("folder.whl", "is no file"),
        ("\0.whl", "is not in wheel_directory"),
    ],
)
def test_anything_else_is_no_wheel(tmp_path: Path, result: Any, said: str) -> None:
    (tmp_path / "demo-1.0-py3-none-any.whl").write_bytes(b"PK")
    (tmp_path / "empty-1.0-py3-none-any.whl").write_bytes(b"")
    (tmp_path / "folder.whl").mkdir()
    with pytest.raises(PhaseError) as caught:
        check_wheel_name(result, tmp_path, hook="build_wheel")
    assert caught.value.cause == "hook-contract"
    assert said in caught.value.message


def test_the_path_of_the_wheel_is_no_basename(tmp_path: Path) -> None:
    wheel = tmp_path / "demo-1.0-py3-none-any.whl"
    wheel.write_bytes(b"PK")
    with pytest.raises(PhaseError, match="basename") as caught:
        check_wheel_name(str(wheel), tmp_path, hook="build_wheel")
    assert caught.value.hint == "return the name alone, without a directory"

"""Values of ``-c``: requirements, and files as pip writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from buildscope.cli.constraints import read_constraints
from buildscope.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


def from_file(directory: Path, text: str, **environ: str) -> tuple[str, ...]:
    (directory / "constraints.txt").write_bytes(text.encode())
    return read_constraints(["constraints.txt"], directory, environ=environ)


def test_requirements_are_taken_as_they_are_written(tmp_path: Path) -> None:
    values = ["setuptools<82", "a==1; python_version < '3.12'", "b @ https://example.invalid/b.whl"]
    assert read_constraints(values, tmp_path) == tuple(values)


def test_each_is_kept_once_in_order(tmp_path: Path) -> None:
    assert read_constraints(["b<2", "a<2", "b<2"], tmp_path) == ("b<2", "a<2")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("# a comment\n\na<2 # another\n", ("a<2",)),
        ("a\\\n<2\n", ("a<2",)),
        ("a<2,\\\n   >1 \\\n# a comment ends it\nb\n", ("a<2,   >1", "b")),
        ("a<2\\", ("a<2",)),
        ("a @ https://example.invalid/a.whl#egg=a\n", ("a @ https://example.invalid/a.whl#egg=a",)),
        ("a<2 ; python_version < '3.12'\r\nb\r\n", ("a<2 ; python_version < '3.12'", "b")),
        ("\ufeffa<2\n", ("a<2",)),
        ("a<${TOP}\nb<${UNSET_ONE}2\n".replace("${UNSET_ONE}", ""), ("a<9", "b<2")),
    ],
)
def test_a_file_is_read_as_pip_reads_it(
    tmp_path: Path, text: str, expected: tuple[str, ...]
) -> None:
    assert from_file(tmp_path, text, TOP="9") == expected


def test_files_include_others_relative_to_themselves(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "one.txt").write_text("one<2\n-c two.txt\n")
    (tmp_path / "inner" / "two.txt").write_text("two<2\n")
    text = "-r inner/one.txt\n--constraint=inner/two.txt\n-cinner/two.txt\nthree<2\n"
    assert from_file(tmp_path, text) == ("one<2", "two<2", "three<2")


def test_files_that_include_each_other_end(tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("b<2\n-c constraints.txt\n")
    assert from_file(tmp_path, "a<2\n-c other.txt\n") == ("a<2", "b<2")


def test_hashes_are_dropped_and_that_is_said_once(tmp_path: Path) -> None:
    path = tmp_path / "locked.txt"
    path.write_text(
        "a==1 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\nb==2 --hash sha256:cc\n"
    )
    notes: list[str] = []
    assert read_constraints([str(path)], tmp_path, note=notes.append) == ("a==1", "b==2")
    (note,) = notes
    assert str(path) in note
    assert "hashes" in note


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a<2\n-e .\n", 2, "editable"),
        ("--editable=git+https://example.invalid/a\n", 1, "editable"),
        ("\n\n--index-url https://example.invalid/simple\n", 3, "the option --index-url"),
        ("--require-hashes\n", 1, "the option --require-hashes"),
        ("a<2\nb c\n", 2, "'b c' is neither a file nor a requirement"),
        ("a<2,\\\n>>1\n", 1, "neither a file nor a requirement"),
        ("./local\n", 1, "'./local' is neither"),
        ("a[extra]<2\n", 1, "a constraint cannot have extras"),
        ("-c gone.txt\n", 1, "there is no file"),
        ("-r https://example.invalid/c.txt\n", 1, "is not local"),
    ],
)
def test_a_line_that_is_no_constraint_is_refused_with_its_place(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    with pytest.raises(UsageError) as caught:
        from_file(tmp_path, text)
    assert f"{tmp_path / 'constraints.txt'} line {line}" in caught.value.message
    assert said in caught.value.message


def test_a_nested_file_is_named_in_its_errors(tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("a<2\nb c\n")
    with pytest.raises(UsageError, match=r"other\.txt line 2"):
        from_file(tmp_path, "-c other.txt\n")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("gone.txt", "there is no such file"),
        ("some/where/gone", "there is no such file"),
        ("setuptools 82", "'setuptools 82' is neither a file nor a requirement"),
        ("a[b]<2", "cannot have extras"),
        ("https://example.invalid/c.txt", "local files only"),
        ("", "neither a file nor a requirement"),
        ("a\0b", "neither a file nor a requirement"),
    ],
)
def test_a_value_that_is_neither_is_refused(tmp_path: Path, value: str, said: str) -> None:
    with pytest.raises(UsageError, match="-c") as caught:
        read_constraints([value], tmp_path)
    assert said in caught.value.message


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    assert read_constraints(["folder"], tmp_path) == ("folder",)


def test_bytes_that_are_no_utf8_are_refused(tmp_path: Path) -> None:
    (tmp_path / "c.txt").write_bytes(b"a<2\n# caf\xe9\n")
    with pytest.raises(UsageError, match=r"c\.txt line 2: not UTF-8"):
        read_constraints(["c.txt"], tmp_path)

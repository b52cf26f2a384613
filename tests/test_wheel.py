"""Wheels are refused for what installers refuse, and the rest is noted."""

from __future__ import annotations

import sys
import warnings
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from buildscope.errors import PhaseError
from buildscope.model.run import Interpreter
from buildscope.phases.metadata import read_metadata
from buildscope.phases.wheel import check_wheel, supported_tags
from tests.helpers.wheel_files import METADATA, WHEEL, record_hash, write_wheel

if TYPE_CHECKING:
    from pathlib import Path

HERE = Interpreter(
    path=sys.executable,
    version=".".join(map(str, sys.version_info[:3])),
    implementation="cpython",
)
INIT = "demo/__init__.py"


def test_a_right_wheel_passes_without_a_word(tmp_path: Path) -> None:
    reading = check_wheel(write_wheel(tmp_path), interpreter=HERE)
    assert reading.flaws == ()
    assert reading.note is None
    assert (reading.name, reading.version) == ("demo", "1.0")
    assert reading.tags == ("py3-none-any",)
    assert reading.purelib
    assert reading.generator == "by-hand"
    assert reading.dist_info == "demo-1.0.dist-info"
    assert reading.metadata.name == "demo"
    assert reading.members[0] == (INIT, 6)
    assert reading.compiled == ()


def test_normalised_spellings_agree(tmp_path: Path) -> None:
    path = write_wheel(
        tmp_path,
        filename="my_demo-1.0-py2.py3-none-any.whl",
        dist_info="My.Demo-1.0.0.dist-info",
        metadata=METADATA.replace("demo", "My-Demo").replace("1.0\n", "1.0.0\n"),
        wheel=WHEEL + "Tag: py2-none-any\n",
    )
    assert check_wheel(path).flaws == ()


def test_a_compressed_tag_line_is_understood(tmp_path: Path) -> None:
    wheel = WHEEL.replace("py3-none-any", "py2.py3-none-any")
    path = write_wheel(tmp_path, filename="demo-1.0-py2.py3-none-any.whl", wheel=wheel)
    assert check_wheel(path).flaws == ()


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"filename": "demo-1.0.whl"}, "is not named as a wheel"),
        ({"filename": "demo-1.0+é-py3-none-any.whl"}, "is not named as a wheel"),
        ({"filename": "other-1.0-py3-none-any.whl"}, "its directory is demo-1.0.dist-info"),
        ({"dist_info": "other-1.0.dist-info"}, "its directory is other-1.0.dist-info"),
        ({"dist_info": "demo-1.0.egg-info"}, "has no .dist-info directory"),
        (
            {"files": {"foo-2.0.dist-info/METADATA": b""}},
            "has 2 .dist-info directories: demo-1.0.dist-info, foo-2.0.dist-info",
        ),
        ({"metadata": None}, "has no demo-1.0.dist-info/METADATA"),
        ({"wheel": None}, "has no demo-1.0.dist-info/WHEEL"),
        ({"without_record": True}, "has no demo-1.0.dist-info/RECORD"),
        ({"wheel": "Tag: py3-none-any\n"}, "has no Wheel-Version; expected 1.0"),
        ({"wheel": WHEEL.replace("1.0", "one")}, "has the Wheel-Version 'one'"),
        ({"wheel": WHEEL.replace("1.0", "2.0")}, "Wheel-Version 2.0, which installers refuse"),
        ({"files": {"../evil.py": b""}}, "leads out of the directory"),
        ({"files": {"/evil.py": b""}}, "leads out of the directory"),
        ({"record": {INIT: f"{INIT},{record_hash(b'y = 2')},6"}}, "not the file that RECORD"),
        ({"record": {INIT: f"{INIT},{record_hash(b'y = 2', 'sha512')},6"}}, "not the file that"),
        ({"record": {INIT: "a,b"}}, "has 2 fields in line 1; expected path, hash, size"),
        ({"record": {INIT: '"a'}}, "is not readable"),
    ],
)
def test_what_is_no_wheel_is_refused(tmp_path: Path, written: dict[str, Any], said: str) -> None:
    path = write_wheel(tmp_path, **written)
    with pytest.raises(PhaseError) as caught:
        check_wheel(path)
    assert caught.value.cause == "hook-contract"
    assert said in caught.value.message
    assert caught.value.file is not None


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"filename": "demo-1.1-py3-none-any.whl"}, "metadata with the Version '1.0'"),
        ({"metadata": METADATA.replace("1.0", "1.1")}, "metadata with the Version '1.1'"),
        ({"metadata": METADATA.replace("demo", "other")}, "metadata with the Name 'other'"),
        ({"metadata": METADATA.replace("1.0", "1.0-foo")}, "Version '1.0-foo', which is not"),
        ({"metadata": METADATA + "Requires-Dist: a b\n"}, "Requires-Dist 'a b', which is not"),
    ],
)
def test_contradicting_metadata_is_refused(
    tmp_path: Path, written: dict[str, Any], said: str
) -> None:
    path = write_wheel(tmp_path, **written)
    with pytest.raises(PhaseError) as caught:
        check_wheel(path)
    assert caught.value.cause == "invalid-metadata"
    assert said in caught.value.message
    assert caught.value.file == "demo-1.0.dist-info/METADATA"
    assert caught.value.line in {2, 3, 4}


def test_files_that_are_no_zip_are_refused(tmp_path: Path) -> None:
    path = write_wheel(tmp_path)
    for raw in (b"not a zip", path.read_bytes()[:-30], b""):
        path.write_bytes(raw)
        with pytest.raises(PhaseError, match="is not a zip file"):
            check_wheel(path)


def test_a_broken_member_is_refused(tmp_path: Path) -> None:
    path = write_wheel(tmp_path, compression=zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"x = 1\n", b"x = 2\n"))
    with pytest.raises(PhaseError, match=r"__init__\.py in demo-1\.0.*cannot be unpacked"):
        check_wheel(path)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"unlisted": {"demo/new.py": b""}}, "RECORD does not list demo/new.py"),
        ({"record": {"gone": "demo/gone.py,,"}}, "what the wheel does not hold: demo/gone.py"),
        ({"record": {INIT: f"{INIT},,"}}, "RECORD has no usable hash of demo/__init__.py"),
        ({"record": {INIT: f"{INIT},shake_128=x,"}}, "RECORD has no usable hash"),
        (
            {"record": {INIT: f"{INIT},{record_hash(b'x = 1' + bytes([10]), 'md5')},6"}},
            "RECORD has only a weak md5 hash of demo/__init__.py",
        ),
        ({"record": {INIT: f"{INIT},{record_hash(b'x = 1' + bytes([10]))},9"}}, "a wrong size"),
        ({"wheel": WHEEL.replace("1.0", "1.9")}, "newer than the standard's 1.0"),
        ({"wheel": WHEEL.replace("true", "maybe")}, "whether Root-Is-Purelib"),
        ({"wheel": WHEEL.replace("Tag: py3-none-any\n", "")}, "has the tags (none)"),
        ({"wheel": WHEEL.replace("py3", "cp39")}, "has the tags cp39-none-any, the file name"),
        ({"dist_info": "demo-1.1.dist-info"}, "holds the metadata of demo 1.0"),
        ({"compression": zipfile.ZIP_BZIP2}, "neither stored nor deflated"),
        ({"files": {"demo/_c.abi3.so": b"ELF"}}, "any platform, but holds demo/_c.abi3.so"),
    ],
)
def test_what_installers_take_is_a_flaw(tmp_path: Path, written: dict[str, Any], said: str) -> None:
    (flaw,) = check_wheel(write_wheel(tmp_path, **written)).flaws
    assert flaw.id == "metadata-mismatch"
    assert said in flaw.summary


def test_many_flaws_of_a_kind_are_one(tmp_path: Path) -> None:
    unlisted = {f"demo/{number}.py": b"" for number in range(40)}
    (flaw,) = check_wheel(write_wheel(tmp_path, unlisted=unlisted)).flaws
    assert flaw.summary.endswith("demo/0.py, demo/1.py, demo/2.py and 37 more")


def test_a_member_that_is_there_twice_is_a_flaw(tmp_path: Path) -> None:
    path = write_wheel(tmp_path)
    with warnings.catch_warnings(), zipfile.ZipFile(path, "a") as archive:
        warnings.simplefilter("ignore")
        archive.writestr(INIT, b"x = 1\n")
    (flaw,) = check_wheel(path).flaws
    assert flaw.summary == "the wheel holds more than once: demo/__init__.py"


def test_signatures_and_folders_need_no_line_in_record(tmp_path: Path) -> None:
    unlisted = {"demo-1.0.dist-info/RECORD.jws": b"{}", "demo/data/": b""}
    assert check_wheel(write_wheel(tmp_path, unlisted=unlisted)).flaws == ()


def test_the_prepared_metadata_has_to_be_the_wheels(tmp_path: Path) -> None:
    path = write_wheel(tmp_path, metadata=METADATA + "Requires-Dist: a>=1\nSummary: x\n")
    prepared = METADATA + "Summary: x \nRequires-Dist: A >= 1\n"
    same = read_metadata(prepared.encode(), where="METADATA")
    assert check_wheel(path, prepared=same).flaws == ()

    other = read_metadata((METADATA + "Summary: y\n").encode(), where="METADATA")
    (flaw,) = check_wheel(path, prepared=other).flaws
    assert flaw.summary.endswith("Requires-Dist, Summary differ")


@pytest.mark.parametrize(("old", "new"), [("demo", "other"), ("1.0", "1.0.post1")])
def test_another_name_or_version_than_prepared_is_refused(
    tmp_path: Path, old: str, new: str
) -> None:
    prepared = read_metadata(METADATA.replace(old, new).encode(), where="METADATA")
    with pytest.raises(PhaseError, match="PEP 517 wants them to be the same") as caught:
        check_wheel(write_wheel(tmp_path), prepared=prepared)
    assert caught.value.cause == "invalid-metadata"


@pytest.mark.parametrize(
    ("pkg_info", "said"),
    [
        ("Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nSummary: other\n", None),
        ("Metadata-Version: 2.2\nName: demo\nVersion: 1.0\n", "Requires-Dist differs"),
        ("Metadata-Version: 2.2\nName: demo\nVersion: 1.0\nDynamic: Requires-Dist\n", None),
        ("Metadata-Version: 2.2\nName: demo\nVersion: 1.0\nRequires-Dist: a (>=1)\n", None),
        (
            "Metadata-Version: 2.2\nName: demo\nVersion: 1.0\nRequires-Dist: a (>=1)\nSummary: x\n",
            "Summary differs",
        ),
        # metadata 2.2 cannot promise what it does not know
        (
            "Metadata-Version: 2.2\nName: demo\nVersion: 1.0\nRequires-Dist: a\nLicense: MIT\n",
            "Requires-Dist differs",
        ),
        # a name and a version are judged where the whole attempt is known
        (
            "Metadata-Version: 2.2\nName: other\nVersion: 2.0\nRequires-Dist: a>=1\n",
            None,
        ),
    ],
)
def test_pkg_info_promises_what_it_does_not_call_dynamic(
    tmp_path: Path, pkg_info: str, said: str | None
) -> None:
    path = write_wheel(tmp_path, metadata=METADATA + "Requires-Dist: a>=1\n")
    flaws = check_wheel(path, pkg_info=pkg_info.encode()).flaws
    assert [flaw.summary.partition(" from PKG-INFO")[0] for flaw in flaws] == (
        [] if said is None else [said]
    )


def test_an_unreadable_pkg_info_promises_nothing(tmp_path: Path) -> None:
    assert check_wheel(write_wheel(tmp_path), pkg_info=b"\xff\xfe\0nonsense").flaws == ()


def test_a_wheel_for_another_python_is_noted(tmp_path: Path) -> None:
    wheel = WHEEL.replace("py3-none-any", "cp27-cp27mu-any")
    path = write_wheel(tmp_path, filename="demo-1.0-cp27-cp27mu-any.whl", wheel=wheel)
    reading = check_wheel(path, interpreter=HERE)
    assert reading.flaws == ()
    assert "cannot be installed on Python" in (reading.note or "")


def test_tags_are_only_known_of_cpython() -> None:
    pypy = Interpreter(path="pypy", version="3.10.14", implementation="pypy")
    assert supported_tags(pypy) is None
    tags = supported_tags(HERE)
    assert tags is not None
    assert "py3-none-any" in set(map(str, tags))

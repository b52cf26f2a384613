"""What was there when, for travelling back and for bisection."""

from __future__ import annotations

import io
import tarfile
import zipfile
from datetime import datetime, timezone
from typing import TYPE_CHECKING, cast

import pytest

from buildscope.errors import SourceError
from buildscope.model.run import Attempt, BackendFacts, Interpreter
from buildscope.model.settings import Settings
from buildscope.model.target import SourceFacts
from buildscope.process.stop import Stop
from buildscope.repair.history import (
    bound_below,
    cutoff_for,
    pythons_of_time,
    upload_of,
    versions_between,
)
from buildscope.session.choices import Release

if TYPE_CHECKING:
    from pathlib import Path

    from buildscope.session.session import Session

HERE = tuple(
    Interpreter(path=f"/python{minor}", version=f"3.{minor}.4", implementation="cpython")
    for minor in (13, 12, 11, 10, 9, 8)
)


def attempt(directory: Path, **source: str | None) -> Attempt:
    facts = SourceFacts(origin="sdist", tree=str(directory), project=str(directory), **source)  # type: ignore[arg-type]
    return Attempt(id=1, source=facts)


def tar(path: Path, *moments: float) -> str:
    with tarfile.open(path, "w:gz") as archive:
        for number, moment in enumerate(moments):
            member = tarfile.TarInfo(f"x-1/{number}.py")
            member.mtime = moment
            archive.addfile(member, io.BytesIO())
    return str(path)


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def test_the_index_knows_the_moment(tmp_path: Path) -> None:
    made = attempt(tmp_path, uploaded="2020-03-04T23:59:58.123456Z")
    assert upload_of(made) == datetime(2020, 3, 4, 23, 59, 58, 123456, tzinfo=timezone.utc)


def test_else_the_newest_file_of_the_archive_tells(tmp_path: Path) -> None:
    archive = tar(
        tmp_path / "x.tar.gz", day("2017-01-01").timestamp(), day("2017-05-06").timestamp()
    )
    assert upload_of(attempt(tmp_path, archive=archive)) == day("2017-05-06")


def test_a_zip_tells_too(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo("x-1/setup.py", (2015, 6, 7, 8, 9, 10)), "")
    found = upload_of(attempt(tmp_path, archive=str(tmp_path / "x.zip")))
    assert found == datetime(2015, 6, 7, 8, 9, 10, tzinfo=timezone.utc)


@pytest.mark.parametrize("text", ["1970-01-01", "1980-01-01", "2020-02-02", "2999-01-01"])
def test_dates_that_tools_make_up_are_no_dates(tmp_path: Path, text: str) -> None:
    archive = tar(tmp_path / "x.tar.gz", day(text).timestamp())
    assert upload_of(attempt(tmp_path, archive=archive)) is None


def test_without_an_archive_nothing_is_known(tmp_path: Path) -> None:
    (tmp_path / "broken.tar.gz").write_bytes(b"no archive")
    assert upload_of(attempt(tmp_path)) is None
    assert upload_of(attempt(tmp_path, archive=str(tmp_path))) is None
    assert upload_of(attempt(tmp_path, archive=str(tmp_path / "broken.tar.gz"))) is None
    assert upload_of(Attempt(id=1)) is None


def test_the_cutoff_is_the_day_after_and_never_before_the_legacy_backend() -> None:
    assert cutoff_for(day("2021-12-31"), legacy_backend=True) == "2022-01-01"
    assert cutoff_for(day("2012-01-01"), legacy_backend=True) == "2019-02-06"
    assert cutoff_for(day("2018-01-01"), legacy_backend=False) == "2018-01-02"


def minors(found: tuple[Interpreter, ...]) -> list[int]:
    return [int(one.version.split(".")[1]) for one in found]


def test_pythons_of_the_time_come_first_then_the_nearest() -> None:
    assert minors(pythons_of_time(day("2021-12-01"), HERE)) == [10, 9, 8, 11, 12, 13]
    assert minors(pythons_of_time(None, HERE)) == [13, 12, 11, 10, 9, 8]
    assert minors(pythons_of_time(day("2014-12-01"), HERE)) == [8, 9, 10, 11, 12, 13]


def test_what_the_project_requires_is_honoured(tmp_path: Path) -> None:
    (tmp_path / "PKG-INFO").write_text("Name: x\nRequires-Python: >=3.9, !=3.12.*\n\nText\n")
    made = attempt(tmp_path)
    assert minors(pythons_of_time(day("2021-12-01"), HERE, made)) == [10, 9, 11, 13]
    declared = BackendFacts(backend="b", requires=(), requires_python="<3.10")
    stricter = Attempt(id=1, source=made.source, backend=declared)
    assert minors(pythons_of_time(day("2021-12-01"), HERE, stricter)) == [9, 8]


def test_classifiers_say_which_python_was_meant(tmp_path: Path) -> None:
    lines = [f"Classifier: Programming Language :: Python :: 3.{minor}\n" for minor in (7, 8, 9)]
    (tmp_path / "PKG-INFO").write_text("Name: x\n" + "".join(lines))
    made = attempt(tmp_path)
    assert minors(pythons_of_time(day("2021-12-01"), HERE, made)) == [9, 10, 8, 11, 12, 13]
    assert minors(pythons_of_time(None, HERE, made)) == [9, 8, 10, 11, 12, 13]


class FakeChoices:
    def __init__(self, *found: Release) -> None:
        self._found = found

    def releases(self, *_: object) -> tuple[Release, ...]:
        if not self._found:
            raise SourceError("no index answers", cause="resolution")
        return self._found


class FakeSession:
    def __init__(self, *found: Release) -> None:
        self.choices = FakeChoices(*found)


def between(*found: Release) -> list[str]:
    session = cast("Session", FakeSession(*found))
    return versions_between(
        session, "x", "1.0", "2.0", settings=Settings(), python_version="3.11.7", stop=Stop()
    )


def test_versions_between_are_those_an_installer_would_take() -> None:
    names = ["2.0", "1.10", "1.9", "1.2", "1.0", "0.9"]
    refused = (
        Release(version="1.3", yanked=True),
        Release(version="1.4", why_not="needs Python <3"),
        Release(version="1.5rc1"),
    )
    found = between(*(Release(version=name) for name in names), *refused)
    assert found == ["1.2", "1.9", "1.10"]


def test_an_index_that_does_not_answer_has_nothing_between() -> None:
    assert between() == []


@pytest.mark.parametrize(
    ("good", "bad", "bound"),
    [
        ("81.0.0", "82.0.0", "x<82"),
        ("57.5.0", "58.0.0", "x<58"),
        ("1.18.0", "1.19.0", "x<1.19"),
        ("0.29.37", "3.0.0", "x<3"),
        ("3.12.0", "4.0.1", "x<4"),
        ("58.0.0", "58.0.1", "x<58.0.1"),
        ("1!1.0", "1!2.0", "x<1!2"),
        ("2.0", "2.0.post1", "x<2.0.post1"),
    ],
)
def test_a_bound_is_as_short_as_it_can_be(good: str, bad: str, bound: str) -> None:
    assert bound_below("x", good, bad) == bound

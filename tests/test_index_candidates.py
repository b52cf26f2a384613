from __future__ import annotations

from datetime import datetime

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from buildscope.configuration.moments import parse_cutoff
from buildscope.errors import SourceError
from buildscope.sources.candidates import (
    Candidate,
    Wish,
    check_marker,
    choose,
    fits_python,
)


def sdist(
    version: str,
    *,
    suffix: str = ".tar.gz",
    python: str | None = None,
    yanked: str | None = None,
    day: str | None = "2020-01-01",
    dated: bool = True,
) -> Candidate:
    uploaded = datetime.fromisoformat(f"{day}T00:00:00+00:00") if day else None
    filename = f"pkg-{version}{suffix}"
    return Candidate(
        version=Version(version),
        filename=filename,
        url=f"https://host/{filename}",
        requires_python=python,
        yanked=yanked,
        uploaded=uploaded,
        dated=dated,
    )


def wheel(version: str, python: str | None = None) -> Candidate:
    return sdist(version, suffix="-py3-none-any.whl", python=python)


def wish(text: str = "pkg", cutoff: str | None = None) -> Wish:
    return Wish(Requirement(text), "3.11.7", parse_cutoff(cutoff) if cutoff else None)


def chosen(candidates: list[Candidate], wanted: Wish) -> str:
    return choose(candidates, wanted).candidate.filename


def refusal(candidates: list[Candidate], wanted: Wish) -> SourceError:
    with pytest.raises(SourceError) as caught:
        choose(candidates, wanted)
    assert "\n" not in caught.value.message
    return caught.value


def test_the_newest_that_fits_never_a_wheel() -> None:
    files = [sdist("1.0"), sdist("1.10"), sdist("1.9"), sdist("2.0"), wheel("1.11")]
    assert chosen(files, wish()) == "pkg-2.0.tar.gz"
    assert chosen(files, wish("pkg<2")) == "pkg-1.10.tar.gz"
    assert chosen(files, wish("pkg==1.*,!=1.10")) == "pkg-1.9.tar.gz"
    assert choose(files, wish("pkg<2")).note == "pkg 1.11 is newer, but has only wheels"


def test_prereleases_by_the_usual_rule() -> None:
    files = [sdist("1.0"), sdist("2.0rc1"), sdist("1.1.dev0")]
    assert chosen(files, wish()) == "pkg-1.0.tar.gz"
    assert chosen(files, wish("pkg>=2.0a0")) == "pkg-2.0rc1.tar.gz"
    assert chosen(files, wish("pkg==2.0rc1")) == "pkg-2.0rc1.tar.gz"
    assert chosen([sdist("2.0rc1")], wish()) == "pkg-2.0rc1.tar.gz"
    assert chosen(files, wish("pkg>1.5")) == "pkg-2.0rc1.tar.gz"


def test_tar_before_zip_and_a_known_time_before_an_unknown() -> None:
    files = [sdist("1.0", suffix=".zip"), sdist("1.0")]
    assert chosen(files, wish()) == "pkg-1.0.tar.gz"
    local = sdist("1.0", day=None, dated=False)
    assert choose([local, files[0]], wish()).candidate is files[0]


def test_yanked_only_when_pinned_and_then_said() -> None:
    files = [sdist("1.0"), sdist("2.0", yanked="breaks"), sdist("3.0", yanked="")]
    assert chosen(files, wish()) == "pkg-1.0.tar.gz"
    assert chosen(files, wish("pkg>=1")) == "pkg-1.0.tar.gz"
    assert choose(files, wish("pkg==2.0")).note == "pkg 2.0 is yanked: breaks"
    assert choose(files, wish("pkg===3.0")).note == "pkg 3.0 is yanked: no reason is given"
    error = refusal(files, wish("pkg==2.*"))
    assert error.message == "every sdist of pkg that fits is yanked; 2.0: breaks"
    assert "pkg==2.0" in (error.hint or "")


def test_requires_python_is_respected_and_the_newest_that_fits_named() -> None:
    files = [sdist("1.0", python=">=3.6"), sdist("2.0", python=">=3.12"), sdist("1.5rc1")]
    assert chosen(files, wish()) == "pkg-1.0.tar.gz"
    assert choose(files, wish()).note == "pkg 2.0 is newer, but requires Python >=3.12"
    error = refusal(files, wish("pkg>=2.0"))
    assert error.cause == "unsupported-python"
    assert "requires Python >=3.12, and this build runs on 3.11.7" in error.message
    assert "the newest that would fit is 1.0" in error.message
    assert "none does" in refusal([files[1]], wish()).message


@pytest.mark.parametrize("pin", ["pkg==2.0", "pkg===2.0"])
def test_an_exact_pin_is_obtained_for_any_python_and_that_is_said(pin: str) -> None:
    files = [sdist("1.0"), sdist("2.0", python=">=3.12")]
    choice = choose(files, wish(pin))
    assert str(choice.candidate.version) == "2.0"
    assert choice.note == (
        "the index says that it requires Python >=3.12, and this build runs on 3.11.7"
    )


@pytest.mark.parametrize(
    ("specifier", "version", "fits"),
    [
        (">=3.8", "3.11.7", True),
        ("<3.11", "3.11.7", False),
        (">=3.13", "3.13.0rc1+", True),
        (">=3.5.*", "3.11.7", True),
        (None, "3.8.0", True),
    ],
)
def test_fits_python(specifier: str | None, version: str, fits: bool) -> None:
    assert fits_python(specifier, version) is fits


def test_the_cutoff() -> None:
    files = [sdist("1.0", day="2020-01-01"), sdist("2.0", day="2021-06-01")]
    assert chosen(files, wish(cutoff="2021-01-01")) == "pkg-1.0.tar.gz"
    assert chosen(files, wish(cutoff="2021-06-01T00:00:00Z")) == "pkg-2.0.tar.gz"
    error = refusal(files, wish("pkg==2.0", cutoff="2021-01-01"))
    assert "2.0 was uploaded 2021-06-01" in error.message
    undated = sdist("3.0", day=None)
    assert chosen([*files, undated], wish(cutoff="2022-01-01")) == "pkg-2.0.tar.gz"
    choice = choose([undated], wish(cutoff="2022-01-01"))
    assert "upload time is not known" in (choice.note or "")
    linked = sdist("4.0", day=None, dated=False)
    assert chosen([*files, linked], wish(cutoff="2021-01-01")) == "pkg-4.0.tar.gz"


def test_no_such_version_names_the_newest_and_the_nearest() -> None:
    files = [sdist(f"1.{minor}.0") for minor in range(12)]
    error = refusal(files, wish("pkg==1.2.9"))
    assert error.message.startswith("pkg has no version 1.2.9; the newest are 1.11.0, 1.10.0")
    assert "1.2.0" in (error.hint or "")
    assert "pkg has no version >=9" in refusal(files, wish("pkg>=9")).message


def test_only_wheels() -> None:
    assert "only wheels, no sdist" in refusal([wheel("1.0")], wish()).message
    error = refusal([sdist("1.0"), wheel("2.0")], wish("pkg==2.0"))
    assert error.message == ("pkg 2.0 has only wheels; the newest version with an sdist is 1.0")


def test_markers_speak_of_the_python_of_the_build() -> None:
    check_marker(wish('pkg; python_version >= "3.11"'))
    check_marker(wish('pkg[a,b]; extra == "b"'))
    check_marker(wish('pkg; python_full_version == "3.11.7"'))
    with pytest.raises(SourceError, match=r"is false for Python 3\.11\.7"):
        check_marker(wish('pkg; python_version < "3.11"'))
    with pytest.raises(SourceError, match="extra"):
        check_marker(wish('pkg[a]; extra == "b"'))

"""Core metadata: refused like an installer, the rest noted, never a crash."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildscope.errors import PhaseError
from buildscope.phases.metadata import dist_info_flaw, read_leniently, read_metadata

BASE = b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"
WHERE = "demo-1.0.dist-info/METADATA"
FIELD_NAMES = st.sampled_from(
    ["Name", "Version", "Metadata-Version", "Requires-Dist", "Requires-Python", "Keywords"]
)


def test_everything_is_read_in_its_order() -> None:
    raw = BASE + (
        b"Requires-Python: >=3.8\nRequires-Dist: a>=1\nrequires-dist: b; extra == 'x'\n"
        b"Provides-Extra: x\nSummary: one\n\nThe description\n"
    )
    reading = read_metadata(raw, where=WHERE)
    assert (reading.name, reading.version, reading.metadata_version) == ("demo", "1.0", "2.1")
    assert reading.requires_dist == ("a>=1", "b; extra == 'x'")
    assert reading.requires_python == ">=3.8"
    assert reading.metadata.fields[4:6] == (
        ("Requires-Dist", "a>=1"),
        ("requires-dist", "b; extra == 'x'"),
    )
    assert reading.metadata.fields[-1] == ("Description", "The description\n")
    assert reading.metadata.origin == WHERE
    assert reading.line("Summary") == 8
    assert reading.line("Requires-Dist", 1) == 6
    assert reading.line("Requires-Dist", 2) is None
    assert reading.values("REQUIRES-DIST") == reading.requires_dist
    assert reading.flaws == ()


def test_dynamic_is_in_lower_case() -> None:
    raw = BASE.replace(b"2.1", b"2.2") + b"Dynamic: Requires-Dist\nDynamic: Summary\n"
    assert read_metadata(raw, where=WHERE).dynamic == ("requires-dist", "summary")


@pytest.mark.parametrize(
    ("raw", "said", "line"),
    [
        (b"", "has no Name", None),
        (b"Metadata-Version: 2.1\nVersion: 1.0\n", "has no Name", None),
        (b"Name: demo\n", "has no Version", None),
        (b"Name:\nVersion: 1.0\n", "has no Name", None),
        (b"Summary: one\ntwo\nName: demo\nVersion: 1.0\n", "has no Name", None),
        (b"Name: -demo\nVersion: 1.0\n", "line 1 has the Name '-demo'", 1),
        (b"Name: demo\nVersion: 1.0-foo\n", "line 2 has the Version '1.0-foo'", 2),
        (BASE + b"Requires-Dist: a\nRequires-Dist: b c\n", "line 5 has the Requires-Dist", 5),
        (BASE + b"Requires-Python: three\n", "line 4 has the Requires-Python 'three'", 4),
    ],
)
def test_what_no_installer_takes_is_refused(raw: bytes, said: str, line: int | None) -> None:
    with pytest.raises(PhaseError) as caught:
        read_metadata(raw, where=WHERE)
    assert caught.value.cause == "invalid-metadata"
    assert said in caught.value.message
    assert "\n" not in caught.value.message
    assert (caught.value.file, caught.value.line) == (WHERE, line)


@pytest.mark.parametrize(
    ("raw", "said", "line"),
    [
        (
            BASE + b"License-File: LICENSE\n",
            f"License-File is of metadata version 2.4, and the file says 2.1 ({WHERE} line 4)",
            4,
        ),
        (BASE + b"Colour: blue\n", "Colour is not as", 4),
        (BASE + b"Name: again\n", "Name is not as", 2),
        (BASE + b"Requires-Python: >=3.5.*\n", "Requires-Python is not as", 4),
        (BASE.replace(b"2.1", b"9.0"), "Metadata-Version is not as", 1),
        (b"Name: demo\nVersion: 1.0\n", f"{WHERE} has no Metadata-Version", None),
        (BASE + b"Author: J\xf6rg\n", "Author is not as", 4),
        (BASE + b"Description-Content-Type: text/word\n", "Description-Content-Type", 4),
    ],
)
def test_the_rest_of_strict_validation_is_a_flaw(raw: bytes, said: str, line: int | None) -> None:
    (flaw,) = read_metadata(raw, where=WHERE).flaws
    assert flaw.id == "metadata-field"
    assert said in flaw.summary
    assert (flaw.file, flaw.line) == (WHERE if line else flaw.file, line)


def test_the_first_of_two_names_counts_as_it_does_for_installers() -> None:
    assert read_metadata(BASE + b"Name: again\n", where=WHERE).name == "demo"


def test_text_that_is_not_utf8_is_replaced() -> None:
    reading = read_metadata(BASE + b"Author: J\xf6rg\n\nb\xf6dy\n", where=WHERE)
    assert reading.values("author") == ("J\ufffdrg",)
    assert reading.values("description") == ("b\ufffddy\n",)


def test_lenient_reading_wants_a_name_and_a_version_only() -> None:
    reading = read_leniently(BASE + b"Requires-Dist: a b\n", where="PKG-INFO")
    assert reading is not None
    assert reading.requires_dist == ("a b",)
    assert read_leniently(b"Name: demo\n", where="PKG-INFO") is None


@given(st.binary())
def test_no_bytes_crash_it(raw: bytes) -> None:
    _read_or_refuse(raw)


@given(
    st.lists(st.tuples(FIELD_NAMES, st.text()), max_size=8),
    st.sampled_from(["utf-8", "latin-1", "utf-16"]),
)
def test_no_fields_crash_it(fields: list[tuple[str, str]], encoding: str) -> None:
    text = "".join(f"{name}: {value}\n" for name, value in fields)
    _read_or_refuse(BASE + text.encode(encoding, errors="ignore"))
    _read_or_refuse(text.encode(encoding, errors="ignore"))


def _read_or_refuse(raw: bytes) -> None:
    read_leniently(raw, where=WHERE)
    with suppress(PhaseError):
        reading = read_metadata(raw, where=WHERE)
        assert reading.name
        assert reading.version


@pytest.mark.parametrize(
    ("directory", "agrees"),
    [
        ("demo-1.0.dist-info", True),
        ("Demo-1.0.0.dist-info", True),
        ("other-1.0.dist-info", False),
        ("demo-1.1.dist-info", False),
        ("demo.dist-info", False),
    ],
)
def test_a_dist_info_directory_is_named_for_its_metadata(directory: str, agrees: bool) -> None:
    flaw = dist_info_flaw(directory, read_metadata(BASE, where=WHERE))
    assert (flaw is None) is agrees


def test_what_the_most_lenient_installer_takes_is_a_flaw() -> None:
    reading = read_metadata(BASE + b"Requires-Dist: a (>=1.0.*)\n", where="METADATA")
    assert [flaw.id for flaw in reading.flaws] == ["metadata-field"]
    assert "requires-dist" in reading.flaws[0].summary.lower()

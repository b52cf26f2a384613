"""Raw output: two files, one index, readers that follow."""

from __future__ import annotations

import re
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildscope.journal.lines import SpoolReader
from buildscope.journal.redact import Redactor
from buildscope.journal.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    spool = Spool(tmp_path / "out", Redactor())
    yield spool
    spool.close()


@pytest.fixture
def reader(spool: Spool) -> Iterator[SpoolReader]:
    reader = SpoolReader(spool.directory)
    yield reader
    reader.close()


def test_lines_of_both_streams_in_order_of_arrival(spool: Spool, reader: SpoolReader) -> None:
    spool.write("stdout", b"one\ntw")
    spool.write("stderr", b"bad\n")
    spool.write("stdout", b"o\n\nlast")
    spool.close()
    assert reader.refresh() == 5
    assert list(reader.lines()) == [
        ("stdout", "one"),
        ("stdout", "two"),
        ("stderr", "bad"),
        ("stdout", ""),
        ("stdout", "last"),
    ]
    assert spool.counts == {"stdout": 4, "stderr": 1}
    assert [reader.stream_line(number) for number in range(5)] == [1, 2, 1, 3, 4]
    assert reader.number_of("stdout", 3) == 3
    assert reader.number_of("stderr", 2) is None
    assert reader.tail(2) == [("stdout", ""), ("stdout", "last")]


def test_the_raw_bytes_are_kept_as_they_came(spool: Spool) -> None:
    spool.write("stdout", b"\xff\x00\x1b[31mred\x1b[0m\r\n")
    spool.close()
    assert (spool.directory / "stdout").read_bytes() == b"\xff\x00\x1b[31mred\x1b[0m\r\n"


def test_a_reader_follows_a_writer(spool: Spool, reader: SpoolReader) -> None:
    assert len(reader) == 0
    spool.write("stdout", b"first\n")
    assert reader.refresh() == 1
    spool.write("stdout", b"second")
    assert reader.refresh() == 2
    assert reader.text(1) == "second"


def test_search_names_lines_of_both_streams(spool: Spool, reader: SpoolReader) -> None:
    spool.write("stdout", b"ok\nerror: a\n")
    spool.write("stderr", b"error: b\nfine\n")
    reader.refresh()
    assert reader.search(re.compile(rb"^error", re.MULTILINE)) == [1, 2]
    assert reader.search(re.compile(rb"nothing")) == []


def test_long_lines_are_cut_when_read_not_when_written(spool: Spool, reader: SpoolReader) -> None:
    spool.write("stdout", b"x" * 100_000 + b"\nnext\n")
    reader.refresh()
    assert len(reader.raw(0, limit=500)) == 500
    assert reader.text(1) == "next"
    assert (spool.directory / "stdout").stat().st_size == 100_006


def test_a_missing_spool_reads_as_empty(tmp_path: Path) -> None:
    reader = SpoolReader(tmp_path / "nothing")
    assert len(reader) == 0
    assert reader.stream_text("stdout") == ""


def test_when_a_line_arrived(spool: Spool, reader: SpoolReader) -> None:
    spool.write("stdout", b"one\ntwo\n")
    spool.write("stdout", b"three\n")
    reader.refresh()
    assert reader.seconds(0) <= reader.seconds(2)


def test_two_threads_lose_nothing(spool: Spool, reader: SpoolReader) -> None:
    def write(stream: str) -> None:
        for number in range(500):
            spool.write(stream, f"{stream} {number}\n".encode())  # type: ignore[arg-type]

    threads = [threading.Thread(target=write, args=(name,)) for name in ("stdout", "stderr")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    reader.refresh()
    for name in ("stdout", "stderr"):
        own = [text for stream, text in reader.lines() if stream == name]
        assert own == [f"{name} {number}" for number in range(500)]


def test_secrets_are_gone_before_the_file(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s", Redactor({"THE_TOKEN": "swordfish1"}))
    spool.write("stdout", b"a sword")
    spool.write("stdout", b"fish1 b")
    spool.close()
    assert (tmp_path / "s" / "stdout").read_bytes() == b"a [redacted] b"


@given(
    st.lists(
        st.tuples(st.sampled_from(["stdout", "stderr"]), st.text("ab\n", max_size=12)), max_size=20
    )
)
def test_any_chunks_read_back_as_their_lines(chunks: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        spool = Spool(Path(name), Redactor())
        for stream, text in chunks:
            spool.write(stream, text.encode())  # type: ignore[arg-type]
        spool.close()
        reader = SpoolReader(Path(name))
        for stream in ("stdout", "stderr"):
            whole = "".join(text for where, text in chunks if where == stream)
            expected = whole.removesuffix("\n").split("\n") if whole else []
            numbers = [at for at in range(len(reader)) if reader.stream(at) == stream]
            assert [reader.text(at) for at in numbers] == expected
            assert spool.counts[stream] == len(expected)
            for line, number in enumerate(numbers, 1):
                assert reader.stream_line(number) == line
                assert reader.number_of(stream, line) == number  # type: ignore[arg-type]
        hits = reader.search(re.compile(rb"a"))
        assert hits == [at for at in range(len(reader)) if "a" in reader.text(at)]
        reader.close()

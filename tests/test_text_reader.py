"""A text file read by line number, as the output of a process is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from buildscope.journal.lines import SpoolReader
from buildscope.journal.redact import Redactor
from buildscope.journal.spool import Spool
from buildscope.journal.text_reader import TextReader

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = {
    "empty": b"",
    "one line": b"one\n",
    "no newline at the end": b"one\ntwo",
    "only newlines": b"\n\n\n",
    "empty lines": b"one\n\n\ntwo\n",
    "carriage returns": b"one\r\ntwo\rthree\r\n",
    "not UTF-8": b"\xff\xfe\0\n\xc3",
    "long lines": b"x" * 200_000 + b"\n" + b"y" * 65_536 + b"\nend\n",
    "newline at the end of a chunk": b"x" * 65_535 + b"\n" + b"z\n",
    "newline at the start of a chunk": b"x" * 65_536 + b"\n" + b"z\n",
    "many": b"".join(b"line %d\n" % number for number in range(30_000)),
}


@pytest.mark.parametrize("name", TEXTS)
def test_it_reads_as_the_output_of_a_process(tmp_path: Path, name: str) -> None:
    (tmp_path / "log").write_bytes(TEXTS[name])
    spool = Spool(tmp_path / "spool", Redactor({}))
    spool.write("stdout", TEXTS[name])
    spool.close()
    text, output = TextReader(tmp_path / "log"), SpoolReader(tmp_path / "spool")
    assert len(text) == len(output)
    assert list(text.lines()) == list(output.lines())
    assert text.tail(2) == output.tail(2)
    assert text.stream_text("stdout") == output.stream_text("stdout")
    assert text.stream_text("stderr") == ""
    for pattern in (rb"one", rb"9$", rb"z", rb"(?m)^e"):
        assert text.search(re.compile(pattern)) == output.search(re.compile(pattern))
    numbers = range(0, len(text), max(1, len(text) // 7))
    assert [text.stream_line(at) for at in numbers] == [at + 1 for at in numbers]
    assert [text.number_of("stdout", at + 1) for at in numbers] == list(numbers)
    assert b"".join(part.data for part in text.parts()) == TEXTS[name]
    text.close()
    output.close()


def test_a_missing_file_is_empty(tmp_path: Path) -> None:
    reader = TextReader(tmp_path / "nothing")
    assert (len(reader), reader.refresh(), list(reader.lines())) == (0, 0, [])
    assert reader.search(re.compile(b"x")) == []
    with pytest.raises(IndexError):
        reader.text(0)


def test_another_reader_reads_the_same_file(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("one\ntwo\n")
    reader = TextReader(tmp_path / "log")
    other = reader.again()
    reader.close()
    assert [text for _, text in other.lines()] == ["one", "two"]
    other.close()


def test_millions_of_lines_take_little_memory(tmp_path: Path) -> None:
    line = b"0123456789\n"
    (tmp_path / "log").write_bytes(line * 2_000_000)
    reader = TextReader(tmp_path / "log")
    assert len(reader) == 2_000_000
    assert len(reader._where) <= 2_000_000 * len(line) // 65_536 + 1
    assert reader.text(1_999_999) == "0123456789"
    reader.close()

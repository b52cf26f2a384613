"""Reads a plain text file by line number, as ``SpoolReader`` reads the output of a process."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from buildscope.journal.lines import SpoolReader
from buildscope.journal.spool import INSIDE_BIT

if TYPE_CHECKING:
    from pathlib import Path

    from buildscope.model.names import Stream

_CHUNK = 1 << 16


class TextReader(SpoolReader):
    """Lines of one file, all of them of stdout; a missing file reads as empty."""

    def __init__(self, file: Path) -> None:
        self.file = file
        super().__init__(file.parent)

    def again(self) -> TextReader:
        """Another reader of the same file, for another thread."""
        return TextReader(self.file)

    def refresh(self) -> int:
        """Read the whole file, once; the number of its lines."""
        if self._where or not self.file.is_file():
            return len(self)
        offset, lines, inside = 0, 0, False
        with self.file.open("rb") as file:
            while data := file.read(_CHUNK):
                lines += data.count(b"\n") + (not inside) - data.endswith(b"\n")
                self._where.append(offset | (INSIDE_BIT if inside else 0))
                self._lines_after.append(lines)
                self._sizes.append(len(data))
                offset, inside = offset + len(data), not data.endswith(b"\n")
        return lines

    def stream_text(self, stream: Stream) -> str:
        """The whole of the file, which is all stdout."""
        return self.file.read_text("utf-8", errors="replace") if stream == "stdout" else ""

    def _descriptor(self, stream: Stream) -> int:
        if stream not in self._files:
            flags = os.O_RDONLY | getattr(os, "O_BINARY", 0)
            self._files[stream] = os.open(self.file, flags)
        return self._files[stream]

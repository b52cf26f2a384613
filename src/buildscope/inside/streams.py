"""Standard streams of a held process: caught while it evaluates, or lent a terminal."""

from __future__ import annotations

import io
import os
import sys
import tempfile
from contextlib import contextmanager
from typing import Any, Iterator, Tuple

LARGEST = 400_000
"""Bytes of what was printed that are told: the last ones."""


class Output:
    """What was printed, once it is known."""

    text = ""


@contextmanager
def captured() -> Iterator[Output]:
    """Everything that is printed meanwhile, by programs that are started too."""
    output = Output()
    file = _scratch()
    try:
        with descriptors((1, file), (2, file)):
            kept = sys.stdout, sys.stderr
            stream = _stream(1, "w")
            sys.stdout = sys.stderr = stream
            try:
                yield output
            finally:
                for one in (stream, *kept):
                    flush(one)
                sys.stdout, sys.stderr = kept
                output.text = _text_of(file)
    finally:
        os.close(file)


@contextmanager
def on_terminal(terminal: int) -> Iterator[None]:
    """Standard streams are the terminal: only then does Python use its line editing."""
    pairs = tuple((number, terminal) for number in (0, 1, 2))
    with descriptors(*pairs):
        kept = sys.stdin, sys.stdout, sys.stderr
        sys.stdin, sys.stdout = _stream(0, "r"), _stream(1, "w")
        sys.stderr = sys.stdout
        try:
            yield
        finally:
            flush(sys.stdout)
            sys.stdin, sys.stdout, sys.stderr = kept


@contextmanager
def descriptors(*pairs: Tuple[int, int]) -> Iterator[None]:
    """Stand ``source`` in for each ``target``, descriptors both, until the end."""
    kept = [(target, os.dup(target)) for target, _ in pairs]
    try:
        for target, source in pairs:
            os.dup2(source, target)
        yield
    finally:
        for target, copy in kept:
            os.dup2(copy, target)
            os.close(copy)


def fill_standard() -> None:
    """Open the null device in place of standard streams that the hook has closed."""
    while (opened := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(opened, True)
    os.close(opened)


def flush(stream: Any) -> None:
    """Flush what may be no stream at all: the hook could replace it."""
    try:
        stream.flush()
    except Exception:  # whatever stands there, it keeps its own
        return


def _scratch() -> int:
    """A new file without a name; directories for such may be gone with the ``finally`` blocks."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("printed")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _text_of(file: int) -> str:
    size = os.lseek(file, 0, os.SEEK_END)
    os.lseek(file, max(0, size - LARGEST), os.SEEK_SET)
    with open(os.dup(file), "rb") as reader:
        text = reader.read(LARGEST).decode("utf-8", "backslashreplace")
    return text if size <= LARGEST else f"… ({size} bytes in all)\n{text}"


def _stream(descriptor: int, mode: str) -> Any:
    return io.open(descriptor, mode, 1, encoding="utf-8", errors="backslashreplace", closefd=False)

"""Saves the logs of CMake, meson, configure and ninja when a backend deletes them."""

from __future__ import annotations

import os
from itertools import islice

TYPE_CHECKING = False  # importing `typing` costs 5 ms
if TYPE_CHECKING:
    from typing import Any, Iterator, Set

    from .reports import Reports

NAMES = frozenset(
    (
        "meson-log.txt",
        "CMakeError.log",
        "CMakeOutput.log",
        "CMakeConfigureLog.yaml",
        "config.log",
        ".ninja_log",
    )
)
_MOST_FOLDERS = 5000
_MOST_LOGS = 40
_LARGEST = 4_000_000
"""Characters of one log that are kept: its beginning and, more of it, its end."""


class Logs:
    """Handles the audit events of what removes files, before it does."""

    def __init__(self, reports: Reports) -> None:
        self._reports = reports
        self._told: Set[str] = set()

    def removing_tree(self, path: Any, *_: Any) -> None:
        """``shutil.rmtree`` begins."""
        for file in _logs_below(os.fsdecode(path)):
            self._keep(file)

    def removing(self, path: Any, *_: Any) -> None:
        """``os.remove`` of one file."""
        if isinstance(path, (str, bytes)) and os.path.basename(os.fsdecode(path)) in NAMES:
            self._keep(os.path.abspath(os.fsdecode(path)))

    def _keep(self, file: str) -> None:
        if file in self._told or len(self._told) >= _MOST_LOGS:
            return
        text = _read(file)
        if text:
            self._told.add(file)
            self._reports.write_from_fork("log", path=file, text=text)


def _logs_below(root: str) -> Iterator[str]:
    for folder, _, names in islice(os.walk(root), _MOST_FOLDERS):
        for name in NAMES.intersection(names):
            yield os.path.abspath(os.path.join(folder, name))


def _read(file: str) -> str:
    """Text of a log, the middle of a very long one left out; empty where it cannot be read."""
    try:
        size = os.path.getsize(file)
        with open(file, encoding="utf-8", errors="backslashreplace") as opened:
            if size <= _LARGEST:
                return opened.read()
            head = opened.read(_LARGEST // 4)
        with open(file, "rb") as raw:
            raw.seek(size - _LARGEST // 2)
            tail = raw.read().decode("utf-8", "backslashreplace")
    except OSError:
        return ""
    return f"{head}\n… {size} bytes in all, the middle is left out …\n{tail}"

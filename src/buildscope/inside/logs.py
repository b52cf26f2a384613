"""Saves the logs of CMake, meson, configure and ninja when a backend deletes them."""

from __future__ import annotations

import os
import stat
from itertools import islice

TYPE_CHECKING = False  # importing `typing` costs 5 ms
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, Tuple

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
        self._told: Dict[str, Tuple[int, int]] = {}
        self._left = _MOST_LOGS

    def removing_tree(self, path: Any, dir_fd: Any = None, *_: Any) -> None:
        """``shutil.rmtree`` begins; Python 3.11 and later tell what ``path`` is relative to."""
        for file in _logs_below(_located(path, dir_fd)):
            self._keep(file)

    def removing(self, path: Any, dir_fd: Any = None, *_: Any) -> None:
        """``os.remove`` of one file."""
        if isinstance(path, (str, bytes)) and os.path.basename(os.fsdecode(path)) in NAMES:
            self._keep(_located(path, dir_fd))

    def renaming(self, _: Any, path: Any, __: Any = None, dir_fd: Any = None) -> None:
        """``os.rename`` and ``os.replace``: what was at ``path`` is replaced."""
        self.removing(path, dir_fd)

    def _keep(self, file: str) -> None:
        """Send the text of a log, again where it is another one than before."""
        try:
            found = os.stat(file)
        except OSError:
            return
        known = (found.st_size, found.st_mtime_ns)
        if not stat.S_ISREG(found.st_mode) or self._told.get(file) == known or not self._left:
            return
        text = _read(file)
        if text:
            self._left -= 1
            self._told[file] = known
            self._reports.write_from_fork("log", path=file, text=text)


def _located(path: Any, dir_fd: Any) -> str:
    """The absolute path; ``dir_fd`` is a descriptor where it is relative to one."""
    name = os.fsdecode(path)
    if isinstance(dir_fd, int) and dir_fd >= 0 and not os.path.isabs(name):
        name = os.path.join(os.path.realpath("/proc/self/fd/%d" % dir_fd), name)
    return os.path.abspath(name)


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

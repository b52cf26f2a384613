"""Logs that backends write and delete: kept, redacted, beside the output of the hook."""

from __future__ import annotations

import os
from hashlib import sha256
from itertools import islice
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING

from buildscope.model.run import BackendLog

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.journal.redact import Redactor

NAMES = (
    "meson-log.txt",
    "CMakeConfigureLog.yaml",
    "CMakeError.log",
    "config.log",
    "CMakeOutput.log",
    ".ninja_log",
)
"""The most telling first; ``inside/logs.py`` has the same names."""
FOLDER = "logs"
_MOST_FOLDERS = 20_000
_LARGEST = 16_000_000


class LogKeeper:
    """Keeps each log once, the newest text of it, in ``directory``."""

    def __init__(self, directory: Path, project: Path, redactor: Redactor) -> None:
        self._directory = directory / FOLDER
        self._project = Path(os.path.realpath(project))
        self._redactor = redactor
        self._kept: dict[str, BackendLog] = {}
        self._texts: dict[str, str] = {}

    @property
    def logs(self) -> tuple[BackendLog, ...]:
        """What was kept, the most telling first, each text once.

        Files are relative to the hook's directory.
        """
        distinct: dict[str, BackendLog] = {}
        for path in sorted(self._kept, key=_rank):
            distinct.setdefault(self._texts[path], self._kept[path])
        return tuple(distinct.values())

    def keep(self, path: str, text: str) -> None:
        """Keep the text of the log that was at ``path``; it is redacted already."""
        if not text.strip():
            return
        known = self._kept.get(path)
        file = known.file if known is not None else self._free_name(Path(path).name)
        self._directory.mkdir(exist_ok=True, mode=0o700)
        target = self._directory.parent / file
        target.write_text(text, encoding="utf-8", errors="backslashreplace")
        self._texts[path] = sha256(text.encode(errors="backslashreplace")).hexdigest()
        self._kept[path] = BackendLog(path=self._shown(path), file=file)

    def collect(self, since: float) -> None:
        """Keep what is still in the project and was written after ``since`` (epoch seconds)."""
        for path in _logs_below(self._project):
            text = _text_since(path, since)
            if text:
                self.keep(str(path), self._redactor.text(text))

    def _free_name(self, name: str) -> str:
        taken = {log.file for log in self._kept.values()}
        names = (
            f"{FOLDER}/{number}-{name}" if number > 1 else f"{FOLDER}/{name}"
            for number in range(1, 1000)
        )
        return next(found for found in names if found not in taken)

    def _shown(self, path: str) -> str:
        inside = Path(path).is_relative_to(self._project)
        shown = Path(path).relative_to(self._project).as_posix() if inside else path
        return self._redactor.text(shown)


def _logs_below(root: Path) -> Iterator[Path]:
    for folder, _, names in islice(os.walk(root), _MOST_FOLDERS):
        yield from (Path(folder, name) for name in NAMES if name in names)


def _rank(path: str) -> tuple[int, int, str]:
    return NAMES.index(Path(path).name), len(Path(path).parts), path


def _text_since(path: Path, since: float) -> str:
    """The text of a log, cut in its middle; empty for an older one, or one that cannot be read."""
    try:
        status = path.stat()
        if not S_ISREG(status.st_mode) or status.st_mtime < since:
            return ""
        with path.open("rb") as file:
            head = file.read(_LARGEST // 4)
            left_out = max(0, status.st_size - _LARGEST)
            file.seek(left_out, os.SEEK_CUR)
            tail = file.read(_LARGEST)
    except OSError:
        return ""
    if left_out:
        head += b"\n... %d bytes are left out here ...\n" % left_out
    return (head + tail).decode("utf-8", "backslashreplace")

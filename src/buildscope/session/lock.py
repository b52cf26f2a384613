"""One process at a time may add to a session; anybody may read it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from buildscope.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

LOCK = "lock"


class SessionLock:
    """Held until ``release``; the system lets go of it at any end of the process."""

    def __init__(self, directory: Path) -> None:
        """Take it; raises ``UsageError`` when another process has it."""
        self._file = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(self._file)
        except OSError:
            holder = os.read(self._file, 20).decode(errors="replace").strip()
            os.close(self._file)
            raise UsageError(
                f"session {directory.name} is in use by another buildscope (process {holder})",
                hint="quit that one first; `buildscope shell` only reads and works meanwhile",
            ) from None
        os.truncate(self._file, 0)
        os.write(self._file, str(os.getpid()).encode())

    def release(self) -> None:
        """Let go; a second call does nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _lock(file: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

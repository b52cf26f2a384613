"""Whose a file is, how it is called, and which line of it a call stands at."""

from __future__ import annotations

import os
import sys
from itertools import islice

TYPE_CHECKING = False  # importing `typing` costs 5 ms
if TYPE_CHECKING:
    from types import FrameType
    from typing import Dict, Optional, Sequence

_INSTALLED = ("site-packages", "dist-packages")


class Owners:
    """Knows the project, the build environment and what is buildscope's own."""

    def __init__(
        self, project: str, environment: Sequence[str], own: Sequence[Optional[str]]
    ) -> None:
        self.project = below(project)
        self._environment = tuple(below(path) for path in environment)
        self._own = [os.path.realpath(path) for path in own if path]
        self._stdlib = below(os.path.dirname(os.__file__))
        self._known: Dict[str, str] = {}

    def owner(self, path: str) -> str:
        """``frontend``, ``stdlib``, ``backend`` or ``project``."""
        found = self._known.get(path)
        if found is None:
            found = self._known[path] = self._owner(path)
        return found

    def display(self, path: str) -> str:
        """Relative to the project for its own files, else absolute; ``<string>`` as it is."""
        if path.startswith("<"):
            return path
        if self.owner(path) == "project":
            return os.path.realpath(path)[len(self.project) :]
        return os.path.abspath(path)

    def _owner(self, path: str) -> str:
        if path.startswith("<frozen"):
            return "frontend" if "importlib" in path else "stdlib"
        if path.startswith("<"):
            return "backend"
        real = os.path.realpath(path)
        if any(real == own or real.startswith(own + os.sep) for own in self._own):
            return "frontend"
        if real.startswith(self._environment):
            return "backend"
        if real.startswith(self._stdlib):
            installed = real[len(self._stdlib) :].startswith(_INSTALLED)
            return "backend" if installed else "stdlib"
        return "project" if real.startswith(self.project) else "backend"


def below(directory: str) -> str:
    """What the real path of everything in ``directory`` begins with."""
    return os.path.join(os.path.realpath(directory), "")


def calling_frame(above: int) -> Optional[FrameType]:
    """The frame so many calls above the caller's; where Python itself acts there may be none."""
    frame: Optional[FrameType] = sys._getframe(1)  # noqa: SLF001
    while above and frame is not None:
        frame, above = frame.f_back, above - 1
    return frame


def source_line(file: str, line: int) -> str:
    """One line of a file; importing ``linecache`` costs more than all else that is done once."""
    if file.startswith("<"):
        return ""
    try:
        with open(file, "rb") as lines:
            found = next(islice(lines, line - 1, line), b"")
    except OSError:
        return ""
    return found.decode("utf-8", "replace").strip()[:200]

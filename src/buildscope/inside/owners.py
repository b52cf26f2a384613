"""Whose a file is, and how it is called."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # importing `typing` costs 5 ms
if TYPE_CHECKING:
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

"""Interpreters and build environments of a session's attempts, on their way before the phases."""

from __future__ import annotations

import shutil
import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from buildscope.environments.create import create, existing
from buildscope.environments.install_uv import acquaint
from buildscope.environments.interpreters import find_interpreter
from buildscope.phases.prepared import PreparedEnvironment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from buildscope.environments.model import BuildEnvironment
    from buildscope.model.run import Interpreter
    from buildscope.model.settings import Settings
    from buildscope.phases.places import Places


class Environments:
    """Finds interpreters and makes environments; all methods raise ``UsageError`` for none."""

    def __init__(self, *, cache: Path, environ: Mapping[str, str], cwd: Path) -> None:
        self._cache = cache
        self._environ = environ
        self._cwd = cwd
        self._harvester: threading.Thread | None = None
        self._harvesting = threading.Lock()
        self._removers: list[threading.Thread] = []

    def check(self, settings: Settings) -> None:
        """Look whether the interpreter that the settings name is there."""
        if settings.isolation:
            self._find_interpreter(settings)
        else:
            self._adopt(settings)

    def prepare(
        self, settings: Settings, places: Places, kept: Path | None
    ) -> tuple[Interpreter, PreparedEnvironment]:
        """The interpreter, and the environment on its way; ``kept`` is one that serves again."""
        if not settings.isolation:
            adopted = self._adopt(settings)
            return adopted.interpreter, PreparedEnvironment(lambda: adopted)
        interpreter = self._find_interpreter(settings)
        path = kept or places.work / "env"
        make = partial(existing if kept else create, path, interpreter, cache=self._cache)
        if settings.installer != "uv":
            return interpreter, PreparedEnvironment(make)
        then = partial(acquaint, cwd=places.neutral, environ=self._environ)
        return interpreter, PreparedEnvironment(make, then)

    def harvest(self, environment: BuildEnvironment) -> None:
        """Keep compiled modules for later environments, while the client shows the end."""
        from buildscope.environments import bytecode

        with self._harvesting:
            self._join()
            self._harvester = threading.Thread(
                target=bytecode.harvest, args=(environment, self._cache), name="bytecode"
            )
            self._harvester.start()

    def drop(self, path: Path) -> None:
        """Remove an environment that was made here, when nothing reads it any more.

        It is out of the way at once; its files go in the background, as a large one has many.
        """
        with self._harvesting:
            self._join()
            away = path.with_name(f"{path.name}.dropped")
            with suppress(OSError):
                path = path.rename(away)
            remover = threading.Thread(
                target=shutil.rmtree, args=(path,), kwargs={"ignore_errors": True}, name="dropping"
            )
            self._removers.append(remover)
            remover.start()

    def close(self) -> None:
        """Wait for what goes on in the background."""
        with self._harvesting:
            self._join()
            for remover in self._removers:
                remover.join()

    def _join(self) -> None:
        if self._harvester is not None:
            self._harvester.join()

    def _find_interpreter(self, settings: Settings) -> Interpreter:
        return find_interpreter(settings.python, cache=self._cache, environ=self._environ)

    def _adopt(self, settings: Settings) -> BuildEnvironment:
        from buildscope.environments.adopt import adopt

        return adopt(settings, environ=self._environ, cwd=self._cwd, cache=self._cache)

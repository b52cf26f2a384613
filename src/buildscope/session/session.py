"""A session: attempts on one target, each run by the pipeline and recorded in the journal."""

from __future__ import annotations

import os
import re
import shutil
import threading
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from buildscope import __version__
from buildscope.environments.create import create
from buildscope.environments.install_uv import acquaint
from buildscope.environments.interpreters import find_interpreter
from buildscope.errors import UsageError
from buildscope.journal.lines import SpoolReader
from buildscope.journal.reader import read_session
from buildscope.journal.redact import Redactor
from buildscope.journal.writer import JournalWriter
from buildscope.model import events as ev
from buildscope.model.names import PHASES, Phase, phase_index
from buildscope.phases.places import Places
from buildscope.phases.prepared import PreparedEnvironment
from buildscope.phases.touched import first_touched
from buildscope.process.stop import Stop
from buildscope.session.places import (
    cache_directory,
    make_private,
    new_session,
    state_directory,
)
from buildscope.sources.targets import parse_target

if TYPE_CHECKING:
    from collections.abc import Mapping

    from buildscope.environments.model import BuildEnvironment
    from buildscope.model.run import Attempt, Interpreter, SessionRecord
    from buildscope.model.settings import Settings
    from buildscope.model.target import Target

_BUILT = re.compile(rb"^[ ]*(?:Building|Built) (?:wheel for )?[\w.-]+ ?(?:==|@|\()", re.MULTILINE)
LATEST_RETRY_START: Phase = "get_requires"
"""Hooks dirty the tree, so a retry starts no later than the first of them."""


class Session:
    """All attempts on one target.

    One attempt runs at a time; any thread may run it. Everything that happens can be followed
    through ``buildscope.journal.reader.Follower(session.directory)``.
    """

    def __init__(
        self, directory: Path, target: Target, *, cache: Path, environ: Mapping[str, str], cwd: Path
    ) -> None:
        self.directory = directory
        self.target = target
        self._cache = cache
        self._environ = environ
        self._cwd = cwd
        self._redactor = Redactor(environ)
        self._journal = JournalWriter(directory, self._redactor)
        self._count = 0
        self._harvester: threading.Thread | None = None

    @classmethod
    def create(
        cls,
        target: str,
        *,
        environ: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> Session:
        """A new session on what the user named; raises ``UsageError`` for a bad target."""
        environ = dict(os.environ if environ is None else environ)
        cwd = Path.cwd() if cwd is None else cwd
        parsed = parse_target(target, cwd=cwd)
        directory = new_session(state_directory(environ) / "sessions", parsed)
        session = cls(directory, parsed, cache=cache_directory(environ), environ=environ, cwd=cwd)
        session._journal.write(
            ev.SessionStarted(
                at=time.time(), id=directory.name, target=parsed, buildscope=__version__
            )
        )
        return session

    @property
    def id(self) -> str:
        """The name that the command line takes for this session."""
        return self.directory.name

    @property
    def record(self) -> SessionRecord:
        """The session as its journal tells it now."""
        return read_session(self.directory)

    def close(self) -> None:
        """Close the journal, when what still goes on in the background has ended."""
        if self._harvester is not None:
            self._harvester.join()
        self._journal.close()

    def discard(self) -> None:
        """Close, and remove a session in which nothing was attempted."""
        self.close()
        if self._count == 0:
            shutil.rmtree(self.directory, ignore_errors=True)

    def check(self, settings: Settings) -> None:
        """Raise ``UsageError`` when the settings name an interpreter that is not there."""
        if settings.isolation:
            self._find_interpreter(settings)
        else:
            self._adopt(settings)

    def run(self, settings: Settings, stop: Stop | None = None) -> Attempt:
        """Run the first attempt to its end and return its record.

        Raises ``UsageError`` when the settings name an interpreter or environment that is
        not there; every failure of the build itself is in the record.
        """
        return self._attempt(settings, stop or Stop(), parent=None, first="source")

    def retry(self, parent: int, settings: Settings, stop: Stop | None = None) -> Attempt:
        """Run a new attempt from the first phase that differs from attempt ``parent``.

        Raises ``UsageError`` as ``run`` does, or when there is no such attempt.
        """
        try:
            before = self.record.attempt(parent)
        except KeyError:
            raise UsageError(f"session {self.id} has no attempt {parent}") from None
        first = retry_start(before, settings)
        return self._attempt(settings, stop or Stop(), parent=before, first=first)

    def _attempt(
        self, settings: Settings, stop: Stop, *, parent: Attempt | None, first: Phase
    ) -> Attempt:
        self._redactor.learn_environ(settings.env)
        number = self._count + 1
        places = self._places(number)
        interpreter, prepared = self._prepare(settings, places)
        self._count = number
        # The environment is being made meanwhile: what runs the phases is imported only now.
        from buildscope.session.attempt import AttemptRun

        run = AttemptRun(
            number=number,
            target=self.target,
            settings=settings,
            places=places,
            interpreter=interpreter,
            prepared=prepared,
            journal=self._journal,
            redactor=self._redactor,
            stop=stop,
            environ=self._environ,
        )
        environment = run.run(parent, first)
        if environment is not None:
            self._harvest(environment)
        return self.record.attempt(number)

    def _harvest(self, environment: BuildEnvironment) -> None:
        """Keep compiled modules for later environments, while the client shows the end."""
        from buildscope.environments import bytecode

        if self._harvester is not None:
            self._harvester.join()
        self._harvester = threading.Thread(
            target=bytecode.harvest, args=(environment, self._cache), name="bytecode"
        )
        self._harvester.start()

    def _places(self, number: int) -> Places:
        key = self.id.partition("-")[0]
        return Places(
            session=self.directory,
            evidence=make_private(self.directory / "attempts" / str(number)),
            work=make_private(self._cache / "w" / key / str(number)),
            neutral=make_private(self._cache / "w" / key / "empty"),
            cache=self._cache,
        )

    def _prepare(
        self, settings: Settings, places: Places
    ) -> tuple[Interpreter, PreparedEnvironment]:
        """The interpreter, and the environment on its way; raises ``UsageError``."""
        if not settings.isolation:
            adopted = self._adopt(settings)
            return adopted.interpreter, PreparedEnvironment(lambda: adopted)
        interpreter = self._find_interpreter(settings)
        make = partial(create, places.work / "env", interpreter, cache=self._cache)
        if settings.installer != "uv":
            return interpreter, PreparedEnvironment(make)
        then = partial(acquaint, cwd=places.neutral, environ=self._environ)
        return interpreter, PreparedEnvironment(make, then)

    def _find_interpreter(self, settings: Settings) -> Interpreter:
        return find_interpreter(settings.python, cache=self._cache, environ=self._environ)

    def _adopt(self, settings: Settings) -> BuildEnvironment:
        from buildscope.environments.adopt import adopt

        return adopt(settings, environ=self._environ, cwd=self._cwd, cache=self._cache)


def retry_start(parent: Attempt, settings: Settings) -> Phase:
    """The phase that a retry of ``parent`` with ``settings`` starts at."""
    unfinished = next(
        (run.name for run in parent.phases if run.status not in {"passed", "carried", "skipped"}),
        PHASES[-1],
    )
    touched = first_touched(
        parent.settings, settings, unfinished, nested_build=_built_a_requirement(parent)
    )
    return min(touched, LATEST_RETRY_START, key=phase_index)


def _built_a_requirement(attempt: Attempt) -> bool:
    """Whether a static requirement was itself built, as uv and pip tell it in their output."""
    index = attempt.phase("install_static").index
    if index is None:
        return False
    with closing(SpoolReader(Path(index).parent)) as output:
        return bool(output.search(_BUILT))

"""A session: attempts on one target, each run by the pipeline and recorded in the journal."""

from __future__ import annotations

import os
import shutil
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from buildscope import __version__
from buildscope.journal.reader import read_session
from buildscope.journal.redact import Redactor
from buildscope.journal.writer import JournalWriter
from buildscope.model import events as ev
from buildscope.phases.gate import Gate
from buildscope.phases.places import Places
from buildscope.process.handle import Handle
from buildscope.process.stop import Stop
from buildscope.session.environments import Environments
from buildscope.session.hook_process import HookProcess
from buildscope.session.kept_edits import keep_edit, keep_edits, keep_text, newest_edits
from buildscope.session.lock import SessionLock
from buildscope.session.places import (
    cache_directory,
    make_private,
    new_session,
    state_directory,
)
from buildscope.session.secrets import Secrets
from buildscope.sources.targets import parse_target

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from buildscope.model.run import Attempt, SessionRecord
    from buildscope.model.settings import Request, Settings
    from buildscope.model.target import Target
    from buildscope.model.waiting import ProcessState
    from buildscope.session.choices import Choices
    from buildscope.session.frame import FramePrompt
    from buildscope.session.retry import Retry
    from buildscope.session.trees import Spare


class Session:
    """All attempts on one target.

    One attempt runs at a time; any thread may run it. Everything that happens can be followed
    through ``buildscope.journal.reader.Follower(session.directory)``.
    """

    def __init__(
        self,
        directory: Path,
        target: Target,
        *,
        cache: Path,
        environ: Mapping[str, str],
        cwd: Path,
        gate: Gate | None = None,
        hold: bool = False,
    ) -> None:
        self.directory = directory
        self.target = target
        self.gate = gate or Gate()
        self.drafts: dict[str, str] = {}
        self._lock = SessionLock(directory)
        self._cache = cache
        self._environ = environ
        self._cwd = cwd
        self._redactor = Redactor(environ)
        self._hook = HookProcess(hold=hold, redact=self._redactor.text)
        self._secrets = Secrets(self._redactor)
        self._journal = JournalWriter(directory, self._redactor)
        self._environments = Environments(cache=cache, environ=environ, cwd=cwd)
        self._count = 0
        self._counting = threading.Lock()
        self._spare: Spare | None = None

    @classmethod
    def create(
        cls,
        target: str,
        *,
        environ: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        gate: Gate | None = None,
        hold: bool = False,
    ) -> Session:
        """A new session on what the user named; raises ``UsageError`` for a bad target.

        ``gate`` holds the breakpoints. With ``hold`` a hook's process waits at its exception, for
        ``frame``, until the next attempt or ``close``.
        """
        environ = dict(os.environ if environ is None else environ)
        cwd = Path.cwd() if cwd is None else cwd
        parsed = parse_target(target, cwd=cwd)
        directory = new_session(state_directory(environ) / "sessions", parsed)
        cache = cache_directory(environ)
        session = cls(
            directory, parsed, cache=cache, environ=environ, cwd=cwd, gate=gate, hold=hold
        )
        session._journal.write(
            ev.SessionStarted(
                at=time.time(), id=directory.name, target=parsed, buildscope=__version__
            )
        )
        return session

    @classmethod
    def open(
        cls,
        directory: Path,
        *,
        environ: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        gate: Gate | None = None,
        hold: bool = False,
    ) -> Session:
        """A recorded session, to make further attempts in it.

        An attempt without an end, whose process was killed, is ended as ``interrupted``.
        Raises ``UsageError`` when there is none, or another process has it.
        """
        environ = dict(os.environ if environ is None else environ)
        cwd = Path.cwd() if cwd is None else cwd
        record = read_session(directory)
        cache = cache_directory(environ)
        session = cls(
            directory, record.target, cache=cache, environ=environ, cwd=cwd, gate=gate, hold=hold
        )
        record = session.record
        session._count = max((attempt.id for attempt in record.attempts), default=0)
        session.drafts = newest_edits(record)
        if record.last is not None and record.last.outcome == "running":
            ended = ev.AttemptEnded(
                at=time.time(), attempt=record.last.id, outcome="interrupted", seconds=0.0
            )
            session._journal.write(ended)
        return session

    @property
    def id(self) -> str:
        """The name that the command line takes for this session."""
        return self.directory.name

    @property
    def record(self) -> SessionRecord:
        """The session as its journal tells it now."""
        return read_session(self.directory)

    @property
    def handle(self) -> Handle:
        """A hand on the hook that runs, or waits at its exception."""
        return self._hook.handle

    def close(self) -> None:
        """End what is held, and close the journal when nothing goes on in the background."""
        self.release()
        self._environments.close()
        if self._spare is not None:
            self._spare.drop()
        self._journal.close()
        self._lock.release()

    def discard(self) -> None:
        """Close, and remove a session in which nothing was attempted."""
        self.close()
        if self._count == 0:
            shutil.rmtree(self.directory, ignore_errors=True)

    def check(self, settings: Settings) -> None:
        """Raise ``UsageError`` when the settings name an interpreter that is not there."""
        self._environments.check(settings)

    def run(self, settings: Settings, stop: Stop | None = None) -> Attempt:
        """Run the first attempt to its end and return its record.

        Raises ``UsageError`` when the settings name an interpreter or environment that is
        not there; every failure of the build itself is in the record.
        """
        settings = keep_edits(self.directory, settings)
        return self._attempt(settings, stop or Stop(), None)

    def retry(
        self,
        parent: int,
        request: Request,
        stop: Stop | None = None,
        began: Callable[[int], None] | None = None,
    ) -> Attempt:
        """Run a new attempt from the first phase that differs from attempt ``parent``.

        Raises ``UsageError`` as ``run`` does, when there is no such attempt, or when the
        phase that the request names comes too late. With ``began``, which is told the number of
        the attempt, others may be made beside it in other threads.
        """
        stop = stop or Stop()
        from buildscope.session.find import find_attempt
        from buildscope.session.retry import Retry

        record = self.record
        before = find_attempt(record, parent)
        settings = keep_edits(self.directory, self._secrets.complete(request.settings))
        request = msgspec.structs.replace(request, settings=settings)
        known = self._secrets.known(before.settings)
        before = msgspec.structs.replace(before, settings=known)
        self.drafts.update(settings.edits)
        retry = Retry(record, before, request, self._work, stop)
        return self._attempt(settings, stop, retry, began)

    def write(self, event: ev.Event) -> None:
        """Append what a client of the session has found out to its journal."""
        self._journal.write(event)

    def look(self) -> tuple[ProcessState, ...]:
        """What the processes of the hook that runs do now, and have it report its stack.

        Empty when none runs; the stack is among the hook's reports a moment later.
        """
        return self._hook.look()

    def frame(self) -> FramePrompt:
        """A prompt in the frame of the last attempt's failure; the tree is copied first.

        Raises ``BuildscopeError`` when no process waits, or the tree cannot be copied.
        """
        return self._hook.frame(self.record.last, self._work)

    def release(self) -> None:
        """End the process that waits at its exception, if there is one."""
        self._hook.release()

    def keep_edit(self, path: str, file: Path) -> str:
        """Keep ``file`` as the new text of the project's file ``path``; returns the copy.

        Raises ``UsageError`` when it cannot be read or is no file of the project.
        """
        kept = keep_edit(self.directory, path, file)
        self.drafts[path] = kept
        return kept

    def keep_text(self, path: str, text: str) -> str:
        """Keep ``text`` as that of the project's file ``path``; returns the copy.

        Raises ``UsageError`` when ``path`` is no file of the project.
        """
        kept = keep_text(self.directory, path, text.encode("utf-8", "surrogateescape"))
        self.drafts[path] = kept
        return kept

    def drop_environment(self, attempt: Attempt) -> None:
        """Remove the environment of an attempt that has ended; who enters it has it built anew."""
        facts = attempt.environment
        if facts is not None and facts.isolated and Path(facts.path).is_relative_to(self._work):
            self._environments.drop(Path(facts.path))

    def scratch(self, name: str) -> Path:
        """A private directory of the session's for work that is no evidence."""
        return make_private(self._work / name)

    @property
    def environ(self) -> Mapping[str, str]:
        """The variables of whoever began the session."""
        return self._environ

    @property
    def cwd(self) -> Path:
        """Where that was."""
        return self._cwd

    @property
    def choices(self) -> Choices:
        """What a user may choose from here."""
        from buildscope.session.choices import Choices

        return Choices(environ=self._environ, cwd=self._cwd, cache=self._cache)

    def ready(self) -> None:
        """Begin, in the background, what makes the next retry of the last attempt fast."""
        last = self.record.last
        source = last.source if last is not None else None
        if source is None or (self._spare is not None and self._spare.serves(source)):
            return
        if self._spare is not None:
            self._spare.drop()
        from buildscope.session.trees import Spare

        self._spare = Spare(source, make_private(self._work / "spare"))

    def _attempt(
        self,
        settings: Settings,
        stop: Stop,
        retry: Retry | None,
        began: Callable[[int], None] | None = None,
    ) -> Attempt:
        if began is None:
            self.release()
        self._secrets.learn(settings)
        with self._counting:
            number = self._count + 1
            places = self._places(number)
            kept = retry.environment if retry is not None else None
            interpreter, prepared = self._environments.prepare(settings, places, kept)
            self._count = number
        if began is not None:
            began(number)
        # The environment is being made meanwhile: what runs the phases is imported only now.
        from buildscope.session.attempt import AttemptRun

        if retry is not None:
            retry.begin(self._journal, self._spare if began is None else None)
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
            gate=self.gate,
            handle=self.handle if began is None else Handle(),
            retry=retry is not None,
            dirty=retry is not None and retry.dirty,
            left=retry.left if retry is not None else (),
        )
        environment = run.run(retry)
        if environment is not None:
            self._environments.harvest(environment)
        return self.record.attempt(number)

    @property
    def _work(self) -> Path:
        """Trees and environments of all attempts."""
        return self._cache / "w" / self.id.partition("-")[0]

    def _places(self, number: int) -> Places:
        return Places(
            session=self.directory,
            evidence=make_private(self.directory / "attempts" / str(number)),
            work=make_private(self._work / str(number)),
            neutral=make_private(self._work / "empty"),
            cache=self._cache,
        )

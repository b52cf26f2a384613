"""The exact directory and environment of a phase, to be entered by a person."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from buildscope.environments.create import existing
from buildscope.environments.environ import hook_environ
from buildscope.environments.install import install
from buildscope.environments.inventory import inventory
from buildscope.errors import UsageError
from buildscope.journal.redact import Redactor
from buildscope.journal.spool import Spool
from buildscope.model.base import Record
from buildscope.model.names import PHASES, phase_index
from buildscope.process.stop import Stop
from buildscope.session.command import repeat_command
from buildscope.session.places import cache_directory, make_private
from buildscope.session.trees import find_checkpoint
from buildscope.sources import checkpoint
from buildscope.sources.edited import apply_edits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from buildscope.environments.model import BuildEnvironment
    from buildscope.model.names import Phase
    from buildscope.model.run import Attempt, Distribution, SessionRecord
    from buildscope.model.target import SourceFacts

_HOOKS: tuple[Phase, ...] = ("get_requires", "prepare_metadata", "build_wheel")
_CHANGING = frozenset({*_HOOKS, "install_static", "install_dynamic"})
_RAN = frozenset({"running", "passed", "failed", "cancelled"})


class Entered(Record, frozen=True):
    """Where a shell goes. ``words`` say what differs from what the hook had.

    ``live``: the attempt's own tree and environment, and no copies. ``repeat`` calls the hook
    again.
    """

    directory: str
    environ: dict[str, str]
    python: str
    words: tuple[str, ...]
    live: bool
    title: str
    repeat: str | None = None


def last_phase(attempt: Attempt) -> Phase:
    """The phase that an attempt's own tree and environment stand at."""
    if attempt.paused is not None:
        return attempt.paused.phase
    ran = [run.name for run in attempt.phases if run.status not in {"pending", "carried"}]
    return ran[-1] if ran else attempt.first_phase


def enter(
    record: SessionRecord,
    number: int,
    phase: Phase | None,
    *,
    before: bool,
    environ: Mapping[str, str],
    cwd: Path,
) -> Entered:
    """The state ``before`` a phase ran, else as the phase left it; built anew where needed.

    ``phase`` is the last one that ran unless it is named. Raises ``UsageError`` when there is
    no such attempt, or it never had a source or an environment.
    """
    attempt = _attempt(record, number)
    phase = phase or last_phase(attempt)
    source = attempt.source
    if source is None or phase == "source":
        raise UsageError(f"#{number} has no source tree to enter", hint="name a later phase")
    work = cache_directory(environ) / "w" / record.id.partition("-")[0]
    entering = _Entering(record, attempt, phase, before, work, environ, cwd)
    return entering.live(source) if entering.is_live else entering.rebuilt(source)


@dataclass(frozen=True)
class _Entering:
    record: SessionRecord
    attempt: Attempt
    phase: Phase
    before: bool
    work: Path
    environ: Mapping[str, str]
    cwd: Path

    @property
    def is_live(self) -> bool:
        """Whether nothing has changed tree or environment since then."""
        later = self.attempt.phases[self._end :]
        return not any(run.name in _CHANGING and run.status in _RAN for run in later)

    @property
    def _end(self) -> int:
        """How many phases had ended then."""
        return phase_index(self.phase) + (0 if self.before else 1)

    def live(self, source: SourceFacts) -> Entered:
        if not Path(source.project).is_dir():
            return self.rebuilt(source)
        facts = self.attempt.environment
        gone = facts is not None and facts.isolated and not Path(facts.path, "pyvenv.cfg").exists()
        path = Path(facts.path) if facts is not None else self._view / "env"
        environment = self._environment(path, self._installed())
        words = ["the attempt's own tree and environment: what you change here stays here"]
        if gone:
            words.append("the environment had been dropped: made again with the recorded versions")
        return self._entered(source, environment, words, live=True)

    def rebuilt(self, source: SourceFacts) -> Entered:
        """Copies, made anew each time, so that what was done in the last ones is not in them."""
        shutil.rmtree(self._view, ignore_errors=True)
        make_private(self._view)
        restored = checkpoint.restore(source, self._checkpoint(), work=self._view, stop=Stop())
        apply_edits(self.attempt.settings.edits, restored)
        environment = self._environment(self._view / "env", self._installed())
        words = [
            "a copy: the tree as it was then, an environment with exactly the recorded versions"
        ]
        return self._entered(restored, environment, words, live=False)

    @property
    def _view(self) -> Path:
        when = "before" if self.before else "after"
        return self.work / "views" / f"{self.attempt.id}-{when}-{self.phase}"

    def _checkpoint(self) -> Path | None:
        """After a phase the tree is as it was before the next hook."""
        following = next((name for name in _HOOKS if phase_index(name) >= self._end), None)
        if following is None:
            return None
        return find_checkpoint(self.record, self.attempt, following, self.work)

    def _installed(self) -> tuple[Distribution, ...]:
        runs = [run for run in self.attempt.phases[: self._end] if run.installed]
        return runs[-1].installed if runs else ()

    def _environment(self, path: Path, installed: tuple[Distribution, ...]) -> BuildEnvironment:
        attempt, settings = self.attempt, self.attempt.settings
        if not settings.isolation:
            from buildscope.environments.adopt import adopt

            cache = cache_directory(self.environ)
            return adopt(settings, environ=self.environ, cwd=self.cwd, cache=cache)
        if attempt.interpreter is None:
            raise UsageError(f"#{attempt.id} never had an interpreter")
        cache = cache_directory(self.environ)
        fresh = not (path / "pyvenv.cfg").is_file()
        environment = existing(path, attempt.interpreter, cache=cache)
        if fresh and installed:
            self._install(environment, installed)
        return environment

    def _install(self, environment: BuildEnvironment, installed: tuple[Distribution, ...]) -> None:
        pins = [f"{found.name}=={found.version}" for found in installed]
        spool = Spool(make_private(self._view / "install"), Redactor(self.environ))
        ended = install(
            environment,
            pins,
            self.attempt.settings,
            constraints=self.attempt.settings.constraints,
            cwd=make_private(self.work / "empty"),
            spool=spool,
            stop=Stop(),
            environ=self.environ,
            cache=cache_directory(self.environ),
            offline_first=True,
        )
        spool.close()
        if not ended.ok:
            raise UsageError(
                f"the recorded versions cannot be installed again: {', '.join(pins)}",
                hint=f"the installer's output is in {self._view / 'install'}",
            )
        inventory(environment)

    def _entered(
        self, source: SourceFacts, environment: BuildEnvironment, words: list[str], *, live: bool
    ) -> Entered:
        found = hook_environ(
            environment, self.attempt.settings, self.environ, pycache=self.work / "pycache"
        )
        if not source.in_place:
            found.setdefault("GIT_CEILING_DIRECTORIES", str(Path(source.tree).parent))
        found["BUILDSCOPE_ATTEMPT"] = str(self.attempt.id)
        when = "before" if self.before else "after"
        words.append("input is your terminal (a hook's is empty); nothing is inspected or recorded")
        return Entered(
            directory=source.project,
            environ=found,
            python=environment.python,
            words=tuple(words),
            live=live,
            title=f"#{self.attempt.id} {when} {self.phase}",
            repeat=repeat_command(self.attempt, self.attempt.phase(self.phase)),
        )


def _attempt(record: SessionRecord, number: int) -> Attempt:
    try:
        return record.attempt(number)
    except KeyError:
        known = ", ".join(f"#{one.id}" for one in record.attempts) or "none"
        raise UsageError(f"there is no attempt {number}", hint=f"attempts: {known}") from None


def phase_named(name: str) -> Phase:
    """The phase called ``name``; raises ``UsageError``."""
    for phase in PHASES:
        if phase == name:
            return phase
    raise UsageError(f"{name!r} is no phase", hint=f"phases: {', '.join(PHASES)}")

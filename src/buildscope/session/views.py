"""A tree and an environment as they were at some moment of an attempt: its own, or copies."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from buildscope.environments.create import existing
from buildscope.environments.install import install
from buildscope.environments.inventory import inventory
from buildscope.errors import UsageError
from buildscope.journal.redact import Redactor
from buildscope.journal.spool import Spool
from buildscope.model.names import PHASES, phase_index
from buildscope.process.stop import Stop
from buildscope.session.places import cache_directory, make_private
from buildscope.session.trees import Trees, copy_left, kept_by
from buildscope.sources.edited import apply_edits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from buildscope.environments.model import BuildEnvironment
    from buildscope.model.names import Phase
    from buildscope.model.run import Attempt, Distribution, PhaseRun, SessionRecord
    from buildscope.model.settings import Settings
    from buildscope.model.target import SourceFacts

_HOOKS = frozenset({"get_requires", "prepare_metadata", "build_wheel"})
_CHANGING = _HOOKS | {"install_static", "install_dynamic"}
_RAN = frozenset({"running", "passed", "failed", "cancelled"})


@dataclass(frozen=True)
class Moment:
    """Before a phase of an attempt, else after it."""

    record: SessionRecord
    attempt: Attempt
    phase: Phase
    before: bool

    @property
    def end(self) -> int:
        """How many phases had ended then."""
        return phase_index(self.phase) + (0 if self.before else 1)

    @property
    def ran_in(self) -> int | None:
        """The attempt that the phase was carried over from, if it was."""
        return self.attempt.phase(self.phase).from_

    @property
    def is_live(self) -> bool:
        """Whether the attempt has changed neither tree nor environment since then."""
        return not self._ran(_CHANGING, self.attempt.phases[self.end :])

    @property
    def after_a_hook(self) -> Phase | None:
        """The last hook of this very attempt that ran before then."""
        ran = self._ran(_HOOKS, self.attempt.phases[: self.end])
        return ran[-1] if ran else None

    @property
    def later(self) -> tuple[Attempt, ...]:
        """The attempts that were made after this one."""
        return tuple(one for one in self.record.attempts if one.id > self.attempt.id)

    def _ran(self, names: frozenset[str], runs: tuple[PhaseRun, ...]) -> list[Phase]:
        return [run.name for run in runs if run.name in names and run.status in _RAN]


@dataclass(frozen=True)
class View:
    """Where a moment can be looked at; what has to be made for it goes to a directory of its own.

    ``settings`` are those of the attempt, with what the record does not hold.
    """

    moment: Moment
    settings: Settings
    environ: Mapping[str, str]
    cwd: Path

    @cached_property
    def live(self) -> bool:
        """Whether it is the attempt's own tree and environment."""
        return self._has_tree and self._own_environment is not None

    @property
    def work(self) -> Path:
        """What the session keeps outside of its record."""
        key = self.moment.record.id.partition("-")[0]
        return cache_directory(self.environ) / "w" / key

    def tree(self) -> tuple[SourceFacts, tuple[str, ...]]:
        """The source tree, and what is to be said of it."""
        source = self.moment.attempt.source
        assert source is not None
        if not self._has_tree:
            return self._copied(source)
        run = self.moment.attempt.phase(self.moment.phase)
        if run.status == "running" and self.moment.attempt.paused is None:
            return source, (f"{run.name} is running: its tree and environment change meanwhile",)
        if source.in_place:
            return source, ("this is your own directory: what you change stays changed",)
        return source, ("the attempt's own tree: what you change stays changed",)

    def environment(self) -> tuple[BuildEnvironment, tuple[str, ...]]:
        """The environment, and what is to be said of it.

        Raises ``UsageError`` when the recorded versions cannot be installed again.
        """
        if not self.settings.isolation:
            return self._adopted()
        attempt = self.moment.attempt
        if attempt.interpreter is None:
            raise UsageError(f"#{attempt.id} never had an interpreter")
        path = self._own_environment or self._place / "env"
        there = (path / "pyvenv.cfg").is_file()
        cache = cache_directory(self.environ)
        found = existing(path, attempt.interpreter, cache=cache)
        if there:
            return found, ("the attempt's own environment: what you change stays changed",)
        differing = self._install(found)
        return found, ("an environment made anew with the recorded versions", *differing)

    @property
    def _has_tree(self) -> bool:
        moment, source = self.moment, self.moment.attempt.source
        assert source is not None
        gone_on = any(one.source and one.source.tree == source.tree for one in moment.later)
        return moment.is_live and not gone_on and Path(source.project).is_dir()

    @property
    def _own_environment(self) -> Path | None:
        """Where it is, or has been; a retry ``here`` goes on in the environment of its parent."""
        facts = self.moment.attempt.environment
        if facts is None or not self.moment.is_live:
            return None
        shared = (one.environment for one in self.moment.later if one.environment is not None)
        if facts.isolated and any(one.path == facts.path for one in shared):
            return None
        return Path(facts.path)

    @cached_property
    def _place(self) -> Path:
        """A new directory; those of processes that have ended go away."""
        moment = self.moment
        when = "before" if moment.before else "after"
        name = f"{moment.attempt.id}-{when}-{moment.phase}"
        for old in (self.work / "views").glob(f"{name}.*"):
            if not _lives(int(old.suffix[1:])):
                shutil.rmtree(old, ignore_errors=True)
        place = self.work / "views" / f"{name}.{os.getpid()}"
        shutil.rmtree(place, ignore_errors=True)
        return make_private(place)

    def _copied(self, source: SourceFacts) -> tuple[SourceFacts, tuple[str, ...]]:
        moment, attempt = self.moment, self.moment.attempt
        if attempt.dirty:
            return self._copied_from_parent()
        wanted, words = PHASES[min(moment.end, len(PHASES) - 1)], "a copy of the tree as it was"
        if kept_by(moment.record, attempt, wanted, self.work) is None:
            hook = moment.after_a_hook
            if hook is not None:
                wanted = hook
                words = f"the tree that was left is gone: a copy of it as it was before {hook}"
        trees = Trees(
            moment.record, attempt, wanted, work=self.work, here=False, spare=None
        )  # the parent's, where this attempt kept none
        tree = trees.again(self._place, Stop())
        trees.bring_up(tree, attempt.settings.edits)
        return msgspec.structs.replace(tree.facts, cached=source.cached), (words,)

    def _copied_from_parent(self) -> tuple[SourceFacts, tuple[str, ...]]:
        """A dirty attempt keeps no trees; it began with what its parent had left."""
        attempt = self.moment.attempt
        assert attempt.parent is not None
        parent = self.moment.record.attempt(attempt.parent)
        source = copy_left(parent, self._place / "source", Stop())
        before, edits = parent.settings.edits, attempt.settings.edits
        apply_edits({path: to for path, to in edits.items() if before.get(path) != to}, source)
        if self.moment.after_a_hook is None:
            return source, (f"a copy of the tree as #{parent.id} left it",)
        words = f"a dirty attempt keeps no trees: a copy of the one that #{parent.id} left"
        return source, (words,)

    def _adopted(self) -> tuple[BuildEnvironment, tuple[str, ...]]:
        """The user's own, the one of the record, with the layer that was put before it."""
        from buildscope.environments.adopt import adopt

        facts = self.moment.attempt.environment
        python = self.settings.python if facts is None else facts.python
        settings = msgspec.structs.replace(self.settings, python=python)
        cache = cache_directory(self.environ)
        found = adopt(settings, environ=self.environ, cwd=self.cwd, cache=cache)
        words = ("your own environment, as it is now: what you install stays installed",)
        layer = facts.layer if facts is not None else None
        if layer is None or self.moment.end <= phase_index("install_static"):
            return found, words
        if not Path(layer).is_dir():
            return found, (*words, "the extra requirements that were put before it are gone")
        return msgspec.structs.replace(found, layer=layer), words

    def _install(self, environment: BuildEnvironment) -> tuple[str, ...]:
        """Install what was there; says where the same versions are not there now."""
        installing = [run for run in self.moment.attempt.phases[: self.moment.end] if run.installed]
        if not installing:
            return ()
        before = installing[-1]
        pins = tuple(f"{one.name}=={one.version}" for one in before.installed)
        spool = Spool(make_private(self._place / "install"), Redactor(self.environ))
        try:
            ended = install(
                environment,
                before.requires or pins,
                self.settings,
                constraints=self.settings.constraints,
                cwd=make_private(self.work / "empty"),
                spool=spool,
                stop=Stop(),
                environ=self.environ,
                cache=cache_directory(self.environ),
                offline_first=True,
                pins=pins,
            )
        finally:
            spool.close()
        if not ended.ok:
            shutil.rmtree(environment.path)
            raise UsageError(
                f"the recorded versions cannot be installed again: {', '.join(pins)}",
                hint=f"the installer's output is in {self._place / 'install'}",
            )
        return _differing(before.installed, inventory(environment))


def _differing(
    recorded: tuple[Distribution, ...], found: tuple[Distribution, ...]
) -> tuple[str, ...]:
    now = {one.name: one.version for one in found}
    return tuple(
        f"{one.name} was {one.version}, and is {now.get(one.name, 'not there')}"
        for one in recorded
        if now.get(one.name) != one.version
    )


def _lives(process: int) -> bool:
    if os.name == "nt":  # there is no looking without ending it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

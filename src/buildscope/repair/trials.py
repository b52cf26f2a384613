"""Makes the trials of a search, side by side where there are several, and judges each."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

from buildscope.errors import BuildscopeError, Cancelled
from buildscope.model import events as ev
from buildscope.model.base import Record
from buildscope.model.names import MINOR_WARNINGS, phase_index
from buildscope.model.recipe import Judgement, Trial
from buildscope.model.run import Attempt
from buildscope.model.settings import Request, Settings
from buildscope.phases.touched import first_touched
from buildscope.process.stop import Stop
from buildscope.repair.candidates import Candidate
from buildscope.reports.failures import same_failure
from buildscope.session.words import words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from buildscope.model.names import Phase
    from buildscope.repair.budget import Budget
    from buildscope.session.session import Session

MOST_AT_ONCE: Final = 4
LARGEST_KEPT: Final = 200 << 20
"""Bytes of an environment above which a trial's own is not kept: its record can rebuild it."""
BUILT: Final = frozenset({"built", "stopped"})
_ENOUGH = "another trial works"
_WORTH: Final = 4.0
"""Seconds that taking phases over must save; else a trial is made from zero, and is its own proof."""


class Tried(Record, frozen=True):
    """A candidate, the settings it made, and what came of them."""

    candidate: Candidate
    settings: Settings
    judgement: Judgement
    attempt: Attempt | None = None

    @property
    def works(self) -> bool:
        """Whether it built."""
        return self.judgement == "works"


class Trials:
    """Runs candidates in ``session`` within ``budget``; the journal tells of each."""

    def __init__(self, session: Session, budget: Budget) -> None:
        self.session = session
        self.budget = budget
        self._count = 0
        self._tried: set[bytes] = set()
        self._failed: set[bytes] = set()

    def first(self, settings: Settings) -> Attempt:
        """The attempt with the user's own settings, which is not cut off when the time is over.

        Raises ``UsageError`` where they name an interpreter that is not there.
        """
        trial = self._started("published", words(Settings(), settings), "as it is", None)
        self.budget.take()
        attempt = self.session.run(settings, self.budget.user)
        self.session.write(ev.TrialAttempt(at=time.time(), number=trial.number, attempt=attempt.id))
        self._ended(trial, *judge(None, attempt))
        self.begin_with(attempt)
        return attempt

    def begin_with(self, attempt: Attempt) -> None:
        """Take in an attempt that was made before the trials."""
        self.knows(attempt.settings)
        self._note(attempt)

    def knows(self, settings: Settings) -> bool:
        """Whether these settings were tried before; from now on they were."""
        key = settings_key(settings)
        known = key in self._tried
        self._tried.add(key)
        return known

    def has_failed(self, settings: Settings) -> bool:
        """Whether an attempt with these settings was made and did not build."""
        return settings_key(settings) in self._failed

    def try_one(self, parent: Attempt, candidate: Candidate, settings: Settings) -> Tried:
        """Try one change, with ``settings`` as its outcome, from ``parent``."""
        return self._try(parent, candidate, settings, Stop())

    def try_all(
        self,
        parent: Attempt,
        changes: Sequence[tuple[Candidate, Settings]],
        *,
        enough: Callable[[Tried], bool] = lambda _: False,
    ) -> list[Tried]:
        """Try several side by side, as many as there are processors.

        When ``enough`` is true of one of them, those that still run are stopped. In the order
        of ``changes``.
        """
        stops = [Stop() for _ in changes]

        def work(index: int) -> Tried:
            candidate, settings = changes[index]
            tried = self._try(parent, candidate, settings, stops[index])
            if enough(tried):
                for other, stop in enumerate(stops):
                    if other != index:
                        stop.request(_ENOUGH)
            return tried

        with ThreadPoolExecutor(max_workers=at_once()) as pool:
            return list(pool.map(work, range(len(changes))))

    def prove(self, parent: Attempt, candidate: Candidate, settings: Settings) -> Tried:
        """A new attempt from zero, with nothing but ``settings``."""
        return self._try(parent, candidate, settings, Stop(), from_zero=True)

    def _try(
        self,
        parent: Attempt,
        candidate: Candidate,
        settings: Settings,
        stop: Stop,
        *,
        from_zero: bool = False,
    ) -> Tried:
        if stop.requested or not self.budget.take():
            return Tried(candidate=candidate, settings=settings, judgement="stopped")
        said = words(parent.settings, settings)
        trial = self._started(candidate.strategy, said, candidate.why, parent.id)
        undo = self.budget.stop.subscribe(lambda: stop.request(self.budget.stop.reason))
        try:
            attempt = self._attempt(parent, settings, trial, stop, from_zero=from_zero)
        except Cancelled as error:
            self._ended(trial, "stopped", str(error))
            return Tried(candidate=candidate, settings=settings, judgement="stopped")
        except BuildscopeError as error:
            self._ended(trial, "not possible", str(error))
            return Tried(candidate=candidate, settings=settings, judgement="not possible")
        finally:
            undo()
        self._note(attempt)
        judgement, told = judge(parent, attempt)
        if candidate.strategy == "minimise":
            told = "not needed" if judgement == "works" else f"needed: {told}"
        self._ended(trial, judgement, told)
        if _size(attempt) > LARGEST_KEPT:
            self.session.drop_environment(attempt)
        return Tried(candidate=candidate, settings=settings, judgement=judgement, attempt=attempt)

    def _attempt(
        self, parent: Attempt, settings: Settings, trial: Trial, stop: Stop, *, from_zero: bool
    ) -> Attempt:
        touched = first_touched(parent.settings, settings, parent.failed_phase)
        zero = from_zero or _saved(parent, touched) < _WORTH
        request = Request(settings=settings, start="source" if zero else None)

        def began(number: int) -> None:
            event = ev.TrialAttempt(at=time.time(), number=trial.number, attempt=number)
            self.session.write(event)

        return self.session.retry(parent.id, request, stop, began)

    def _note(self, attempt: Attempt) -> None:
        if attempt.outcome == "failed":
            self._failed.add(settings_key(attempt.settings))

    def _started(self, strategy: str, said: str, why: str, parent: int | None) -> Trial:
        self._count += 1
        trial = Trial(
            number=self._count,
            strategy=strategy,  # type: ignore[arg-type]
            words=said,
            why=why,
            parent=parent,
            started=time.time(),
        )
        self.session.write(ev.TrialStarted(at=time.time(), trial=trial))
        return trial

    def _ended(self, trial: Trial, judgement: Judgement, told: str) -> None:
        seconds = time.time() - (trial.started or time.time())
        self.session.write(
            ev.TrialEnded(
                at=time.time(),
                number=trial.number,
                judgement=judgement,
                told=told,
                seconds=seconds,
            )
        )


def judge(parent: Attempt | None, attempt: Attempt) -> tuple[Judgement, str]:
    """What came of an attempt, against the one it was made from, and a sentence."""
    if attempt.outcome in BUILT:
        if parent is None:
            return "works", "builds as published"
        lost = serious(attempt)
        return "works", f"builds, but {next(iter(lost.values()))}" if lost else "builds"
    if attempt.outcome in {"cancelled", "interrupted"}:
        return "stopped", "was stopped"
    told = attempt.causes[0].summary if attempt.causes else f"{attempt.failed_phase} failed"
    same = parent is not None and same_failure(parent, attempt)
    return ("same error" if same else "new error"), told


def serious(attempt: Attempt) -> dict[str, str]:
    """What is wrong with a build that passed: sentences by id, without the minor ones."""
    return {w.id: w.summary for w in attempt.warnings if w.id not in MINOR_WARNINGS}


def settings_key(settings: Settings) -> bytes:
    """The same for settings that make the same build."""
    import msgspec

    plain = msgspec.to_builtins(settings)
    for name in ("extra", "constraints"):
        plain[name] = sorted(plain[name])
    return msgspec.json.encode(plain, order="deterministic")


def at_once() -> int:
    """How many trials are made side by side."""
    return max(1, min(MOST_AT_ONCE, os.cpu_count() or 1))


def _size(attempt: Attempt) -> int:
    """Bytes of the environment of an attempt; 0 where it has none of its own."""
    facts = attempt.environment
    if facts is None or not facts.isolated:
        return 0
    return sum(
        Path(folder, name).lstat().st_size
        for folder, _, names in os.walk(facts.path)
        for name in names
    )


def _saved(parent: Attempt, first: Phase) -> float:
    """Seconds that the phases before ``first`` took; a source that was obtained stays at hand."""
    return sum(run.seconds or 0.0 for run in parent.phases[1 : phase_index(first)])


def whole(attempt: Attempt) -> bool:
    """Whether an attempt ran every phase itself, from zero."""
    return attempt.first_phase == "source" and not attempt.dirty

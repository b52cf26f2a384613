"""The events of a journal, in the order in which an attempt writes them.

Every line of ``journal.jsonl`` is one of these, tagged by ``event``; ``at`` is seconds since
the epoch. Paths inside the session's directory are written relative to it.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from buildscope.model.base import Record
from buildscope.model.failure import Cause, Warned
from buildscope.model.names import Outcome, Phase
from buildscope.model.recipe import Cured, Judgement, Recipe, SearchEnd, Trial
from buildscope.model.run import (
    BackendFacts,
    Distribution,
    EnvironmentFacts,
    Interpreter,
    Pause,
    PhaseRun,
    Progress,
    TreeChanges,
)
from buildscope.model.settings import Settings
from buildscope.model.target import SourceFacts, Target


class _Event(Record, frozen=True, tag_field="event", tag=True):
    at: float


class SessionStarted(_Event, frozen=True):
    """The first line of every journal."""

    id: str
    target: Target
    buildscope: str


class AttemptStarted(_Event, frozen=True):
    """A new attempt; ``carried`` maps phases not run again to the attempt that ran them.

    ``dirty`` says that the tree is not as it was before phase ``first_phase``.
    """

    attempt: int
    settings: Settings
    label: str
    parent: int | None = None
    changed: dict[str, Any] = {}
    first_phase: Phase = "source"
    carried: dict[str, int] = {}
    dirty: bool = False


class InterpreterChosen(_Event, frozen=True):
    """The interpreter that the build runs on was found and answers."""

    attempt: int
    interpreter: Interpreter


class PhaseStarted(_Event, frozen=True):
    """A phase begins; ``run`` has its output files, relative, and what it will call."""

    attempt: int
    run: PhaseRun


class Progressed(_Event, frozen=True):
    """A phase tells how far it is; kept rare by the writer, for views only."""

    attempt: int
    phase: Phase
    progress: Progress


class Paused(_Event, frozen=True):
    """The attempt waits for a client to let it go on."""

    attempt: int
    pause: Pause


class Resumed(_Event, frozen=True):
    """It goes on, or was stopped while it waited."""

    attempt: int


class TreeMoved(_Event, frozen=True):
    """The tree that an attempt left is kept elsewhere now: a later one goes on in its place."""

    attempt: int
    source: SourceFacts


class SourceObtained(_Event, frozen=True):
    """Phase ``source`` has a tree."""

    attempt: int
    source: SourceFacts


class BackendChosen(_Event, frozen=True):
    """Phase ``static_requires`` knows the backend."""

    attempt: int
    backend: BackendFacts


class EnvironmentReady(_Event, frozen=True):
    """Phase ``environment`` has created or adopted one."""

    attempt: int
    environment: EnvironmentFacts


class Installed(_Event, frozen=True):
    """What the environment holds, as read back from it."""

    attempt: int
    phase: Phase
    installed: tuple[Distribution, ...]


class PhaseEnded(_Event, frozen=True):
    """A phase ended; ``run`` is its final record."""

    attempt: int
    run: PhaseRun


class Released(_Event, frozen=True):
    """A process that was held at its exception has ended."""

    attempt: int
    phase: Phase
    exit_code: int | None = None
    signal: str | None = None


class TreeChanged(_Event, frozen=True):
    """What hooks did to a local directory that was built in place."""

    attempt: int
    changes: TreeChanges


class WarningRaised(_Event, frozen=True):
    """A build passes and something about it is wrong."""

    warning: Warned


class Diagnosed(_Event, frozen=True):
    """What the rules found in a failed attempt, most certain first."""

    attempt: int
    causes: tuple[Cause, ...]


class AttemptEnded(_Event, frozen=True):
    """The end of an attempt, whatever its outcome."""

    attempt: int
    outcome: Outcome
    seconds: float
    failed_phase: Phase | None = None
    artifact: str | None = None


class SearchStarted(_Event, frozen=True):
    """A search for a cure begins; it takes the place of an earlier one."""

    budget: float
    max_attempts: int | None = None


class TrialStarted(_Event, frozen=True):
    """A change is going to be tried."""

    trial: Trial


class TrialAttempt(_Event, frozen=True):
    """The attempt that tries it has its number."""

    number: int
    attempt: int


class TrialEnded(_Event, frozen=True):
    """What came of a trial."""

    number: int
    judgement: Judgement
    told: str
    seconds: float


class SearchEnded(_Event, frozen=True):
    """The end of a search, with its recipe where one was found, proven or not."""

    ended: SearchEnd
    told: str
    seconds: float
    recipe: Recipe | None = None
    faults: tuple[Cause, ...] = ()


class FrontendTried(_Event, frozen=True):
    """A real frontend was run with the recipe of the search."""

    cured: Cured


class Fault(_Event, frozen=True):
    """buildscope itself failed; ``text`` is the traceback."""

    text: str


Event: TypeAlias = (
    SessionStarted
    | AttemptStarted
    | InterpreterChosen
    | PhaseStarted
    | Progressed
    | Paused
    | Resumed
    | TreeMoved
    | SourceObtained
    | BackendChosen
    | EnvironmentReady
    | Installed
    | PhaseEnded
    | Released
    | TreeChanged
    | WarningRaised
    | Diagnosed
    | AttemptEnded
    | SearchStarted
    | TrialStarted
    | TrialAttempt
    | TrialEnded
    | SearchEnded
    | FrontendTried
    | Fault
)

"""One fault after another: each cure uncovers the next, and is kept when it does."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final

from buildscope.errors import UsageError
from buildscope.model.names import phase_index
from buildscope.repair.candidates import curable, from_causes, from_remedy
from buildscope.repair.forgotten import remedies as recovered
from buildscope.repair.reach import needs_machine
from buildscope.repair.trials import Tried, at_once, serious
from buildscope.reports.failures import phases_further

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from buildscope.model.failure import Cause
    from buildscope.model.names import CauseId
    from buildscope.model.run import Attempt
    from buildscope.model.settings import Settings
    from buildscope.repair.candidates import Candidate
    from buildscope.repair.trials import Trials

DEEPEST: Final = 12
"""Faults after one another."""
MOST_REMEDIES: Final = 8
"""Remedies of one failure that are tried."""
INSTALLABLE: Final[frozenset[CauseId]] = frozenset(
    {"missing-header", "missing-library", "missing-program"}
)
"""What a system package brings is named; a build without the part that needs it is no cure."""
MOST_LATER: Final = 2
"""Failures that did not lead on by themselves, and are gone on with when nothing else is left."""
MOST_MORE: Final = 2
"""Trials that look for a build that loses nothing, when one builds and lost something."""


@dataclass
class Node:
    """A failed attempt, and how it was reached: ``path`` ends with it, ``changes`` led there.

    ``left`` are remedies that were not tried, ``later`` what some of the others came to.
    """

    attempt: Attempt
    path: tuple[Attempt, ...]
    changes: tuple[Candidate, ...] = ()
    left: Iterator[Candidate] | None = field(default=None, repr=False)
    later: list[Node] = field(default_factory=list, repr=False)

    def child(self, tried: Tried) -> Node:
        """What a trial that failed in another way led to."""
        assert tried.attempt is not None
        return Node(
            attempt=tried.attempt,
            path=(*self.path, tried.attempt),
            changes=(*self.changes, tried.candidate),
        )


@dataclass(frozen=True)
class Won:
    """An attempt that built, and how it was reached: ``path`` are the failed ones before."""

    tried: Tried
    path: tuple[Attempt, ...]
    changes: tuple[Candidate, ...]

    @property
    def attempt(self) -> Attempt:
        """The attempt that built."""
        assert self.tried.attempt is not None
        return self.tried.attempt


class Explorer:
    """Walks from failure to failure, the most promising first, until one change builds.

    ``reached`` are all failures that were seen, ``blocked`` the one that needs the machine's
    packages, if that is what ended the walk.
    """

    def __init__(self, trials: Trials) -> None:
        self._trials = trials
        self.reached: list[Node] = []
        self.blocked: Node | None = None

    def walk(self, nodes: Iterable[Node]) -> Won | None:
        """The first that builds, of what can be reached from ``nodes`` (the best one last)."""
        nodes = list(nodes)
        self.reached += nodes
        while nodes and not self._trials.budget.over:
            node = nodes[-1]
            won, child = self._step(node)
            if won is not None:
                return won
            if child is not None:
                self.reached.append(child)
                nodes.append(child)
                continue
            nodes.remove(node)
            if node.later:
                nodes += node.later
                continue
            if needs_machine(node.attempt):
                self.blocked = node
                return None
        return None

    def _step(self, node: Node) -> tuple[Won | None, Node | None]:
        """Try what is left of a failure's remedies, until one builds or leads on."""
        if node.left is None:
            node.left = islice(self._candidates(node), MOST_REMEDIES)
        deferred: list[Node] = []
        deep = len(node.path) >= DEEPEST
        while batch := self._batch(node):
            parent = node.attempt
            tried = self._trials.try_all(parent, batch, enough=lambda one: one.works)
            if works := next((one for one in tried if one.works), None):
                return self._least_lossy(node, works), None
            fresh = [node.child(one) for one in tried if one.judgement == "new error"]
            fresh.sort(key=lambda one: promise(parent, one.attempt))
            if fresh and promising(parent, fresh[-1].attempt) and not deep:
                self.reached += fresh[:-1]
                return None, fresh[-1]
            deferred += fresh
        deferred.sort(key=lambda one: promise(node.attempt, one.attempt))
        self.reached += deferred
        node.later = [] if deep else [one for one in deferred if curable(one.attempt)][-MOST_LATER:]
        return None, None

    def _least_lossy(self, node: Node, works: Tried) -> Won:
        """A build that lost something gives way to one that did not."""
        best = works
        for batch in islice(iter(lambda: self._batch(node), []), MOST_MORE):
            assert best.attempt is not None
            if not serious(best.attempt):
                break
            tried = self._trials.try_all(node.attempt, batch)
            for one in tried:
                if one.works and one.attempt and not serious(one.attempt):
                    best = one
        return Won(tried=best, path=node.path, changes=(*node.changes, best.candidate))

    def _batch(self, node: Node) -> list[tuple[Candidate, Settings]]:
        """The next change by itself where its cause is certain, else as many as there is room for."""
        assert node.left is not None
        batch = []
        first = node.attempt.causes[:1]
        alone = bool(first) and first[0].confidence == "certain"
        for candidate in node.left:
            settings = candidate.applied(node.attempt.settings, self._trials.session)
            if self._trials.knows(settings):
                continue
            batch.append((candidate, settings))
            if len(batch) == (1 if alone else at_once()):
                break
        return batch

    def _candidates(self, node: Node) -> Iterator[Candidate]:
        attempt = node.attempt
        for cause in attempt.causes:
            if cause.id == "missing-source-file":
                stop = self._trials.budget.stop
                for remedy in recovered(self._trials.session, attempt, cause, stop):
                    yield from_remedy(cause, remedy)
            for candidate in from_causes([cause]):
                if candidate.loses and cause.id in INSTALLABLE:
                    continue
                if candidate.strategy != "environment" or self._has(attempt, cause, candidate):
                    yield candidate

    def _has(self, attempt: Attempt, cause: Cause, candidate: Candidate) -> bool:
        """Whether the user's environment has what the cause misses."""
        wanted = [one for r in cause.remedies[:1] for one in r.settings.get("extra", ())]
        settings = candidate.applied(attempt.settings, self._trials.session)
        try:
            found = self._trials.session.choices.adoptable(settings, wanted)
        except UsageError:
            return False
        return bool(wanted) and not found.missing


def promise(parent: Attempt, attempt: Attempt) -> tuple[bool, int, bool]:
    """How much is to be hoped of a failure that differs from its parent's, for sorting."""
    further = phases_further(parent, attempt) or 0
    return (further >= 0, further, curable(attempt) or needs_machine(attempt))


def promising(parent: Attempt, attempt: Attempt) -> bool:
    """Whether to go on from a failure before anything else is tried at its parent."""
    not_back, further, leads_on = promise(parent, attempt)
    if attempt.failed_phase is None or not not_back:
        return False
    return (
        leads_on or further > 0 or phase_index(attempt.failed_phase) >= phase_index("build_wheel")
    )

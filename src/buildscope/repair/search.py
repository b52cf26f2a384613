"""The search for a cure, from the first attempt to a recipe that was proven from zero."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from buildscope.model import events as ev
from buildscope.process.stop import Stop
from buildscope.repair.broaden import broadened
from buildscope.repair.budget import Budget
from buildscope.repair.candidates import Candidate
from buildscope.repair.explore import Explorer, Node, Won, promise
from buildscope.repair.learned import with_learned
from buildscope.repair.minimise import elements, minimise
from buildscope.repair.reach import worth_travelling
from buildscope.repair.result import faults, make_recipe, needs_of, with_needs
from buildscope.repair.travel import explain
from buildscope.repair.trials import BUILT, Trials, Tried, whole

if TYPE_CHECKING:
    from buildscope.model.recipe import Recipe, Search, SearchEnd
    from buildscope.model.run import Attempt
    from buildscope.model.settings import Settings
    from buildscope.session.session import Session

BUDGET = 300.0
"""Seconds of a whole search, unless told otherwise."""


def find_cure(
    session: Session,
    settings: Settings,
    *,
    base: int | None = None,
    budget: float = BUDGET,
    max_attempts: int | None = None,
    stop: Stop | None = None,
) -> Search:
    """Search for a change that makes the target build, make it minimal, and prove it.

    Begins with a first attempt with ``settings``, or with attempt ``base`` of the session.
    Within ``budget`` seconds and ``max_attempts`` attempts; a first attempt is not cut off when
    the time is over. Everything is in the journal as it
    happens. Raises ``UsageError`` where the settings name an interpreter that is not there.
    """
    session.write(ev.SearchStarted(at=time.time(), budget=budget, max_attempts=max_attempts))
    with Budget(budget, max_attempts, stop or Stop()) as spent:
        finder = _Finder(session, spent)
        if base is None:
            start = finder.trials.first(settings)
            origin = settings
        else:
            record = session.record
            start, origin = record.attempt(base), record.attempts[0].settings
            finder.trials.begin_with(start)
        finder.search(start, origin)
    found = session.record.search
    assert found is not None
    return found


class _Finder:
    def __init__(self, session: Session, budget: Budget) -> None:
        self.session = session
        self.budget = budget
        self.trials = Trials(session, budget)
        self.explorer = Explorer(self.trials)

    def search(self, start: Attempt, origin: Settings) -> None:
        """Search from an attempt that has ended; ``origin`` are the settings before any change."""
        if start.outcome in BUILT:
            self._from_built(start, origin)
            return
        if start.outcome != "failed":
            ended: SearchEnd = "stopped" if self.budget.stopped else "none"
            self._end(ended, _told_of(start), path=(start,))
            return
        root = Node(attempt=start, path=(start,))
        won = self.explorer.walk([root])
        if won is None and self.explorer.blocked is None:
            won = self._broaden(root)
        if won is not None:
            self._settle(won, origin)
        else:
            self._give_up(root)

    def _from_built(self, start: Attempt, origin: Settings) -> None:
        if not list(elements(origin, start.settings)):
            self._end("as published", "it builds as published", path=())
            return
        candidate = Candidate(strategy="remedy", why="it builds with these changes")
        tried = Tried(
            candidate=candidate, settings=start.settings, judgement="works", attempt=start
        )
        self._settle(Won(tried=tried, path=self._before(start), changes=()), origin)

    def _before(self, attempt: Attempt) -> tuple[Attempt, ...]:
        """The failed attempts that an attempt was made from, the first one first."""
        record, path = self.session.record, []
        while attempt.parent is not None:
            attempt = record.attempt(attempt.parent)
            path.append(attempt)
        return tuple(one for one in reversed(path) if one.outcome == "failed")

    def _broaden(self, root: Node) -> Won | None:
        """Other interpreters and the older index, from where the rules came furthest."""
        for node in self._worthwhile(root):
            interpreters = self.session.choices.interpreters()
            for batch in broadened(node.attempt, interpreters):
                won = self._try_batch(node, batch)
                if won is not None or self.budget.over or self.explorer.blocked:
                    return won
        return None

    def _worthwhile(self, root: Node) -> list[Node]:
        """The failure that is furthest on and the first one, where it makes sense.

        What the furthest one says for certain, no other way to it changes.
        """
        furthest = self._furthest(root)
        if not worth_travelling(furthest.attempt):
            return []
        also = [root] if root is not furthest and worth_travelling(root.attempt) else []
        return [furthest, *also]

    def _furthest(self, root: Node) -> Node:
        reached = [root, *self.explorer.reached]
        return max(reached, key=lambda one: promise(root.attempt, one.attempt))

    def _try_batch(self, node: Node, batch: list[Candidate]) -> Won | None:
        changes = []
        for candidate in batch:
            settings = candidate.applied(node.attempt.settings, self.session)
            if not self.trials.knows(settings):
                changes.append((candidate, settings))
        results = self.trials.try_all(node.attempt, changes, enough=lambda one: one.works)
        for tried in results:
            if tried.works:
                return Won(tried=tried, path=node.path, changes=(*node.changes, tried.candidate))
        children = [node.child(one) for one in results if one.judgement == "new error"]
        children.sort(key=lambda one: promise(node.attempt, one.attempt))
        ahead = [one for one in children if promise(node.attempt, one.attempt)[0]]
        return self.explorer.walk(ahead)

    def _settle(self, won: Won, origin: Settings) -> None:
        """Make the cure minimal, prove it, and end."""
        led_to = won.tried.settings
        won = minimise(self.trials, origin, won)
        if won.tried.settings.exclude_newer != origin.exclude_newer:
            won = minimise(self.trials, origin, explain(self.trials, origin, won))
        proof = self._proof(won)
        changes, path = won.changes, won.path
        recipe = make_recipe(
            proof or won.attempt,
            won.tried.settings,
            changes,
            proven=proof is not None,
            tried=led_to,
        )
        if proof is not None:
            self._end("proven", f"{recipe.summary}: proven", path=path, recipe=recipe)
        else:
            told = f"{recipe.summary}: it built once, and was not proven from zero"
            self._end(self._cut_off(), told, path=path, recipe=recipe)

    def _proof(self, won: Won) -> Attempt | None:
        """An attempt from zero, with nothing but the recipe; one that was made so is one."""
        if whole(won.attempt) and won.attempt.outcome == "built":
            return won.attempt
        why = Candidate(strategy="prove", why="from zero, with nothing but the recipe")
        tried = self.trials.prove(won.attempt, why, won.tried.settings)
        return tried.attempt if tried.works else None

    def _give_up(self, root: Node) -> None:
        blocked = self.explorer.blocked
        if blocked is not None:
            recipe = self._unproven(blocked)
            told = blocked.attempt.causes[0].summary
            self._end("system", told, path=blocked.path, recipe=recipe)
            return
        furthest = self._furthest(root)
        self._end(self._cut_off(), _told_of(furthest.attempt), path=furthest.path)

    def _cut_off(self) -> SearchEnd:
        """How a search without a proof ended: cut off by the user, by the budget, or not at all."""
        if not self.budget.over:
            return "none"
        return "stopped" if self.budget.stopped else "budget"

    def _unproven(self, node: Node) -> Recipe:
        recipe = make_recipe(node.attempt, node.attempt.settings, node.changes, proven=False)
        return with_needs(recipe, needs_of(node.attempt))

    def _end(
        self,
        ended: SearchEnd,
        told: str,
        *,
        path: tuple[Attempt, ...],
        recipe: Recipe | None = None,
    ) -> None:
        self.session.write(
            ev.SearchEnded(
                at=time.time(),
                ended=ended,
                told=told,
                seconds=self.budget.elapsed,
                recipe=recipe,
                faults=with_learned(faults(path), path, recipe),
            )
        )


def _told_of(attempt: Attempt) -> str:
    if attempt.causes:
        return attempt.causes[0].summary
    return f"the build was {attempt.outcome}"

"""Drops what a cure does not need, one change at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from buildscope.model.base import Record
from buildscope.repair.candidates import Candidate
from buildscope.repair.trials import serious

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.model.settings import Settings
    from buildscope.repair.explore import Won
    from buildscope.repair.trials import Trials, Tried

_INTRUSIVE = ("python", "exclude_newer", "isolation", "edits", "env", "config_settings")


class Element(Record, frozen=True):
    """One change among several: a field of the settings, and the part of it."""

    field: str
    part: str | None = None

    def dropped(self, origin: Settings, settings: Settings) -> Settings:
        """``settings`` without this change, as ``origin`` has it."""
        before, after = getattr(origin, self.field), getattr(settings, self.field)
        value: Any = before
        if isinstance(after, tuple):
            value = tuple(one for one in after if one != self.part)
        elif isinstance(after, dict) and self.part is not None:
            value = {k: v for k, v in after.items() if k != self.part}
            value |= {k: v for k, v in before.items() if k == self.part}
        return msgspec.structs.replace(settings, **{self.field: value})


def elements(origin: Settings, settings: Settings) -> Iterator[Element]:
    """The changes from ``origin`` to ``settings``, the most intrusive first."""
    for name in _INTRUSIVE:
        before, after = getattr(origin, name), getattr(settings, name)
        if isinstance(after, dict):
            yield from (Element(name, key) for key in after if before.get(key) != after[key])
        elif before != after:
            yield Element(name)
    for name in ("extra", "constraints"):
        before = getattr(origin, name)
        for value in getattr(settings, name):
            if value not in before:
                yield Element(name, value)


def minimise(trials: Trials, origin: Settings, won: Won) -> Won:
    """A cure from which no single change can be dropped, as far as the budget goes.

    A build that loses more than the cure does is none. Changes are tried side by side; of
    several that can go by themselves one goes, and the others are tried again without it. A
    change that is alone is needed: what is without it has failed.
    """
    needed: set[Element] = set()
    while not trials.budget.over:
        every = list(elements(origin, won.tried.settings))
        left = [one for one in every if one not in needed]
        left = [one for one in left if not _known(trials, origin, won, one)]
        if len(every) < 2 or not left:
            break
        results = _without_each(trials, origin, won, left)
        dropped = next((tried for tried in results if as_good(tried, won)), None)
        needed |= {
            element
            for element, tried in zip(left, results, strict=True)
            if tried.judgement != "stopped" and not as_good(tried, won)
        }
        if dropped is None:
            break
        won = replace(won, tried=dropped)
    return won


def _known(trials: Trials, origin: Settings, won: Won, element: Element) -> bool:
    """Whether it has failed without this change already, on the way to the cure."""
    return trials.has_failed(element.dropped(origin, won.tried.settings))


def _without_each(trials: Trials, origin: Settings, won: Won, left: list[Element]) -> list[Tried]:
    candidate = Candidate(strategy="minimise", why="is this change needed?")
    changes = [(candidate, one.dropped(origin, won.tried.settings)) for one in left]
    return trials.try_all(won.attempt, changes, enough=lambda tried: as_good(tried, won))


def as_good(tried: Tried, won: Won) -> bool:
    """Whether a trial built, and lost nothing that the cure does not lose."""
    if tried.attempt is None or not tried.works:
        return False
    return set(serious(tried.attempt)) <= set(serious(won.attempt))

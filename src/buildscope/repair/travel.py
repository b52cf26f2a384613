"""From a date to the one constraint that matters: bisection, on versions.

Days hide a break and its fix on one day, and an index may have no dates at all.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import msgspec
from packaging.utils import canonicalize_name

from buildscope.errors import Cancelled
from buildscope.model.delta import with_delta
from buildscope.repair.candidates import Candidate
from buildscope.repair.history import bound_below, versions_between
from buildscope.repair.minimise import as_good, minimise
from buildscope.repair.trials import at_once
from buildscope.reports.failures import same_failure

if TYPE_CHECKING:
    from buildscope.model.run import Attempt
    from buildscope.model.settings import Settings
    from buildscope.repair.explore import Won
    from buildscope.repair.trials import Trials, Tried

_LIKELY: Final = ("setuptools", "cython", "numpy", "wheel", "pip")
"""Build requirements whose releases break builds most often; they are looked at first."""


def explain(trials: Trials, origin: Settings, won: Won) -> Won:
    """The cure with constraints in the place of its date; as it is where none do the same."""
    dated = won.tried.settings
    today = msgspec.structs.replace(dated, exclude_newer=origin.exclude_newer)
    why = Candidate(strategy="bisect", why="does it fail with today's releases?")
    now = trials.try_one(won.attempt, why, today)
    if as_good(now, won):
        return replace(won, tried=now)
    if now.attempt is None or now.judgement == "stopped":
        return won
    pinned = _pinned(trials, today, won, now.attempt)
    if pinned is None:
        return won
    for name, good in _differing(won.attempt, now.attempt).items():
        pin = f"{name}=={good}"
        if pin in pinned.tried.settings.constraints:
            pinned = _bounded(trials, pinned, name, (good, _installed(now.attempt).get(name)), now)
    return pinned


def _pinned(trials: Trials, today: Settings, won: Won, failed: Attempt) -> Won | None:
    """The least number of pins to versions of that time which build with today's index."""
    pins = [f"{name}=={version}" for name, version in _differing(won.attempt, failed).items()]
    if not pins:
        return None
    every = _try_pins(trials, won, today, [pins], "do the versions of that time build it?")[0]
    if not as_good(every, won):
        return None
    won = replace(won, tried=every)
    if len(pins) == 1:
        return won
    singles = [[pin] for pin in pins]
    each = _try_pins(trials, won, today, singles, "is it this one alone?")
    alone = next((tried for tried in each if as_good(tried, won)), None)
    if alone is not None:
        return replace(won, tried=alone)
    return minimise(trials, today, won)


def _try_pins(
    trials: Trials, won: Won, today: Settings, pins: list[list[str]], why: str
) -> list[Tried]:
    candidate = Candidate(strategy="bisect", why=why)
    changes = [(candidate, with_delta(today, {"constraints": some})) for some in pins]
    return trials.try_all(won.attempt, changes, enough=lambda tried: as_good(tried, won))


def _bounded(
    trials: Trials, won: Won, name: str, ends: tuple[str, str | None], failed: Tried
) -> Won:
    """The pin of ``name`` as a bound below the first release that breaks the build."""
    good, bad = ends
    if bad is None or failed.attempt is None:
        return won
    between = _between(trials, won, name, good, bad)
    while between and not trials.budget.over:
        probes = spread(between, at_once())
        results = _try_versions(trials, won, name, probes)
        for version, tried in zip(probes, results, strict=True):
            if as_good(tried, won):
                good = version
            elif tried.works or _fails_so(failed.attempt, tried):
                bad = version
                break
        between = narrowed(between, good, bad, probes)
    bound = bound_below(name, good, bad)
    tried = _try_bound(trials, won, bound)
    return replace(won, tried=tried) if as_good(tried, won) else won


def _between(trials: Trials, won: Won, name: str, good: str, bad: str) -> list[str]:
    try:
        return versions_between(
            trials.session,
            name,
            good,
            bad,
            settings=won.tried.settings,
            python_version=_python(won.attempt),
            stop=trials.budget.stop,
        )
    except Cancelled:
        return []


def _fails_so(failed: Attempt, tried: Tried) -> bool:
    return tried.attempt is not None and same_failure(failed, tried.attempt)


def _try_versions(trials: Trials, won: Won, name: str, versions: list[str]) -> list[Tried]:
    why = Candidate(strategy="bisect", why=f"which release of {name} breaks it?")
    changes = [
        (why, with_delta(won.tried.settings, {"constraints": [f"{name}=={version}"]}))
        for version in versions
    ]
    return trials.try_all(won.attempt, changes)


def _try_bound(trials: Trials, won: Won, bound: str) -> Tried:
    why = Candidate(strategy="bisect", why="the bound that this comes to")
    settings = with_delta(won.tried.settings, {"constraints": [bound]})
    return trials.try_one(won.attempt, why, settings)


def spread(versions: list[str], most: int) -> list[str]:
    """At most ``most`` of them, at even distances, in their order."""
    count = min(most, len(versions))
    return [versions[(index + 1) * len(versions) // (count + 1)] for index in range(count)]


def narrowed(versions: list[str], good: str, bad: str, probes: list[str]) -> list[str]:
    """Those above ``good`` and below ``bad`` that were not tried; in ascending order."""
    from packaging.version import Version

    low, high = Version(good), Version(bad)
    return [v for v in versions if low < Version(v) < high and v not in probes]


def _differing(good: Attempt, bad: Attempt) -> dict[str, str]:
    """Versions that the attempt which built had and the other had not, likely ones first."""
    other = _installed(bad)
    found = {name: v for name, v in _installed(good).items() if other.get(name) != v}
    ranked = sorted(found, key=lambda n: (_LIKELY.index(n) if n in _LIKELY else 99, n))
    return {name: found[name] for name in ranked}


def _installed(attempt: Attempt) -> dict[str, str]:
    return {canonicalize_name(one.name): one.version for one in attempt.installed}


def _python(attempt: Attempt) -> str:
    return attempt.interpreter.version if attempt.interpreter is not None else ""

"""The state of an attempt as the verdict, the footer and the tabs see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

    from buildscope.model.names import Phase
    from buildscope.model.recipe import Search, SearchEnd
    from buildscope.model.run import Attempt, PhaseRun
    from buildscope.reports.stuck import Stand

State: TypeAlias = Literal[
    "starting",
    "obtaining",
    "running",
    "paused",
    "searching",
    "proven",
    "uncured",
    "unfinished",
    "failed",
    "unknown",
    "timeout",
    "built",
    "built_changed",
    "warned",
    "stopped",
    "cancelled",
    "interrupted",
    "not_obtained",
    "refused",
    "fault",
]
STATES: tuple[State, ...] = get_args(State)
ACTIVE: frozenset[State] = frozenset({"starting", "obtaining", "running", "searching"})
RETRYABLE: frozenset[State] = frozenset(STATES) - ACTIVE - {"paused", "refused", "fault"}


@dataclass(frozen=True, slots=True)
class Live:
    """What a snapshot cannot hold: the clock, the output so far, the thread that runs.

    ``lines`` and ``last`` (newest last) are of the running phase's output, ``quiet`` the
    seconds since its newest byte. ``fault`` is the traceback of an engine that raised over this
    attempt and ``report`` the file it is kept in; ``refusal`` is (message, hint) of a request refused.
    ``before`` and ``after`` are the breakpoints; ``recorded``: nothing has run here yet;
    ``held``: the frame of the failure is alive. ``stand`` is where a silent hook stands.
    ``running``: attempts are being made.
    """

    now: float = 0.0
    lines: int = 0
    last: tuple[str, ...] = ()
    quiet: float | None = None
    stopping: str = ""
    fault: str | None = None
    report: str | None = None
    refusal: tuple[str, str | None] | None = None
    before: frozenset[Phase] = frozenset()
    after: frozenset[Phase] = frozenset()
    recorded: bool = False
    held: bool = False
    stand: Stand | None = None
    running: bool = False


def state_of(attempt: Attempt | None, live: Live) -> State:  # noqa: PLR0911 - one each
    """The one state that an attempt is in."""
    if live.fault is not None:
        return "fault"
    if attempt is None:
        return "refused" if live.refusal else "starting"
    if attempt.paused is not None:
        return "paused"
    if attempt.outcome == "running":
        return _running(attempt)
    if attempt.outcome == "failed":
        return _failed(attempt)
    if attempt.outcome == "built":
        return _built(attempt)
    return attempt.outcome


def search_state(search: Search, live: Live) -> State | None:
    """The state of a search for a cure; ``None`` where it has nothing to say."""
    if search.ended is None:
        return "searching" if live.running else "unfinished"
    return _BY_END[search.ended]


def running_phase(attempt: Attempt) -> PhaseRun | None:
    """The phase that runs now."""
    return next((run for run in attempt.phases if run.status == "running"), None)


def latest_phase(attempt: Attempt) -> PhaseRun:
    """The phase to look at when nobody chose one: running, else failed, else last that ran."""
    if attempt.paused is not None:
        return attempt.phase(attempt.paused.phase)
    if attempt.failed_phase is not None:
        return attempt.phase(attempt.failed_phase)
    by_rank = {run.status: run for run in attempt.phases if run.status in _WORTH_A_LOOK}
    for status in _WORTH_A_LOOK:
        if status in by_rank:
            return by_rank[status]
    return attempt.phases[0]


def count_changes(attempt: Attempt) -> int:
    """How many changes its settings make to the build as published."""
    settings = attempt.settings
    lists = (settings.extra, settings.constraints, settings.skip)
    return (
        sum(len(values) for values in lists)
        + len(settings.env)
        + len(settings.config_settings)
        + len(settings.edits)
        + (settings.python is not None)
        + (not settings.isolation)
        + (settings.exclude_newer is not None)
    )


_BY_END: Mapping[SearchEnd, State | None] = {
    "proven": "proven",
    "as published": None,
    "system": "uncured",
    "none": "uncured",
    "budget": "unfinished",
    "stopped": "unfinished",
}
_WORTH_A_LOOK = ("running", "failed", "cancelled", "passed", "carried", "skipped")


def _running(attempt: Attempt) -> State:
    running = running_phase(attempt)
    if running is None:
        return "running" if attempt.phases[0].status in {"passed", "carried"} else "starting"
    return "obtaining" if running.name == "source" else "running"


def _failed(attempt: Attempt) -> State:
    if not attempt.causes or attempt.causes[0].id == "unknown":
        return "unknown"
    return "timeout" if attempt.causes[0].id == "timeout" else "failed"


def _built(attempt: Attempt) -> State:
    if attempt.warnings:
        return "warned"
    return "built_changed" if count_changes(attempt) else "built"

"""Which attempt, phase and tab are shown: what the user chose, else what the state suggests."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from buildscope.tui.view.followed import followed
from buildscope.tui.view.state import ACTIVE, latest_phase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from buildscope.model.names import Phase
    from buildscope.model.run import Attempt, BackendLog, PhaseRun, SessionRecord
    from buildscope.tui.view.state import State

Tab: TypeAlias = Literal[
    "traceback", "output", "did", "environment", "source", "metadata", "explain", "fix"
]
TABS: tuple[Tab, ...] = get_args(Tab)
_SHOWN_IN: Mapping[State, Tab] = {
    "fault": "traceback",
    "paused": "explain",
    "proven": "metadata",
    "built": "metadata",
    "built_changed": "metadata",
    "warned": "metadata",
    "stopped": "metadata",
}
_STOPPED: frozenset[State] = frozenset({"cancelled", "interrupted", "timeout"})


@dataclass(frozen=True, slots=True)
class Place:
    """``None`` is: not chosen, so the newest attempt, its latest phase, the state's tab.

    ``log`` says which of the backend's own logs stands in Output, from 1 on; 0 is the output.
    """

    attempt: int | None = None
    phase: Phase | None = None
    tab: Tab | None = None
    log: int = 0

    def chosen_attempt(self, number: int | None) -> Place:
        """Another attempt; the phase and the tab are then its own again."""
        return Place(attempt=number)

    def chosen_phase(self, phase: Phase | None) -> Place:
        """Another phase, the tab stays."""
        return replace(self, phase=phase, log=0)

    def chosen_tab(self, tab: Tab | None) -> Place:
        """Another tab, the rest stays."""
        return replace(self, tab=tab)

    def next_log(self, run: PhaseRun | None) -> Place:
        """The next of the output and the logs of a phase, around the end."""
        count = len(run.logs) if run is not None else 0
        return replace(self, log=(self.log + 1) % (count + 1))


def shown_log(place: Place, run: PhaseRun | None) -> BackendLog | None:
    """The log that stands in Output, if one does."""
    logs = run.logs if run is not None else ()
    return logs[place.log - 1] if 0 < place.log <= len(logs) else None


@dataclass(frozen=True, slots=True)
class Hints:
    """What the tab depends on beside the state.

    ``beside``: Output has a pane of its own. ``silent``: the phase runs and has printed nothing
    for a while. ``printed``: the cause stands in the output. ``searched``: the verdict is that of
    a search for a cure.
    """

    beside: bool = False
    silent: bool = False
    printed: bool = False
    searched: bool = False


def shown_attempt(place: Place, record: SessionRecord | None) -> Attempt | None:
    """The chosen attempt, else the newest, or what a search came to."""
    if record is None:
        return None
    chosen = (one for one in record.attempts if one.id == place.attempt)
    return next(chosen, followed(record))


def shown_phase(place: Place, attempt: Attempt | None) -> PhaseRun | None:
    """The chosen phase, else the one that matters most."""
    if attempt is None:
        return None
    return latest_phase(attempt) if place.phase is None else attempt.phase(place.phase)


def shown_tab(place: Place, state: State, run: PhaseRun | None, hints: Hints) -> Tab:
    """The tab of the main pane."""
    tab = place.tab or _suggested(state, run, hints)
    if tab == "output" and hints.beside:
        return "environment" if state in ACTIVE else "traceback"
    return tab


def printed_cause(attempt: Attempt | None, run: PhaseRun | None) -> bool:
    """Whether the cause was found in what the phase printed, and not in what it raised."""
    found = attempt.causes[0].evidence if attempt is not None and attempt.causes else None
    if run is None or found is None or found.stream is None or found.phase != run.name:
        return False
    return run.exception is None or run.exception.type not in (found.text or "")


def _suggested(state: State, run: PhaseRun | None, hints: Hints) -> Tab:
    if hints.searched:
        return "fix"
    if state in _SHOWN_IN:
        return _SHOWN_IN[state]
    if run is not None and (hints.silent or state in _STOPPED) and _stands(run):
        return "did"
    if run is None or run.status != "failed" or hints.printed:
        return "output"
    printed = run.stdout_lines + run.stderr_lines
    placed = run.failure is not None and run.failure.file is not None
    return "traceback" if run.exception is not None or placed or not printed else "output"


def _stands(run: PhaseRun) -> bool:
    """Whether Did can tell where the phase stands or stood: it called a hook."""
    return run.call is not None if run.status == "running" else bool(run.stack or run.waiting)

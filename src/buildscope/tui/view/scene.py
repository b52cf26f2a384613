"""Everything that one redrawing of the main screen needs, worked out once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from buildscope.tui.view.followed import current_search, is_proven
from buildscope.tui.view.place import Hints, printed_cause, shown_attempt, shown_phase, shown_tab
from buildscope.tui.view.state import Live, State, search_state, state_of
from buildscope.tui.view.stuck import is_silent

if TYPE_CHECKING:
    from collections.abc import Callable

    from buildscope.model.run import Attempt, PhaseRun, SessionRecord
    from buildscope.tui.view.place import Place, Tab


@dataclass(frozen=True, slots=True)
class Scene:
    """The snapshot, what of it is shown, and the state of that."""

    record: SessionRecord | None = None
    attempt: Attempt | None = None
    run: PhaseRun | None = None
    live: Live = field(default_factory=Live)
    state: State = "starting"
    tab: Tab = "output"
    about_search: bool = False
    """Whether the verdict is that of the search, and not of one attempt."""

    @property
    def the_attempt(self) -> Attempt:
        """The attempt, in the states that only an attempt has."""
        if self.attempt is None:
            raise LookupError(f"there is no attempt in state {self.state}")
        return self.attempt

    @property
    def target(self) -> str:
        """What the user named."""
        return self.record.target.text if self.record is not None else "the build"

    @property
    def source_kind(self) -> str:
        """Which kind of target that is."""
        return self.record.target.kind if self.record is not None else "requirement"


def make_scene(
    record: SessionRecord | None,
    place: Place,
    live_of: Callable[[Attempt | None], Live],
    *,
    beside: bool,
) -> Scene:
    """The scene at ``place``; ``beside`` says that Output has a pane of its own."""
    attempt = shown_attempt(place, record)
    live = live_of(attempt)
    state, about = _state(record, place, attempt, live)
    run = shown_phase(place, attempt)
    hints = Hints(
        beside, silent=is_silent(run, live), printed=printed_cause(attempt, run), searched=about
    )
    tab = shown_tab(place, state, run, hints)
    return Scene(record, attempt, run, live, state, tab, about)


def _state(
    record: SessionRecord | None, place: Place, attempt: Attempt | None, live: Live
) -> tuple[State, bool]:
    """The search's state, unless an attempt was chosen, and whether it is that."""
    search = current_search(record) if place.attempt is None else None
    found = search_state(search, live) if search is not None else None
    if found is not None and live.fault is None:
        return found, True
    state = state_of(attempt, live)
    return ("proven" if state != "fault" and is_proven(record, attempt) else state), False

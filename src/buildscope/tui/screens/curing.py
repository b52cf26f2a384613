"""The verb that searches for a cure and proves it, and why it may not apply."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual import work

from buildscope.errors import BuildscopeError
from buildscope.tui.screens.choosing import Choosing
from buildscope.tui.view.followed import begun_from, current_search, is_proven
from buildscope.tui.view.place import Place
from buildscope.tui.view.state import count_changes

if TYPE_CHECKING:
    from collections.abc import Callable

    from buildscope.model.names import Phase
    from buildscope.model.recipe import Recipe
    from buildscope.model.run import Attempt, SessionRecord
    from buildscope.process.stop import Stop
    from buildscope.session.runner import SessionLike
    from buildscope.session.session import Session
    from buildscope.tui.watch import Watcher

_BUILT = frozenset({"built", "stopped"})


def search_from(session: SessionLike, attempt: Attempt, stop: Stop) -> None:
    """Search for a cure of an attempt, or prove it; everything is in the journal as it happens."""
    from buildscope.repair import find_cure

    find_cure(cast("Session", session), attempt.settings, base=attempt.id, stop=stop)


class Curing(Choosing):
    """A search makes many attempts; nothing pauses in it."""

    def __init__(self, watcher: Watcher) -> None:
        super().__init__(watcher)
        self.search_from: Callable[[SessionLike, Attempt, Stop], None] = search_from
        self._worded: Recipe | None = None

    # The search

    def action_fix(self) -> None:
        """Search for a cure of the attempt that is shown; prove it where it builds with changes."""
        attempt = self.scene.attempt
        refused = self._why_no_search()
        if attempt is None or refused:
            self.say(refused or "nothing was attempted yet, so there is nothing to cure")
            return
        self.place = Place()
        self.fix.go_to(0)
        self.runner.search(lambda stop: self._make_search(attempt, stop))
        self.hush()
        self.redraw()

    def _make_search(self, attempt: Attempt, stop: Stop) -> None:
        """Without breakpoints, which come back; a frame that waits is let go first."""
        session, gate = self.runner.session, self.runner.session.gate
        before, after = gate.before, gate.after
        gate.set_breaks(before=(), after=())
        gate.resume()
        try:
            session.release()
            self.search_from(session, attempt, stop)
        finally:
            gate.set_breaks(before=before, after=after)

    def _why_no_search(self) -> str:
        attempt = self.scene.attempt
        if self.searching:
            return "a search is running; x stops it"
        if self.runner.running:
            return f"{self.what_runs()} is running: x stops it, then f searches for a cure"
        return no_cure(self.scene.record, attempt) if attempt is not None else ""

    # While it runs

    @property
    def searching(self) -> bool:
        """Whether a search runs now."""
        search = current_search(self.scene.record)
        return self.runner.running and search is not None and search.ended is None

    def what_runs(self) -> str:
        """Name what runs, for messages."""
        return "the search" if self.searching else super().what_runs()

    def action_step(self) -> None:
        """A search does not pause."""
        if not self._is_told_not_to_pause():
            super().action_step()

    def action_continue(self) -> None:
        """A search does not pause."""
        if not self._is_told_not_to_pause():
            super().action_continue()

    def run_until(self, phase: Phase) -> None:
        """A search does not pause."""
        if not self._is_told_not_to_pause():
            super().run_until(phase)

    def cycle_break(self, phase: Phase) -> None:
        """A search has no breakpoints."""
        if not self._is_told_not_to_pause():
            super().cycle_break(phase)

    def _is_told_not_to_pause(self) -> bool:
        if self.searching:
            self.say("a search does not pause, and breakpoints are off meanwhile; x stops it")
        return self.searching

    # What came of it

    def settle(self) -> None:
        """At its end the recipe stands first in Fix."""
        if self.scene.about_search:
            self.fix.go_to(0)
        else:
            super().settle()

    def redraw(self) -> None:
        """Put a new recipe into the words of tools, in a thread."""
        super().redraw()
        record = self.scene.record
        recipe = record.search.recipe if record is not None and record.search is not None else None
        if record is not None and recipe is not None and recipe is not self._worded:
            self._worded, self.texts = recipe, None
            self._word(record, recipe)

    @work(thread=True, exclusive=True, group="recipe")
    def _word(self, record: SessionRecord, recipe: Recipe) -> None:
        """Files of the source and patches are read, so it is done in a thread."""
        from buildscope.recipes import recipe_texts

        try:
            self.texts = recipe_texts(record, recipe)
        except BuildscopeError as error:
            self.texts = ()
            self.app.call_from_thread(self.say, f"no words for it: {error.message}", "failed")
        self.app.call_from_thread(self.redraw)

    def choose_attempt(self, key: str) -> None:
        """Beside a search every attempt is looked at by itself; esc goes back to the search."""
        if current_search(self.scene.record) is None:
            super().choose_attempt(key)
            return
        self.place = self.place.chosen_attempt(int(key))
        self.redraw()

    def show_tab(self, name: str) -> None:
        """Fix is about the search; the verdict then is, too."""
        record = self.scene.record
        if name != "fix":
            super().show_tab(name)
        elif record is None or record.search is None:
            self.say("no cure was searched for yet: f searches for one")
        else:
            again = self.focused is self.fix and self.scene.tab == "fix"
            if current_search(record) is not None:
                self.place = Place()
            super().show_tab("fix")
            if again:
                self._next_part()

    def _next_part(self) -> None:
        """From the recipe to what was tried, and back."""
        at = next((at for at, one in enumerate(self.fix.rows) if one.key == "trials"), 0)
        at = at if self.fix.cursor < at else 0
        self.fix.go_to(at)
        self.fix.scroll_to(y=at, animate=False, immediate=True)

    def action_back(self) -> None:
        """From an attempt back to the search that it belongs to."""
        chosen = self.place.attempt is not None and current_search(self.scene.record) is not None
        if chosen and not self.zoomed and not self.has_class("-lists") and not self.file:
            self.place = Place()
            self.redraw()
        else:
            super().action_back()

    def action_compare(self) -> None:
        """Compare the proof with the attempt that the search began from."""
        record, attempt = self.scene.record, self.scene.attempt
        search = record.search if record is not None else None
        first = begun_from(search) if search is not None else None
        if attempt is None or first in {None, attempt.id} or not is_proven(record, attempt):
            super().action_compare()
        elif first is not None:
            self.compare(first, attempt.id)

    async def activate(self, key: str) -> None:
        """Show the attempt of a trial; do what the verdict offers."""
        kind, _, name = key.partition(":")
        if kind == "attempt":
            self.place = self.place.chosen_attempt(int(name))
            self.redraw()
        elif kind == "trials":
            self._next_part()
        else:
            await super().activate(key)


def no_cure(record: SessionRecord | None, attempt: Attempt) -> str:
    """Why no cure is to be searched for from an attempt that has ended; empty where one is."""
    if is_proven(record, attempt):
        return "it is proven already: w takes the recipe away"
    if attempt.outcome in _BUILT and not count_changes(attempt):
        return "it builds as published, so there is nothing to cure or to prove"
    if attempt.outcome == "not_obtained":
        return "there is no source to cure: name another target, or r retries"
    if attempt.outcome in {"cancelled", "interrupted"}:
        return f"#{attempt.id} did not run to its end, so it tells no failure to cure; r retries"
    return ""

"""What stands above the retry line beside its words: the environment it takes, what it edits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work

from buildscope.errors import BuildscopeError
from buildscope.tui.screens.looking import Looking
from buildscope.tui.view.rows import row, wrap

if TYPE_CHECKING:
    from buildscope.model.run import Attempt
    from buildscope.model.settings import Request, Settings
    from buildscope.session.runner import Runner
    from buildscope.tui.view.edited import Edits
    from buildscope.tui.view.rows import Row
    from buildscope.tui.watch import Watcher

VERB_ROWS = 12
LEFT_TO_THE_REST = 14
"""Rows of the screen that the palette does not take."""
LEAST_OF_PATCH = 4


class Previewing(Looking):
    """What has to be looked up is looked up once, in a thread; ``retried`` is what the line changes."""

    def __init__(self, watcher: Watcher) -> None:
        super().__init__(watcher)
        self.retried: Attempt | None = None
        self._patches: dict[tuple[int, Edits], str] = {}
        self._adopted: dict[tuple[int, str | None], tuple[str, ...]] = {}

    @property
    def runner(self) -> Runner:
        """What runs attempts."""
        return self.watcher.runner

    def tell(self) -> None:
        """Say around the line what it would do as it stands."""
        raise NotImplementedError

    def isolation_rows(self, request: Request | None) -> tuple[Row, ...]:
        """With isolation off in the line: which environment that is, and what it lacks."""
        if request is None or request.settings.isolation or self.retried is None:
            return ()
        known = self._adopted.get((self.retried.id, request.settings.python))
        if known is None:
            self._look_for_environment(self.retried, request.settings)
        width = self.app.size.width - 2
        lines = known or ("looking for your environment …",)
        return tuple(row((f" {part}", "dim")) for text in lines for part in wrap(text, width, 2))

    @work(thread=True, exclusive=True, group="adopt")
    def _look_for_environment(self, attempt: Attempt, settings: Settings) -> None:
        from buildscope.tui.view.isolation import adopted_lines

        requires = attempt.backend.requires if attempt.backend is not None else ()
        try:
            lines = adopted_lines(self.runner.session.choices.adoptable(settings, requires))
        except BuildscopeError as error:
            lines = adopted_lines(error.message)
        self._adopted[attempt.id, settings.python] = lines
        self.app.call_from_thread(self.tell)

    def edit_rows(self, request: Request | None) -> tuple[Row, ...]:
        """With edits in the line that the attempt had not: what they change."""
        from buildscope.tui.view.edited import fresh_edits, patch_rows

        parent = self.retried
        edits = fresh_edits(parent, request) if parent is not None and request is not None else ()
        if parent is None or not edits:
            return ()
        known = self._patches.get((parent.id, edits))
        if known is None:
            self._read_patch(parent, edits)
        width, height = self.app.size
        room = max(LEAST_OF_PATCH, min(VERB_ROWS, height - LEFT_TO_THE_REST - 4))
        return patch_rows(known or "reading what the edit changes …", width, room)

    @work(thread=True, exclusive=True, group="patch")
    def _read_patch(self, attempt: Attempt, edits: Edits) -> None:
        """The source as it was obtained may be an archive, so it is read in a thread."""
        from buildscope.tui.tree import edits_of
        from buildscope.tui.view.edited import with_edits

        self._patches[attempt.id, edits] = edits_of(with_edits(attempt, edits)) or "no change"
        self.app.call_from_thread(self.tell)

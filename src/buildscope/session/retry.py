"""What a retry takes over from its parent: where it starts, in which tree and environment."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from buildscope.model import events as ev
from buildscope.model.names import phase_index
from buildscope.session.restore import Restorer
from buildscope.session.start import retry_start
from buildscope.session.trees import Trees, keep_left

if TYPE_CHECKING:
    from buildscope.journal.writer import JournalWriter
    from buildscope.model.names import Phase
    from buildscope.model.run import Attempt, SessionRecord, TreeChanges
    from buildscope.model.settings import Request
    from buildscope.phases.context import Context
    from buildscope.process.stop import Stop
    from buildscope.session.trees import Spare


class Retry:
    """A retry of ``parent``; ``work`` holds the directories of all attempts.

    Raises ``UsageError`` when the phase that the request names comes too late.
    """

    def __init__(
        self, record: SessionRecord, parent: Attempt, request: Request, work: Path, stop: Stop
    ) -> None:
        self.parent = parent
        self.request = request
        self.first: Phase = retry_start(parent, request)
        self._record = record
        self._work = work
        self._stop = stop
        self._spare: Spare | None = None
        kept = self.environment
        self._kept_environment = kept is not None and (kept / "pyvenv.cfg").is_file()

    @property
    def dirty(self) -> bool:
        """Whether it goes on in the tree that the parent left, or in the user's own."""
        return self._carried("source") and (self.request.here or self._in_place)

    @property
    def environment(self) -> Path | None:
        """The environment that is taken over as it is, if one is."""
        facts, here = self.parent.environment, self.request.here
        if not here or facts is None or not facts.isolated or not self._carried("environment"):
            return None
        return Path(facts.path)

    @property
    def left(self) -> tuple[tuple[TreeChanges, Path], ...]:
        """What earlier attempts did in the user's own directory."""
        return tuple(
            (attempt.tree_changes, Path(attempt.source.archive))
            for attempt in self._record.attempts
            if attempt.tree_changes and attempt.source and attempt.source.archive
        )

    def begin(self, journal: JournalWriter, spare: Spare | None) -> None:
        """Keep what the parent left, where the retry is going to change it."""
        if self.dirty:
            source = keep_left(self.parent, self._work / str(self.parent.id), self._stop)
            journal.write(ev.TreeMoved(at=time.time(), attempt=self.parent.id, source=source))
        elif spare is not None and spare.serves(self.parent.source):
            self._spare = spare

    def restorer(self, context: Context) -> Restorer:
        """What makes, for the first phase that runs, what the earlier ones had left."""
        trees = Trees(
            self._record,
            self.parent,
            self.first,
            work=self._work,
            here=self.dirty,
            spare=self._spare,
        )
        return Restorer(
            context,
            self.parent,
            self.first,
            trees,
            kept_environment=self._kept_environment,
        )

    @property
    def _in_place(self) -> bool:
        source = self.parent.source
        return self.request.settings.in_place and source is not None and source.in_place

    def _carried(self, name: Phase) -> bool:
        return phase_index(name) < phase_index(self.first)

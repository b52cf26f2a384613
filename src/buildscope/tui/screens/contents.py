"""What stands in the tabs of the main screen, as rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from buildscope.reports.explain import Crossed
from buildscope.tui.view.did import DidRows, Shown, TimeLine
from buildscope.tui.view.followed import begun_from
from buildscope.tui.view.place import Place
from buildscope.tui.view.scene import Scene
from buildscope.tui.view.state import latest_phase
from buildscope.tui.view.stuck import stand_rows, stood
from buildscope.tui.view.traceback import fault_rows, traceback_rows
from buildscope.tui.widgets.paint import PaintedScreen

if TYPE_CHECKING:
    from buildscope.model.run import Attempt, SessionRecord
    from buildscope.recipes import RecipeText
    from buildscope.tui.view.rows import Row
    from buildscope.tui.view.source import Opened
    from buildscope.tui.watch import Watcher


class Contents(PaintedScreen):
    """Knows the scene and what is open in it: ``opened`` folds, ``file`` of the source.

    ``texts`` is the recipe that was found in the words of tools; ``None`` until they are there.
    """

    def __init__(self, watcher: Watcher) -> None:
        super().__init__()
        self.watcher = watcher
        self.place = Place()
        self.scene = Scene()
        self.opened: frozenset[str] = frozenset()
        self.file = ""
        self.file_at: Opened | None = None
        self.texts: tuple[RecipeText, ...] | None = None
        self._time_line = TimeLine()

    def time_line(self, width: int) -> DidRows:
        """What the hook of the shown phase did, beneath where it stands, ``width`` cells wide."""
        scene, run = self.scene, self.scene.run
        reader = self.watcher.deeds(run)
        running = run is not None and run.status == "running" and run.started is not None
        shown = Shown(scene.attempt, run)
        if reader is not None:
            now = scene.live.now - run.started if running and run and run.started else None
            shown = Shown(scene.attempt, run, reader.deeds, tuple(reader.more), reader.version, now)
        made = self._time_line.rows(shown, self.opened, max(width, 40))
        return made.beneath(self._stand_rows(frames=False))

    def explain_rows(self, width: int) -> tuple[Row, ...]:
        """What the shown phase does and why, ``width`` cells wide."""
        from buildscope.session.crossed import read_crossed
        from buildscope.tui.view.explain import explain_rows

        scene = self.scene
        crossed = read_crossed(scene.run) if scene.run is not None else Crossed()
        return explain_rows(scene.attempt, scene.run, crossed, max(width, 30))

    def fix_rows(self, width: int) -> tuple[Row, ...]:
        """The recipe, what was wrong and what was tried, ``width`` cells wide."""
        from buildscope.tui.view.trials import fix_rows

        record = self.scene.record
        if record is None:
            return ()
        return fix_rows(
            record,
            self.texts,
            self.opened,
            width=max(width, 30),
            now=self.scene.live.now,
            command=self.fix_command(self._searched_from(record)),
        )

    def fix_command(self, attempt: Attempt | None) -> str:
        """The command line that searches from an attempt's settings."""
        from buildscope.session.commands import command_line

        record = self.scene.record
        if record is None or attempt is None:
            return "buildscope fix"
        return command_line(record.target, attempt.settings, "buildscope fix")

    def _searched_from(self, record: SessionRecord) -> Attempt | None:
        """The attempt that the search began from."""
        first = begun_from(record.search) if record.search is not None else None
        return next((one for one in record.attempts if one.id == first), self.scene.attempt)

    def source_rows(self) -> tuple[Row, ...]:
        """The files of the source, or the one that is open."""
        from buildscope.tui import tree
        from buildscope.tui.view import source

        attempt = self.scene.attempt
        if attempt is None or attempt.source is None:
            return source.list_rows(attempt, (), "")
        project = attempt.source.project
        if self.file:
            at = self.file_at
            text = tree.text_of(Path(project, self.file), at.line if at is not None else 1)
            return source.file_rows(self.file, text, self._marked(), at)
        state = f"{attempt.id} {attempt.outcome} {latest_phase(attempt).name}"
        return source.list_rows(attempt, tree.files_of(project, state), tree.edits_of(attempt))

    def _marked(self) -> int | None:
        """The line that the file was opened at, else the one that the cause rests on."""
        if self.file_at is not None:
            return self.file_at.line
        run = self.scene.run
        frames = run.exception.frames if run is not None and run.exception is not None else ()
        found = [frame.line for frame in frames if frame.file == self.file]
        return found[-1] if found else None

    def traceback_rows(self) -> tuple[Row, ...]:
        """Our own fault, where a hook stands, or what it raised."""
        scene = self.scene
        if scene.state == "fault":
            return fault_rows(scene.live.fault or "")
        stands = self._stand_rows(frames=True)
        return stands or traceback_rows(scene.attempt, scene.run, self.opened)

    def _stand_rows(self, *, frames: bool) -> tuple[Row, ...]:
        """Where a hook that is silent stands, or one that was stopped stood."""
        run, live = self.scene.run, self.scene.live
        ended = run is not None and bool(run.stack or run.waiting)
        reader = self.watcher.deeds(run) if ended else None
        deeds = reader.deeds if reader is not None else ()
        return stand_rows(stood(run, live, deeds), run, self.opened, frames=frames)

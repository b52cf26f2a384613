"""Verbs that leave for another program on the real terminal: shell, editor, pager."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work

from buildscope.errors import BuildscopeError
from buildscope.tui.screens.acting import Acting
from buildscope.tui.widgets.pane import RowsPane

if TYPE_CHECKING:
    from collections.abc import Callable

    from buildscope.model.names import Phase
    from buildscope.model.run import Attempt
    from buildscope.session.states import Entered

PAGED = "paged.txt"


class Entering(Acting):
    """``lend`` is what runs a program on the terminal; tests put their own in its place."""

    def lend(self, program: Callable[[], int]) -> int | OSError | None:
        """Give the terminal to ``program`` until it ends; ``None``: there is none."""
        from buildscope.tui.terminal import lend

        return lend(self.app, program)

    def action_shell(self) -> None:
        """Enter the state of the phase that is shown; asks which where there are two."""
        attempt, run = self.scene.attempt, self.scene.run
        if attempt is None or run is None or attempt.source is None or run.name == "source":
            self.say("there is no tree to enter yet; choose a phase after source")
        elif run.status == "running" and attempt.paused is None:
            self.say(f"{run.name} is running: x stops it, b pauses before or after a phase")
        elif run.status in {"pending", "skipped"} or attempt.paused is not None:
            self._prepare_shell(attempt, run.name, before=_is_before(attempt, run.status))
        elif self.armed == "shell":
            self._prepare_shell(attempt, run.name, before=False)
        else:
            how = "as it failed" if run.status == "failed" else "as it ended"
            self.say(f"! again: {run.name} {how} · B: before it ran", "warned")
            self.armed = "shell"

    def action_shell_before(self) -> None:
        """Enter the state before the phase that is shown ran."""
        attempt, run = self.scene.attempt, self.scene.run
        if attempt is None or run is None or attempt.source is None or run.name == "source":
            self.say("there is no tree to enter yet; choose a phase after source")
            return
        self._prepare_shell(attempt, run.name, before=True)

    @work(thread=True, exclusive=True, group="shell")
    def _prepare_shell(self, attempt: Attempt, phase: Phase, *, before: bool) -> None:
        """Building a state anew may install packages, so it is done in a thread."""
        from buildscope.session.states import enter

        record = self.scene.record
        if record is None:
            return
        self.app.call_from_thread(self.say, f"preparing {phase} of #{attempt.id}")
        try:
            entered = enter(
                record, attempt.id, phase, before=before, environ=os.environ, cwd=Path.cwd()
            )
        except BuildscopeError as error:
            self.app.call_from_thread(self.say, error.message, "failed")
            return
        self.app.call_from_thread(self._enter, entered, attempt, phase, before)

    def _enter(self, entered: Entered, attempt: Attempt, phase: Phase, before: bool) -> None:
        from buildscope.session.shell import run_shell

        ended = self.lend(lambda: run_shell(entered, os.environ))
        flag = " --before" if before else ""
        twin = f"buildscope shell last --attempt {attempt.id} --phase {phase}{flag}"
        self._told(ended, f"back from {entered.title} · {twin}")

    def action_editor(self) -> None:
        """Edit the file under the cursor, else the one that the failure stands in."""
        attempt, place = self.scene.attempt, self._place()
        if attempt is None or attempt.source is None:
            self.say("there is no source yet to edit")
            return
        if place is None:
            self.say("no file of the project is meant: choose one in Source (S), then o")
            return
        self._edit(attempt, *place)

    def edit_file(self, path: str) -> None:
        """Edit a file of the source by its name."""
        attempt = self.scene.attempt
        if attempt is None or attempt.source is None:
            self.say("there is no source yet to edit")
            return
        self._edit(attempt, path, 1)

    def _edit(self, attempt: Attempt, path: str, line: int) -> None:
        from buildscope.session.edits import begin_edit
        from buildscope.tui.terminal import editor_command

        session = self.runner.session
        try:
            copy = begin_edit(session.directory, attempt, path)
        except BuildscopeError as error:
            self.say(error.message, "failed")
            return
        before = copy.read_bytes()
        command = editor_command(os.environ, copy, line)
        ended = self.lend(lambda: subprocess.run(command, check=False).returncode)
        if not self._told(ended, f"{path} was not changed"):
            return
        if copy.read_bytes() != before:
            session.keep_edit(path, copy)
            self.run_worker(self.offer_edit(path))

    async def offer_edit(self, path: str) -> None:
        """Open the retry line with the edit in it, or say why that must wait."""
        self.hush()
        if self.runner.running:
            self.say(f"kept: `edit {path}` on the retry line takes it, when nothing runs")
            return
        await self.open_retry(f"edit {path}")

    def _place(self) -> tuple[str, int] | None:
        """File of the project and line: the row's own, the open file's, the failing frame's."""
        focused = self.focused
        if isinstance(focused, RowsPane) and focused.rows:
            where = focused.rows[min(focused.cursor, len(focused.rows) - 1)].where
            if where is not None and not Path(where[0]).is_absolute():
                return where
        if self.file:
            return self.file, 1
        run = self.scene.run
        frames = run.exception.frames if run is not None and run.exception is not None else ()
        own = [frame for frame in frames if frame.owner == "project"]
        if own:
            return own[-1].file, own[-1].line
        failure = run.failure if run is not None else None
        if failure is not None and failure.file and not Path(failure.file).is_absolute():
            return failure.file, failure.line or 1
        return None

    def action_pager(self) -> None:
        """Show the whole output of the phase in the user's pager."""
        from buildscope.reports.sanitize import strip_escapes
        from buildscope.tui.terminal import pager_command

        reader = self.watcher.reader(self.scene.run)
        if reader is None or not reader.refresh():
            self.say("this phase has printed nothing to page through")
            return
        file = self.runner.session.directory / PAGED
        with file.open("w", encoding="utf-8") as paged:
            for number in range(len(reader)):
                paged.write(strip_escapes(reader.text(number), keep_sgr=True) + "\n")
        command = pager_command(os.environ, file)
        ended = self.lend(lambda: subprocess.run(command, check=False).returncode)
        self._told(ended, "back from the pager")

    def _told(self, ended: int | OSError | None, said: str) -> bool:
        """Say how the other program ended; whether it ran."""
        if ended is None:
            self.say("this is no real terminal, so no other program can have it", "failed")
        elif isinstance(ended, OSError):
            self.say(f"it cannot be run: {ended.strerror}: {ended.filename}", "failed")
        else:
            self.say(said if ended == 0 else f"{said} (exit code {ended})")
        return isinstance(ended, int)


def _is_before(attempt: Attempt, status: str) -> bool:
    if attempt.paused is not None:
        return attempt.paused.when == "before"
    return status == "pending"

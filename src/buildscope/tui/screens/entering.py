"""Verbs that leave for another program on the real terminal: shell, editor, pager."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work

from buildscope.errors import BuildscopeError
from buildscope.process.foreground import run_foreground
from buildscope.reports.did import short_command
from buildscope.tui.screens.framing import Framing
from buildscope.tui.view.place import shown_log
from buildscope.tui.widgets.pane import RowsPane

if TYPE_CHECKING:
    from buildscope.diagnosis.messages import Place
    from buildscope.journal.lines import SpoolReader
    from buildscope.model.names import Phase
    from buildscope.model.run import Attempt, PhaseRun
    from buildscope.session.states import Entered

PAGED = "paged.txt"


class Entering(Framing):
    """The screen is given away while another program has the terminal."""

    def action_shell(self) -> None:
        """Enter the state of the phase that is shown; asks which where there are two."""
        attempt, run = self._entered_run()
        if attempt is None or run is None:
            return
        paused = attempt.paused if attempt.paused and attempt.paused.phase == run.name else None
        if run.status == "running" and paused is None:
            self.say(f"{run.name} is running: x stops it, b pauses before or after a phase")
        elif paused is not None:
            self._prepare_shell(attempt, run.name, before=paused.when == "before")
        elif run.status in {"pending", "skipped"}:
            self._prepare_shell(attempt, run.name, before=run.status == "pending")
        elif self.armed == "shell":
            self._prepare_shell(attempt, run.name, before=False)
        else:
            how = "as it failed" if run.status == "failed" else "as it ended"
            self.say(f"! again: {run.name} {how} · B: before it ran", "warned")
            self.armed = "shell"

    def action_shell_before(self) -> None:
        """Enter the state before the phase that is shown ran."""
        attempt, run = self._entered_run()
        if attempt is not None and run is not None:
            self._prepare_shell(attempt, run.name, before=True)

    def _entered_run(self) -> tuple[Attempt | None, PhaseRun | None]:
        """Attempt and phase that a shell can enter; says why where there are none."""
        attempt, run = self.scene.attempt, self.scene.run
        if attempt is None or run is None or attempt.source is None or run.name == "source":
            self.say("there is no tree to enter yet; choose a phase after source")
            return None, None
        return attempt, run

    @work(thread=True, exclusive=True, group="shell")
    def _prepare_shell(self, attempt: Attempt, phase: Phase, *, before: bool) -> None:
        """Building a state anew may install packages, so it is done in a thread."""
        from buildscope.session.states import enter

        record, environ = self.scene.record, self.terminal.environ
        if record is None:
            return
        self.app.call_from_thread(self.say, f"preparing {phase} of #{attempt.id}")
        try:
            entered = enter(
                record, attempt.id, phase, before=before, environ=environ, cwd=Path.cwd()
            )
        except BuildscopeError as error:
            said = ". ".join(filter(None, (error.message, error.hint)))
            self.app.call_from_thread(self.say, said, "failed")
        except OSError as error:
            said = f"it cannot be entered: {error.filename}: {error.strerror}"
            self.app.call_from_thread(self.say, said, "failed")
        else:
            flag = " --before" if before else ""
            options = f"--attempt {attempt.id} --phase {phase}{flag}"
            twin = f"buildscope shell {record.id} {options}"
            self.app.call_from_thread(self._enter, entered, twin)

    def _enter(self, entered: Entered, twin: str) -> None:
        from buildscope.session.shell import run_shell

        environ = self.terminal.environ
        ended = self.terminal.lend(self.app, lambda: run_shell(entered, environ))
        # The code is that of the last command typed: it says nothing of the shell.
        self._told(0 if isinstance(ended, int) else ended, f"back from {entered.title} = {twin}")

    def action_again(self) -> None:
        """Run the command under the cursor of Did again, by itself, on the terminal."""
        attempt, command = self.scene.attempt, None
        if self.focused is self.did:
            command = self.did_rows.command_at(self.did.cursor)
        if attempt is None or command is None:
            self.say("ctrl+r runs a command of a hook again: choose one in Did (D)")
        elif self.runner.running and attempt.paused is None:
            self.say(f"{self.what_runs()} is running, in the same tree: x stops it", "warned")
        else:
            from buildscope.session.again import run_again

            terminal = self.terminal
            ended = terminal.lend(
                self.app, lambda: run_again(attempt, command, terminal.environ, terminal.wait)
            )
            self._told(ended, f"run again: {short_command(command.start.argv)}")

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

        session = self.runner.session
        try:
            copy = begin_edit(session.directory, attempt, path, self._draft(path))
        except BuildscopeError as error:
            self.say(error.message, "failed")
            return
        before = copy.read_bytes()
        if not self._run_program(self.terminal.editor(copy, line), f"{path} was not changed"):
            return
        if not copy.is_file():
            self.say(f"the editor left no {path}, so nothing is changed", "warned")
        elif copy.read_bytes() != before:
            session.keep_edit(path, copy)
            self.run_worker(self.offer_edit(path))

    def _draft(self, path: str) -> str | None:
        """A text of ``path`` that was written and no attempt had yet."""
        draft, record = self.runner.session.drafts.get(path), self.scene.record
        attempts = record.attempts if record is not None else ()
        taken = any(attempt.settings.edits.get(path) == draft for attempt in attempts)
        return None if taken else draft

    async def offer_edit(self, path: str) -> None:
        """Open the retry line with the edit in it, or say why that must wait."""
        self.hush()
        if self.runner.running:
            self.say(f"kept: `edit {path}` on the retry line takes it, when nothing runs")
            return
        await self.open_retry(f"edit {path}")

    def _place(self) -> tuple[str, int] | None:
        """File of the project and line: under the cursor, the open file's, the cause's, the frame's."""
        focused = self.focused
        if isinstance(focused, RowsPane) and focused.rows:
            where = focused.rows[min(focused.cursor, len(focused.rows) - 1)].where
            if where is not None and not Path(where[0]).is_absolute():
                return where
        if focused is self.output and self.output.line_count:
            named = _own(self.place_under_cursor())
            if named is not None:
                return named
        if self.file and not Path(self.file).is_absolute():
            return self.file, self.file_at.line if self.file_at is not None else 1
        return self._place_of_cause() or _place_of_failure(self.scene.run)

    def _place_of_cause(self) -> tuple[str, int] | None:
        """Where a compiler, say, stood; the frame that started it matters less."""
        attempt, run = self.scene.attempt, self.scene.run
        for cause in attempt.causes if attempt is not None else ():
            found = cause.evidence
            if found is None or run is None or found.phase != run.name:
                continue
            if found.file and not Path(found.file).is_absolute():
                return found.file, found.line or 1
            if named := _own(self.place_named(found.text or "")):
                return named
        return None

    def action_pager(self) -> None:
        """Show the whole output of the phase, or the log in its place, in the user's pager."""
        log = shown_log(self.place, self.scene.run)
        reader = self.watcher.reader(self.scene.run) if log is None else self.watcher.log(log)
        if reader is None or not reader.refresh():
            self.say("this phase has printed nothing to page through")
            return
        self._prepare_pager(reader.again())

    @work(thread=True, exclusive=True, group="pager")
    def _prepare_pager(self, output: SpoolReader) -> None:
        """Output may be large, so it is read in a thread, with a reader of its own."""
        file = self.runner.session.directory / PAGED
        try:
            _write_paged(output, file)
        except OSError as error:
            said = f"the output cannot be read or kept: {error.filename}: {error.strerror}"
            self.app.call_from_thread(self.say, said, "failed")
            return
        command = self.terminal.pager(file)
        twin = f"back from the pager = {shlex.join(command)}"
        self.app.call_from_thread(self._run_program, command, twin)

    def _run_program(self, command: list[str], said: str) -> bool:
        """Run a program on the terminal; whether it ran."""
        environ = self.terminal.environ
        ended = self.terminal.lend(self.app, lambda: run_foreground(command, env=environ))
        return self._told(ended, said)

    def _told(self, ended: int | OSError | None, said: str) -> bool:
        """Say how the other program ended; whether it ran."""
        if ended is None:
            self.say("this is no real terminal, so no other program can have it", "failed")
        elif isinstance(ended, OSError):
            self.say(f"it cannot be run: {ended.filename}: {ended.strerror}", "failed")
        else:
            self.say(said if ended == 0 else f"{said} (exit code {ended})")
        return isinstance(ended, int)


def _own(place: Place | None) -> tuple[str, int] | None:
    """A place in the project, which is what can be edited."""
    if place is None or Path(place.file).is_absolute():
        return None
    return place.file, place.line


def _place_of_failure(run: PhaseRun | None) -> tuple[str, int] | None:
    frames = run.exception.frames if run is not None and run.exception is not None else ()
    own = [frame for frame in frames if frame.owner == "project"]
    if own:
        return own[-1].file, own[-1].line
    failure = run.failure if run is not None else None
    if failure is not None and failure.file and not Path(failure.file).is_absolute():
        return failure.file, failure.line or 1
    return None


def _write_paged(reader: SpoolReader, file: Path) -> None:
    """Both streams in their order, with no escapes but colours."""
    from buildscope.reports.sanitize import strip_escapes

    try:
        with file.open("w", encoding="utf-8") as paged:
            for _, line in reader.lines():
                paged.write(f"{strip_escapes(line)}\n")
    finally:
        reader.close()

"""Follows a session's files for the screen: the snapshot, and the output so far."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from buildscope.journal.deeds import DeedReader
from buildscope.journal.lines import SpoolReader
from buildscope.journal.reader import Follower
from buildscope.journal.text_reader import TextReader
from buildscope.reports.stuck import stand
from buildscope.session.runner import REPORT
from buildscope.tui.view.output import line_text
from buildscope.tui.view.state import Live, running_phase

if TYPE_CHECKING:
    from collections.abc import Callable

    from buildscope.model.run import Attempt, BackendLog, PhaseRun, SessionRecord
    from buildscope.model.waiting import ProcessState
    from buildscope.reports.stuck import Stand
    from buildscope.session.runner import Runner

_LAST_LINES = 2
_LAST_LINE_BYTES = 1000


class Watcher:
    """Reads what was written since the last ``poll``; touches nothing else."""

    def __init__(self, runner: Runner, now: Callable[[], float] = time.time) -> None:
        self.runner = runner
        self._now = now
        self._follower = Follower(runner.session.directory)
        self._readers: dict[str, SpoolReader] = {}
        self._deeds: dict[str, DeedReader] = {}
        self._looked: tuple[str | None, tuple[ProcessState, ...]] = (None, ())
        self._faulty: tuple[str, int | None] | None = None

    @property
    def record(self) -> SessionRecord | None:
        """The newest snapshot."""
        return self._follower.record

    def poll(self) -> bool:
        """Take in new events; whether there were any."""
        return bool(self._follower.poll())

    def reader(self, run: PhaseRun | None) -> SpoolReader | None:
        """The reader of a phase's output, the same one each time; ``None`` where it has none."""
        if run is None or run.index is None:
            return None
        if run.index not in self._readers:
            self._readers[run.index] = SpoolReader(Path(run.index).parent)
        return self._readers[run.index]

    def log(self, log: BackendLog) -> SpoolReader:
        """The reader of a log of the backend's own, the same one each time."""
        if log.file not in self._readers:
            self._readers[log.file] = TextReader(Path(log.file))
        return self._readers[log.file]

    def deeds(self, run: PhaseRun | None) -> DeedReader | None:
        """The reader of what a phase's hook did, the same one each time, read up to now."""
        if run is None or run.reports is None:
            return None
        if run.reports not in self._deeds:
            self._deeds[run.reports] = DeedReader(Path(run.reports))
        found = self._deeds[run.reports]
        found.refresh()
        return found

    def look(self, run: PhaseRun) -> None:
        """Look where a hook that runs stands, for ``live``; may take a moment."""
        self._looked = (run.reports, self.runner.session.look())

    def live(self, attempt: Attempt | None) -> Live:
        """What the snapshot does not hold, for one attempt."""
        run = running_phase(attempt) if attempt is not None else None
        reader = self.reader(run)
        count = reader.refresh() if reader is not None else 0
        refusal = self.runner.refusal
        now = self._now()
        return Live(
            now=now,
            lines=count,
            last=_last(reader) if reader is not None else (),
            quiet=_quiet(run, now) if count else None,
            stopping=self._stopping(),
            fault=self._fault(attempt),
            report=str(self.runner.session.directory / REPORT) if self.runner.fault else None,
            before=self.runner.session.gate.before,
            after=self.runner.session.gate.after,
            recorded=self.runner.recorded,
            held=self._holds(attempt),
            stand=self._stand(run, now),
            running=self.runner.running,
            refusal=(refusal.message, refusal.hint) if refusal is not None else None,
        )

    def close(self) -> None:
        """Close every file."""
        for reader in self._readers.values():
            reader.close()

    def _stand(self, run: PhaseRun | None, now: float) -> Stand | None:
        """Where the hook that runs stood when it was looked at last."""
        reports, processes = self._looked
        deeds = self.deeds(run) if run is not None and run.reports == reports else None
        if run is None or deeds is None or not processes:
            return None
        quiet = _quiet(run, now)
        return stand(deeds.stack, processes, deeds.deeds, quiet)

    def _holds(self, attempt: Attempt | None) -> bool:
        """Whether the failing frame of that attempt waits: only the newest one's may."""
        held = self.runner.session.handle.held
        newest = self.record.last if self.record is not None else None
        return held is not None and held.alive and attempt is newest and not self.runner.running

    def _fault(self, attempt: Attempt | None) -> str | None:
        """The engine's fault, told at the newest attempt; a recorded one where it ended so."""
        newest = self.record.last if self.record is not None else None
        if attempt is not newest or self.runner.running:
            return None
        if self.runner.fault is not None and self._faulty is None:
            self._faulty = (self.runner.fault, newest.id if newest else None)
        if self._faulty is not None and self._faulty[1] == (newest.id if newest else None):
            return self._faulty[0]
        ended = newest is not None and newest.outcome != "running"
        return None if ended or self.record is None else self.record.fault

    def _stopping(self) -> str:
        reason = self.runner.stopping
        return f"Stopping: {reason}" if reason else ""


def _last(reader: SpoolReader) -> tuple[str, ...]:
    numbers = range(max(0, len(reader) - _LAST_LINES), len(reader))
    return tuple(line_text(reader.text(number, _LAST_LINE_BYTES)).plain for number in numbers)


def _quiet(run: PhaseRun | None, now: float) -> float | None:
    """Seconds since the newest byte; a file's time tells of lines that have not ended, too."""
    named = (run.stdout, run.stderr) if run is not None else ()
    files = [Path(name) for name in named if name]
    times = [file.stat().st_mtime for file in files if file.exists()]
    return max(0.0, now - max(times)) if times else None

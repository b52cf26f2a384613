"""A live line for the phase that runs, and one line for each that has ended."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from buildscope.cli.live import LiveLines
from buildscope.journal.lines import SpoolReader
from buildscope.model import events as ev
from buildscope.reports.sanitize import strip_escapes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rich.console import Console

    from buildscope.model.run import Attempt, PhaseRun, SessionRecord

_MARKS = {
    "passed": ("✓", "green"),
    "failed": ("✗", "bold red"),
    "skipped": ("-", "dim"),
    "carried": ("=", "cyan"),
    "cancelled": ("x", "yellow"),
    "running": ("▸", "cyan"),
}


class ProgressLines(LiveLines):
    """Shows events as they come."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._reader: SpoolReader | None = None

    def show(self, events: Iterable[ev.Event], record: SessionRecord | None) -> None:
        """Print what ended, and redraw the live line."""
        for event in events:
            if isinstance(event, ev.PhaseEnded):
                self._console.print(self._ended(event.run), soft_wrap=not self._console.is_terminal)
        if self._console.is_terminal and record is not None and record.last is not None:
            self._live.update(self._running(record.last), refresh=True)

    def lend(self, ask: Callable[[], None]) -> None:
        """Take the live line away while something else has the terminal."""
        if not self._console.is_terminal:
            ask()
            return
        self._live.update(Text(), refresh=True)
        self._live.stop()
        try:
            ask()
        finally:
            self._live.start()

    def _ended(self, run: PhaseRun) -> Text:
        mark, style = self._status(run.status)
        seconds = "" if run.seconds is None or run.status == "skipped" else f"{run.seconds:6.1f} s"
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append(f"{mark} ", style)
        line.append(f"{run.name:<17}", style if run.status == "failed" else "")
        line.append(f"{seconds:>8}", "dim")
        said = _said(run)
        if said:
            line.append(f"   {strip_escapes(said, keep_sgr=False)}", "dim")
        return line

    def _running(self, attempt: Attempt) -> Text:
        run = next((run for run in attempt.phases if run.status == "running"), None)
        if run is None:
            return Text()
        mark, style = self._status("running")
        seconds = time.time() - (run.started or time.time())
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append(f"{mark} {run.name:<17}", style)
        line.append(f"{seconds:6.1f} s   ", "dim")
        line.append(self._last_line(run))
        return line

    def _last_line(self, run: PhaseRun) -> str:
        if run.progress is not None and run.name == "source":
            return _progress_words(run)
        if run.index is None:
            return ""
        directory = Path(run.index).parent
        if self._reader is None or self._reader.directory != directory:
            self._close_reader()
            self._reader = SpoolReader(directory)
        count = self._reader.refresh()
        return strip_escapes(self._reader.text(count - 1, 400), keep_sgr=False) if count else ""

    def _close_reader(self) -> None:
        if self._reader is not None:
            self._reader.close()

    def _status(self, status: str) -> tuple[str, str]:
        return self._mark(_MARKS.get(status, ("·", "dim")))


def _said(run: PhaseRun) -> str | None:
    if run.status == "failed":
        return None  # the verdict is printed right below
    if run.status in {"skipped", "cancelled"}:
        return run.note
    if run.name in {"install_static", "install_dynamic"} and run.installed:
        return ", ".join(f"{found.name} {found.version}" for found in run.installed)
    if run.name in {"source", "build_wheel", "static_requires"} and isinstance(run.result, str):
        said = run.note if run.name == "source" else None
        return f"{run.result} ({said})" if said else run.result
    if run.name == "get_requires":
        return ", ".join(run.requires) or "no dynamic requirements"
    return run.note


def _progress_words(run: PhaseRun) -> str:
    progress = run.progress
    assert progress is not None
    if progress.done is None:
        return progress.text
    done = f"{progress.done / 1e6:.1f}"
    of = f" of {progress.total / 1e6:.1f}" if progress.total else ""
    return f"{progress.text}  {done}{of} MB"

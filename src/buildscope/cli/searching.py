"""A line for each trial of a search as it ends, and a live line for what is being tried."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.text import Text

from buildscope.cli.live import LiveLines
from buildscope.model import events as ev
from buildscope.reports.sanitize import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildscope.model.recipe import Search, Trial
    from buildscope.model.run import SessionRecord

_MARKS = {
    "works": ("✓", "green"),
    "new error": ("✗", "yellow"),
    "same error": ("✗", "dim"),
    "stopped": ("x", "dim"),
    "not possible": ("-", "dim"),
}
_FRONTENDS = {(False, True): "cured", (True, True): "fine all along", (False, False): "not cured"}


class SearchLines(LiveLines):
    """Shows the events of a search as they come."""

    def show(self, events: Iterable[ev.Event], record: SessionRecord | None) -> None:
        """Print what ended, and redraw the live line."""
        search = record.search if record is not None else None
        if search is None:
            return
        by_number = {trial.number: trial for trial in search.trials}
        for event in events:
            if isinstance(event, ev.TrialEnded):
                self._print(self._ended(by_number[event.number]))
            elif isinstance(event, ev.FrontendTried):
                cured = event.cured
                said = _FRONTENDS.get((bool(cured.before), bool(cured.after)), "worse with it")
                note = f": {one_line(cured.note)}" if cured.note else ""
                self._print(Text(f"  {cured.frontend} {cured.version}: {said}{note}"))
        if self._console.is_terminal:
            self._live.update(self._running(search), refresh=True)

    def _print(self, line: Text) -> None:
        self._console.print(line, soft_wrap=not self._console.is_terminal)

    def _ended(self, trial: Trial) -> Text:
        mark, style = self._mark(_MARKS[trial.judgement or "stopped"])
        line = Text(no_wrap=True, overflow="ellipsis")
        number = f"#{trial.attempt}" if trial.attempt is not None else ""
        line.append(f"{mark} ", style)
        line.append(f"{number:<4}{trial.seconds or 0.0:5.1f} s  ", "dim")
        line.append(f"{_tried(trial)}  ")
        line.append(f"{trial.judgement}: {one_line(trial.told)}", style)
        return line

    def _running(self, search: Search) -> Text:
        mark, style = self._mark(("▸", "cyan"))
        line = Text(no_wrap=True, overflow="ellipsis")
        for trial in search.trials:
            if trial.judgement is not None:
                continue
            line.append("\n" if line.plain else "")
            seconds = time.time() - (trial.started or time.time())
            line.append(f"{mark} ", style)
            line.append(f"    {seconds:5.1f} s  ", "dim")
            line.append(f"{_tried(trial)}  ")
            line.append(f"({trial.strategy}: {one_line(trial.why)})", "dim")
        return line


def _tried(trial: Trial) -> str:
    return one_line(trial.words) or ("from zero" if trial.strategy == "prove" else "as published")

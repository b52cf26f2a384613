"""Verbs that only look: tabs, moving, zoom, search, copy, the evidence."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from textual import on, work

from buildscope.tui import clipboard
from buildscope.tui.screens.pointing import Pointing
from buildscope.tui.view.output import compile_search
from buildscope.tui.view.source import Opened
from buildscope.tui.view.state import latest_phase
from buildscope.tui.view.tabs import log_name
from buildscope.tui.widgets.lists import ChoiceList
from buildscope.tui.widgets.output import OutputPane
from buildscope.tui.widgets.pane import Pane, RowsPane
from buildscope.tui.widgets.rows import Activated

if TYPE_CHECKING:
    import re


COPIED = "clipboard.txt"


class Looking(Pointing):
    """Nothing here changes what is built."""

    def action_tab(self, name: str) -> None:
        """Show a tab; in Output the next of the output and the backend's own logs."""
        if name == "output" and self.focused is self.output:
            self._next_log()
        self.show_tab(name)

    def _next_log(self) -> None:
        run = self.scene.run
        self.place = self.place.next_log(run)
        if run is not None and run.logs:
            number, count = self.place.log, len(run.logs) + 1
            self.say(f"{log_name(run, number)}, {number + 1} of {count}; O goes to the next")

    def action_lists(self) -> None:
        """Swap the lists in (narrow), or the left pane away (wide)."""
        self.toggle_class("-lists")
        if self.has_class("-narrow") or isinstance(self.focused, ChoiceList):
            self.go_into(self.home())
        self.call_after_refresh(self.redraw)

    def action_zoom(self) -> None:
        """Give the focused pane the screen, or take it back."""
        if self.zoomed:
            self.unzoom()
            return
        side = "-zoom-lists" if isinstance(self.focused, ChoiceList) else "-zoom-right"
        self.add_class("-zoom", side)
        self.call_after_refresh(self.redraw)

    def unzoom(self) -> None:
        """All panes again."""
        self.remove_class("-zoom", "-zoom-lists", "-zoom-right")
        self.call_after_refresh(self.redraw)

    async def action_open(self) -> None:
        """Unfold, or from a list go to the body, else zoom."""
        focused = self.focused
        if isinstance(focused, ChoiceList):
            if self.has_class("-narrow"):
                self.remove_class("-lists")
            self.go_into(self.panes[self.shown_panes()[0]])
        elif isinstance(focused, Pane) and (key := focused.key_at(focused.cursor)) is not None:
            await self.activate(key)
        elif focused is not self.output or not self.open_named():
            self.action_zoom()

    def action_back(self) -> None:
        """Undo the last way of looking: zoom, lists, selection, search."""
        focused = self.focused
        if self.zoomed:
            self.unzoom()
        elif self.file and self.scene.tab == "source":
            self.open_file("")
        elif self.has_class("-lists"):
            self.action_lists()
        elif self.selections:
            self.clear_selection()
        elif isinstance(focused, Pane) and focused.clear_search():
            self.hush()
        else:
            self.say("esc goes back and never quits; q quits")

    async def action_move(self, where: str) -> None:
        """Move in the focused pane; left of a body are the lists, right of them the body."""
        focused = self.focused
        if not isinstance(focused, Pane):
            return
        in_lists = isinstance(focused, ChoiceList)
        if where == "right" and in_lists:
            await self.action_open()
        elif not focused.move(where) and where == "left" and not in_lists:
            beside = self.beside and focused is self.output and not self.zoomed
            target = self.panes[self.scene.tab] if beside else self.phases
            if target.display and target.region.width:
                self.go_into(target)

    def action_pane(self, step: int) -> None:
        """Go to the next or previous pane in view."""
        panes: list[Pane] = [self.phases, self.attempts]
        panes += [self.panes[name] for name in self.shown_panes()]
        panes = [pane for pane in panes if pane.region.width and pane.region.height]
        at = panes.index(self.focused) if self.focused in panes else -1
        if panes:
            self.go_into(panes[(at + step) % len(panes)])

    def choose_attempt(self, key: str) -> None:
        """Show another attempt; the newest one is followed by later ones."""
        last = self.scene.record.last if self.scene.record is not None else None
        newest = last is not None and str(last.id) == key
        self.place = self.place.chosen_attempt(None if newest else int(key))
        self.redraw()

    def choose_phase(self, key: str) -> None:
        """Show another phase; the latest one is followed by later ones."""
        if (attempt := self.scene.attempt) is not None:
            run = next(run for run in attempt.phases if run.name == key)
            latest = run is latest_phase(attempt)
            self.place = self.place.chosen_phase(None if latest else run.name)
        self.redraw()

    @on(Activated)
    async def _activated(self, event: Activated) -> None:
        await self.activate(event.key)

    async def activate(self, key: str) -> None:
        """Do what a row's key says."""
        kind, _, name = key.partition(":")
        if kind == "fold":
            self.opened ^= {name}
            self.redraw()
        elif kind == "tab":
            self.show_tab(name)
        elif kind == "file":
            self.open_file(name)
        elif kind == "place":
            file, _, line = name.rpartition(":")
            self.show_tab("source")
            self.open_file(file, Opened(int(line)))

    # Searching

    def find(self, line: str) -> None:
        """Search the pane that has the focus for what was typed."""
        pane = self.searched_pane()
        text, raw = compile_search(line)
        if isinstance(pane, OutputPane):
            if pane.reader is not None:
                self._search_output(pane, text, raw, 0)
            return
        assert isinstance(pane, RowsPane)
        pane.search(text, pane.find(text))
        self._go_to_match(pane, 0)

    def searched_pane(self) -> Pane:
        """Find the body's pane that has the focus, else the first in view."""
        focused = self.focused
        if isinstance(focused, Pane) and focused in self.panes.values():
            return focused
        return self.panes[self.shown_panes()[0]]

    def action_match(self, step: int) -> None:
        """Go to the next or previous match, around the end."""
        pane = self.searched_pane()
        if pane.pattern is None:
            self.say("nothing is searched for; / begins a search")
            return
        self._go_to_match(pane, step)

    @work(thread=True, exclusive=True, group="find")
    def _search_output(
        self, pane: OutputPane, text: re.Pattern[str], raw: re.Pattern[bytes], step: int
    ) -> None:
        """Read the whole output in a thread, with a reader of its own."""
        assert pane.reader is not None
        reader = pane.reader.again()
        try:
            matches = reader.search(raw)
        finally:
            reader.close()
        self.app.call_from_thread(self._found, pane, text, matches, step)

    def _found(
        self, pane: OutputPane, text: re.Pattern[str], matches: list[int], step: int
    ) -> None:
        step = step or (-1 if pane.following else 0)
        pane.search(text, matches)
        self._go_to_match(pane, step)

    def _go_to_match(self, pane: Pane, step: int) -> None:
        at = pane.go_to_match(step)
        if at is None:
            self.say("no line matches", "warned")
        else:
            self.say(f"{at} of {len(pane.matches)} lines that match; n next, N before")

    # Copying

    def action_copy(self) -> None:
        """Copy the selection, else the row, the hook's command (phases), the attempt's command."""
        text = self.get_selected_text() or self._row_text()
        if not text:
            self.say("there is nothing to copy here")
            return
        self.app.copy_to_clipboard(text)
        self._keep(text)

    def _row_text(self) -> str:
        focused, scene = self.focused, self.scene
        command = self.did_rows.command_at(self.did.cursor) if focused is self.did else None
        if command is not None and scene.attempt is not None:
            from buildscope.session.did_command import command_line as did_command_line

            return did_command_line(scene.attempt, command)
        if isinstance(focused, Pane) and not isinstance(focused, ChoiceList):
            return focused.copied(focused.cursor) if focused.line_count else ""
        if scene.record is None or scene.attempt is None:
            return ""
        if focused is self.phases and scene.run is not None:
            from buildscope.session.command import repeat_command

            repeat = repeat_command(scene.attempt, scene.run)
            if repeat is not None:
                return repeat
        from buildscope.session.commands import command_line

        return command_line(scene.record.target, scene.attempt.settings)

    @work(thread=True, exclusive=True, group="copy")
    def _keep(self, text: str) -> None:
        file = self.watcher.runner.session.directory / COPIED
        said = clipboard.keep(text, file, os.environ)
        first = text.strip().partition("\n")[0]
        self.app.call_from_thread(self.say, f"copied {first!r} {said}")

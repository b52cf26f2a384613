"""From what was said to where it stands: the cause's line, errors one by one, their sources."""

from __future__ import annotations

from bisect import bisect_left
from pathlib import PurePath
from typing import TYPE_CHECKING

from textual import work

from buildscope.diagnosis.messages import NEAR, named_places, read_message
from buildscope.tui.screens.stage import Stage
from buildscope.tui.view.built import located
from buildscope.tui.view.place import TABS
from buildscope.tui.view.source import Opened

if TYPE_CHECKING:
    from buildscope.diagnosis.messages import Place, Scan
    from buildscope.journal.lines import SpoolReader
    from buildscope.model.failure import Evidence


class Pointing(Stage):
    """Shows lines of output, and the lines of sources that they name."""

    told_evidence: object = None
    """The causes whose evidence was shown last, so that ``e`` goes on from there."""

    def show_tab(self, name: str) -> None:
        """Show a tab; beside another pane, Output is gone to."""
        if name == "output" and self.beside:
            self.redraw()
            self.go_into(self.output)
            return
        self.remove_class("-lists")
        self.place = self.place.chosen_tab(next(tab for tab in TABS if tab == name))
        self.redraw()
        self.go_into(self.panes[name])

    # Places

    def open_file(self, name: str, at: Opened | None = None) -> None:
        """Show a file of the source, at a line; no name lists them all."""
        self.file, self.file_at = name, at
        self.redraw()
        row = self.source.find_where(name, at.line) if at is not None else None
        self.source.go_to(row if row is not None else int(bool(name)))
        if row is not None:
            self.call_after_refresh(self.source.show_in_middle, row)

    def place_under_cursor(self) -> Place | None:
        """Find what the line of output under the cursor names."""
        pane = self.output
        if not pane.known_lines:
            return None
        return self.place_named(pane.copied(pane.cursor), pane.around(pane.cursor, NEAR))

    def place_named(
        self, text: str, around: tuple[list[str], list[str]] = ([], [])
    ) -> Place | None:
        """Find what a line names: a file of the project, relative to it, or another one."""
        from buildscope.tui.tree import place_in

        attempt = self.scene.attempt
        if attempt is None or attempt.source is None:
            return None
        return place_in(text, attempt.source.project, around, [attempt.source.tree])

    def open_named(self) -> bool:
        """Show the source at the place that the line under the cursor names, if it names one."""
        if not self.output.known_lines:
            return False
        text = self.output.copied(self.output.cursor)
        place = self.place_under_cursor()
        if place is None:
            named = next(named_places(text), None)
            if named is not None:
                self.say(f"{named.file} is neither in this tree nor on this machine", "warned")
            return named is not None
        message = read_message(text)
        said = message.text if message is not None and message.severity != "note" else ""
        self.show_tab("source")
        self.open_file(place.file, Opened(place.line, place.column, said))
        return True

    # Evidence

    def settle(self) -> None:
        """At the end of an attempt, have Output stand at the error and not at its end."""
        attempt, run = self.scene.attempt, self.scene.run
        found = _evidence(attempt.causes) if attempt is not None else None
        if found is None or run is None or run.name != found.phase:
            return
        if found.stream and self.output.following:
            self._go_to_line(found, quiet=True)

    def action_evidence(self) -> None:
        """Go to the line that the cause rests on, then from error to error."""
        attempt = self.scene.attempt
        found = _evidence(attempt.causes or attempt.warnings) if attempt is not None else None
        told = (attempt.id, found) if attempt is not None else None
        if found is None or told == self.told_evidence:
            self._next_error()
            return
        self.told_evidence = told
        self.go_to_evidence(found)

    def go_to_evidence(self, evidence: Evidence) -> None:
        """Show the phase, the tab and the line that evidence names."""
        self.place = self.place.chosen_phase(evidence.phase)
        self.show_tab("output" if evidence.stream else "traceback")
        if evidence.stream and evidence.line:
            self._go_to_line(evidence, quiet=False)
            return
        if evidence.file and evidence.line:
            at = self.traceback.find_where(evidence.file, evidence.line)
            if at is not None:
                self.traceback.go_to(at)
        self.say(located(evidence))

    @work(thread=True, exclusive=True, group="find")
    def _go_to_line(self, evidence: Evidence, *, quiet: bool) -> None:
        reader = self.watcher.reader(self.scene.run)
        if reader is None or evidence.stream is None or evidence.line is None:
            return
        number = reader.again().number_of(evidence.stream, evidence.line)
        if number is not None:
            self.app.call_from_thread(self.output.go_to_evidence, number)
            if not quiet:
                self.app.call_from_thread(self.say, f"the cause rests on {located(evidence)}")

    def _next_error(self) -> None:
        self.show_tab("output")
        if self.output.reader is None:
            self.say("nothing was printed, so there is no error line to go to")
            return
        self._seek_errors(self.output.reader, self.output.scan)

    @work(thread=True, exclusive=True, group="find")
    def _seek_errors(self, reader: SpoolReader, scan: Scan) -> None:
        """Read what of the output was not yet looked through, with a reader of its own."""
        own = reader.again()
        try:
            scan.take(own)
        finally:
            own.close()
        self.app.call_from_thread(self._go_to_error, scan)

    def _go_to_error(self, scan: Scan) -> None:
        pane, found = self.output, scan.lines("error")
        if scan is not pane.scan:
            return  # another output is shown by now
        count = bisect_left(found, pane.known_lines)
        if not count:
            warned = len(scan.lines("warning"))
            also = f"; warnings: {warned}" if warned else ""
            self.say(f"no line of this output is an error{also}")
            return
        at = bisect_left(found, pane.next_from())
        at = at if at < count else 0
        pane.go_to_told(found[at])
        place = self.place_under_cursor()
        opens = f"; enter opens {PurePath(place.file).name}:{place.line}" if place else ""
        self.say(f"error {at + 1} of {count}{opens}")


def _evidence(claims: tuple[object, ...]) -> Evidence | None:
    return next((found for one in claims if (found := getattr(one, "evidence", None))), None)

"""The widgets of the main screen, and how a scene is put into them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical

from buildscope.tui.base import BaseApp
from buildscope.tui.screens.contents import Contents
from buildscope.tui.view import footer, lists, verdict
from buildscope.tui.view.did import DidRows
from buildscope.tui.view.followed import is_proven
from buildscope.tui.view.metadata import metadata_rows
from buildscope.tui.view.place import shown_log
from buildscope.tui.view.rows import row
from buildscope.tui.view.scene import Scene, make_scene
from buildscope.tui.view.tabs import output_told, tab_rows
from buildscope.tui.widgets.lists import ChoiceList, TabBar
from buildscope.tui.widgets.output import OutputPane
from buildscope.tui.widgets.pane import Pane, RowsPane
from buildscope.tui.widgets.rows import RowsView

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult
    from textual.timer import Timer

    from buildscope.tui.view.rows import Piece
    from buildscope.tui.watch import Watcher

MESSAGE_SECONDS = 6.0
WIDE = 160


class Stage(Contents):
    """Holds the widgets and the place; ``redraw`` puts the newest snapshot into them."""

    AUTO_FOCUS = ""

    def __init__(self, watcher: Watcher) -> None:
        super().__init__(watcher)
        self.armed = ""
        self.message: Piece | None = None
        self.phases = ChoiceList(id="phases")
        self.attempts = ChoiceList(id="attempts")
        self.traceback = RowsPane(id="traceback")
        self.did = RowsPane(id="did")
        self.did_rows = DidRows()
        self.environment = RowsPane(id="environment")
        self.metadata = RowsPane(id="metadata")
        self.source = RowsPane(id="source")
        self.explain = RowsPane(id="explain")
        self.fix = RowsPane(id="fix")
        self.output = OutputPane(id="output")
        self.views = {
            name: RowsView(name)
            for name in (
                *("title", "bar", "verdict", "marks", "phases-head", "attempts-head"),
                "footer",
            )
        }
        self.tab_bar = TabBar("tabs")
        self._silence: Timer | None = None

    def fit_to_size(self) -> None:
        """Give the screen the classes that its size has in the style sheet."""
        width, height = self.app.size
        classes = size_classes(width, height)
        if classes["-narrow"] != self.has_class("-narrow"):
            self.remove_class("-lists")  # there it shows the lists, here it hides them
        for name, holds in classes.items():
            self.set_class(holds, name)

    def compose(self) -> ComposeResult:
        """Lay out from top to bottom."""
        self.fit_to_size()
        yield self.views["title"]
        with Horizontal(id="top"):
            yield self.views["bar"]
            yield self.views["verdict"]
        yield self.views["marks"]
        with Horizontal(id="body"):
            with Vertical(id="lists"):
                yield self.views["phases-head"]
                yield self.phases
                yield self.views["attempts-head"]
                yield self.attempts
            with Vertical(id="right"):
                yield self.tab_bar
                with Horizontal(id="panes"):
                    yield from self.panes.values()
        yield self.views["footer"]

    @property
    def panes(self) -> dict[str, Pane]:
        """The panes of the body, by the name of their tab, from left to right."""
        return {
            "traceback": self.traceback,
            "did": self.did,
            "environment": self.environment,
            "source": self.source,
            "metadata": self.metadata,
            "explain": self.explain,
            "fix": self.fix,
            "output": self.output,
        }

    @property
    def beside(self) -> bool:
        """Whether Output has a pane of its own."""
        return self.app.size.width >= WIDE

    @property
    def zoomed(self) -> bool:
        """Whether one pane has the screen."""
        return self.has_class("-zoom")

    def redraw(self) -> None:
        """Show the newest snapshot; what is the same as before is not painted again."""
        self.scene = make_scene(
            self.watcher.record, self.place, self.watcher.live, beside=self.beside
        )
        self._fill_top()
        self._fill_lists()
        self._fill_panes()
        self._show_panes()

    def say(self, text: str, style: str = "") -> None:
        """Put one sentence in the place of the footer's verbs, for some seconds."""
        self.message = (f" {text}", style) if text else None
        self.armed = ""
        if self._silence is not None:
            self._silence.stop()
        if text:
            self._silence = self.set_timer(MESSAGE_SECONDS, self.hush)
        self.fill_footer()

    def hush(self) -> None:
        """Take the sentence away."""
        self.say("")

    @property
    def keymap(self) -> Mapping[str, str]:
        """The user's own keys, binding id to keys."""
        app = self.app
        return app.look.keymap if isinstance(app, BaseApp) else {}

    def fill_footer(self) -> None:
        """Offer the verbs of the state, or say what is to be said."""
        scene, message = self.scene, self.message
        count = len(verdict.digits(scene.attempt))
        isolated = scene.attempt is None or scene.attempt.settings.isolation
        self.views["footer"].fill_line(
            lambda width: (
                footer.message_row(message, width, self.keymap)
                if message is not None
                else footer.footer_row(
                    scene.state,
                    count,
                    width,
                    isolated=isolated,
                    held=scene.live.held,
                    keymap=self.keymap,
                )
            )
        )

    def _fill_top(self) -> None:
        scene = self.scene
        style = verdict.STYLE_OF[scene.state]
        bar = row(("▌", style))
        self.views["bar"].fill(lambda _width, height: (bar,) * height)
        self.views["title"].fill_line(
            lambda width: lists.title(
                scene.record, scene.attempt, width, recorded=scene.live.recorded
            )
        )
        self.views["verdict"].fill(
            lambda width, height: verdict.verdict_rows(
                scene, verdict.Frame(width, height, self.keymap)
            )
        )
        self.views["marks"].fill_line(
            lambda width: lists.marks_line(
                scene.attempt,
                scene.live,
                width,
                proven=is_proven(scene.record, scene.attempt),
            )
        )
        self.fill_footer()

    def _fill_lists(self) -> None:
        scene = self.scene
        number = f" of #{scene.attempt.id}" if scene.attempt else ""
        heads = {"phases-head": f" Phases{number}", "attempts-head": " Attempts"}
        for name, text in heads.items():
            self.views[name].show((row((text, "dim strong")),))
        self.phases.fill(
            lambda width: lists.phase_rows(scene.attempt, scene.live, width),
            scene.run.name if scene.run else None,
        )
        self.attempts.fill(
            lambda width: lists.attempt_rows(scene.record, width),
            str(scene.attempt.id) if scene.attempt else None,
        )

    def _fill_panes(self) -> None:
        scene = self.scene
        if scene.tab == "traceback":
            self.traceback.show(self.traceback_rows())
        elif scene.tab == "did":
            width = self.tab_bar.size.width // len(self.shown_panes()) - 3
            self.did_rows = self.time_line(width)
            self.did.show(self.did_rows.rows, self.did_rows.widest)
        elif scene.tab == "environment":
            from buildscope.tui.view.environment import environment_rows

            self.environment.show(environment_rows(scene.attempt))
        elif scene.tab == "metadata":
            self.metadata.show(metadata_rows(scene.attempt))
        elif scene.tab == "source":
            self.source.show(self.source_rows())
        elif scene.tab == "explain":
            self.explain.show(self.explain_rows(self.tab_bar.size.width - 3))
        elif scene.tab == "fix":
            self._fill_fix()
        log = shown_log(self.place, scene.run)
        reader = self.watcher.reader(scene.run) if log is None else self.watcher.log(log)
        growing = log is None and scene.run is not None and scene.run.status == "running"
        self.output.attach(reader, _no_output(scene), growing=growing)

    def _fill_fix(self) -> None:
        """A search that runs is followed while the cursor is at its end."""
        pane = self.fix
        at_end = pane.cursor >= pane.line_count - 1
        pane.show(self.fix_rows(self.tab_bar.size.width // len(self.shown_panes()) - 3))
        if at_end and self.scene.state == "searching":
            pane.go_to(pane.line_count - 1)

    def _show_panes(self) -> None:
        shown = self.shown_panes()
        for name, pane in self.panes.items():
            pane.set_class(name in shown, "-shown")
        self.set_class(self.beside and len(shown) > 1, "-beside")
        focused = self.focused
        if focused is None or (focused in self.panes.values() and focused.id not in shown):
            self.go_into(self.home())
        scene = self.scene
        told = output_told(scene.run, self.output.known_lines, self.place.log)
        at = None
        if len(shown) > 1:
            at = self.output.region.x - self.tab_bar.region.x
        self.tab_bar.fill(
            lambda width, height: tab_rows(
                scene.tab,
                told,
                width,
                height,
                output_at=at,
                searched=scene.record is not None and scene.record.search is not None,
            )
        )

    def go_into(self, pane: Pane) -> None:
        """Focus a pane at once: ``Widget.focus`` waits, and the next key would go elsewhere."""
        self.set_focus(pane, scroll_visible=False)

    def home(self) -> Pane:
        """Return the pane that has the focus when nothing else has."""
        if self.has_class("-narrow") and self.has_class("-lists"):
            return self.phases
        return self.panes[self.shown_panes()[0]]

    def shown_panes(self) -> tuple[str, ...]:
        """Name the tabs in view: one, or beside it Output; only the zoomed one while zoomed."""
        tab = self.scene.tab
        if not self.beside:
            return (tab,)
        if not self.zoomed:
            return (tab, "output")
        return ("output",) if self.focused is self.output else (tab,)


def size_classes(width: int, height: int) -> dict[str, bool]:
    """Which of the classes for sizes hold for a terminal of that many cells."""
    return {
        "-slim": width < 60,
        "-narrow": 60 <= width < 100,
        "-normal": 100 <= width < WIDE,
        "-wide": width >= WIDE,
        "-low": height < 16,
        "-tall": height >= 30,
    }


def _no_output(scene: Scene) -> str:
    if scene.run is None:
        return "Nothing has run yet."
    if scene.run.status == "running":
        return f"{scene.run.name} has printed nothing yet."
    if scene.run.status == "pending":
        return f"{scene.run.name} has not run."
    return f"{scene.run.name} printed nothing."

"""The screen of home: a line for a target, and the lists beneath it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding
from textual.widgets import Input

from buildscope.tui.paths import Paths
from buildscope.tui.view.footer import line
from buildscope.tui.view.home import LINE, LISTS, QUIT, TRUST
from buildscope.tui.view.rows import cut, row, wrap
from buildscope.tui.widgets.paint import PaintedScreen
from buildscope.tui.widgets.pane import RowsPane
from buildscope.tui.widgets.rows import Activated, RowsView

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from buildscope.errors import UsageError
    from buildscope.tui.view.rows import Row

ASKED = "What will not build?"
KINDS = "a directory, an sdist, name==version, git+https://…"


class HomeScreen(PaintedScreen):
    """The line has the focus at first, where every letter is typed; the lists take verbs."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "change_side", "lists", id="home-lists"),
        Binding("down", "change_side", "lists", id="home-below"),
        Binding("ctrl+c,ctrl+q", "app.leave", "quit", id="home-leave", priority=True),
    ]

    def __init__(self, rows: Callable[[int], tuple[Row, ...]], cwd: Path) -> None:
        super().__init__()
        self._make = rows
        self.question = RowsView("question")
        self.field = TargetLine(
            placeholder="flash-attn==2.5.0",
            suggester=Paths(cwd),
            select_on_focus=False,
            id="target",
        )
        self.field.cursor_blink = False
        self.told = RowsView("told")
        self.list = HomeList(id="home")
        self.trust = RowsView("trust")
        self.foot = RowsView("footer")

    def compose(self) -> ComposeResult:
        """Question, line, what is wrong with it, lists."""
        yield self.question
        yield self.field
        yield self.told
        yield self.list
        yield self.trust
        yield self.foot

    def on_mount(self) -> None:
        """Begin on the line."""
        kinds = f"   {KINDS}"
        self.question.fill_line(
            lambda width: row((f" {ASKED}", "strong"), (cut(kinds, width - len(ASKED) - 1), "dim"))
        )
        self.field.focus()
        self.on_resize()

    def on_resize(self) -> None:
        """The rows depend on the width."""
        width = self.app.size.width
        self.list.show(self._make(width - 5))
        trust = wrap(TRUST, width - 2, 2)
        self.trust.styles.height = len(trust)
        self.trust.show(tuple(row((f" {text}", "warned")) for text in trust))

    def on_descendant_focus(self) -> None:
        """The line and the lists have keys of their own."""
        verbs = (*LINE, QUIT) if self.focused is self.field else LISTS
        self.foot.fill_line(lambda width: line(verbs, width))

    def action_change_side(self) -> None:
        """From the line to the lists, and back."""
        if self.focused is self.field:
            self.list.to_first()
            self.list.focus()
        else:
            self.field.focus()

    def refuse(self, error: UsageError) -> None:
        """Say beneath the line what is wrong with it; the line stays."""
        said = ((error.message, "failed"), (error.hint or "", "dim"))
        self.told.fill(
            lambda width, _height: tuple(
                row((cut(f" {text}", width), style)) for text, style in said
            )
        )
        self.field.focus()

    def say(self, text: str) -> None:
        """Put a sentence where a refusal would stand."""
        self.told.fill_line(lambda width: row((cut(f" {text}", width), "dim")))

    @on(Input.Changed)
    def _changed(self) -> None:
        """What was wrong may not be so any more."""
        self.say("")


class TargetLine(Input):
    """Tab takes the completion that is shown, as the right arrow does."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", "complete", id="home-complete"),
    ]

    def action_complete(self) -> None:
        """Take the completion."""
        self.action_end()
        self.action_cursor_right()


class HomeList(RowsPane):
    """Rows that can be taken; the cursor skips the others."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "step(1)", "down", id="home-down"),
        Binding("up,k", "step(-1)", "up", id="home-up"),
        Binding("enter", "take", "open", id="home-take"),
        Binding("tab,shift+tab", "screen.change_side", "line", id="home-line"),
        Binding("q", "app.leave", "quit", id="home-quit"),
        Binding("question_mark", "app.tell", "help", id="home-help"),
    ]

    def to_first(self) -> None:
        """Put the cursor on the first row that can be taken."""
        taken = self._takable
        if taken and self.cursor not in taken:
            self.go_to(taken[0])

    def action_step(self, step: int) -> None:
        """To the next row that can be taken; above the first is the line."""
        rows = self._takable
        at = rows.index(self.cursor) + step if self.cursor in rows else -1
        if at < 0:
            self.screen.query_one(Input).focus()
        elif at < len(rows):
            self.go_to(rows[at])

    def action_take(self) -> None:
        """Take the row."""
        key = self.key_at(self.cursor)
        if key is not None:
            self.post_message(Activated(key))

    def on_key(self, event: events.Key) -> None:
        """Say that nothing is bound to a key."""
        if event.is_printable and event.character not in {"j", "k", "q", "?"}:
            screen = self.screen
            assert isinstance(screen, HomeScreen)
            screen.say(f"{event.character} does nothing here; esc goes to the line, to type")

    @property
    def _takable(self) -> list[int]:
        return [at for at, one in enumerate(self.rows) if one.key is not None]

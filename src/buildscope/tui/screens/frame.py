"""A prompt in the frame of a failure, which waits in its process."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.binding import Binding
from textual.containers import Horizontal

from buildscope.errors import BuildscopeError
from buildscope.process.foreground import lend_terminal
from buildscope.session import frame_words
from buildscope.tui.view import footer
from buildscope.tui.view.frame import (
    BUSY,
    VERBS,
    answer_rows,
    head_rows,
    note_row,
    told_rows,
    typed_rows,
)
from buildscope.tui.view.rows import row
from buildscope.tui.widgets.asked import Asked
from buildscope.tui.widgets.paint import PaintedScreen
from buildscope.tui.widgets.pane import RowsPane
from buildscope.tui.widgets.prompt import PromptLine
from buildscope.tui.widgets.rows import RowsView

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from buildscope.session.frame import FramePrompt
    from buildscope.tui.terminal import Terminal
    from buildscope.tui.view.rows import Row

_NAME = re.compile(r"[\w.]+$")
_TALL, _SHORT = 8, 5
_FROM = 30
"""Rows of the screen from which on the source gets more of them."""


class FrameLine(PromptLine):
    """Takes enter in its turn: an action would come after keys that were typed later."""

    async def _on_key(self, event: events.Key) -> None:
        if event.key != "enter":
            await super()._on_key(event)
            return
        event.stop()
        event.prevent_default()
        self._submit(self.value)

    def _on_paste(self, event: events.Paste) -> None:
        """Several lines are as many submitted ones; the last waits for enter."""
        *lines, last = event.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        event.stop()
        event.prevent_default()
        for line in lines:
            self.insert_text_at_cursor(line)
            self._submit(self.value)
        self.insert_text_at_cursor(last)

    def _submit(self, value: str) -> None:
        self.put("")
        self.post_message(Asked("submit", value))


class FrameScreen(PaintedScreen):
    """Evaluates what is typed; ``left`` is called when the user leaves, or the process is gone."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+d", "leave", "leave", id="frame-leave", priority=True),
        Binding("ctrl+c", "interrupt", "interrupt", id="frame-interrupt", priority=True),
        Binding("shift+up", "frame(1)", "caller", id="frame-up", priority=True),
        Binding("shift+down", "frame(-1)", "called", id="frame-down", priority=True),
        Binding("pageup", "scroll('page_up')", "scroll", id="frame-page-up", priority=True),
        Binding("pagedown", "scroll('page_down')", "scroll", id="frame-page-down", priority=True),
    ]

    def __init__(
        self,
        prompt: FramePrompt,
        terminal: Terminal,
        typed: list[str],
        left: Callable[[str], None],
    ) -> None:
        super().__init__()
        self.held = prompt
        self.terminal = terminal
        self.typed = typed
        self.left = left
        self.head = RowsView("frame")
        self.note = RowsView("note")
        self.answers = RowsPane(id="answers")
        self.sign = RowsView("sign")
        self.line = FrameLine("", typed)
        self.foot = RowsView("footer")
        self.busy = False
        self._rows: tuple[Row, ...] = ()
        self._pending: list[str] = []
        self._waiting: list[str] = []

    def compose(self) -> ComposeResult:
        """The frame, the answers, the line."""
        yield self.head
        yield self.note
        yield self.answers
        with Horizontal(id="asked"):
            yield self.sign
            yield self.line
        yield self.foot

    def on_mount(self) -> None:
        """The line has the focus always."""
        self.line.focus()
        self._show()

    def on_resize(self) -> None:
        """The source gets what room there is."""
        self._show()

    def _show(self) -> None:
        height = _TALL if self.app.size.height >= _FROM else _SHORT
        self.head.styles.height = height
        held, count = self.held.current, len(self.held.frames)
        self.head.fill(lambda _width, height: head_rows(held, count, height))
        self.note.fill_line(note_row)
        self.sign.show((row((" ... " if self._pending else " >>> ", "accent strong")),))
        verbs = BUSY if self.busy else VERBS
        self.foot.fill_line(lambda width: footer.line(verbs, width))

    @property
    def _width(self) -> int:
        return max(20, self.app.size.width - 4)

    def _tell(self, rows: Iterable[Row]) -> None:
        self._rows = (*self._rows, *rows)
        self.answers.show(self._rows)
        self.answers.move("end")

    # Typing

    def _submitted(self, line: str) -> None:
        """Take a line, when the one before it is answered."""
        if self.busy:
            self._waiting.append(line)
            return
        self._pending.append(line)
        if line.strip():
            self.typed.append(line)
            self.line.remember(line)
        code = "\n".join(self._pending)
        if not code.startswith((":", "?")) and not frame_words.is_complete(code):
            self._show()
            return
        self._pending = []
        if code.strip():
            self._tell(typed_rows(code))
            self._take(code)
        self._show()

    def _take(self, code: str) -> None:
        try:
            found = frame_words.word_of(code)
        except BuildscopeError as error:
            self._tell(told_rows([error.message], self._width, "failed"))
            return
        if found is None:
            self._ask(lambda: answer_rows(self.held.run(code, self._width), self._width))
        elif found[0] == "quit":
            self.action_leave()
        elif found[0] == "pdb":
            self._pdb()
        else:
            self._ask(lambda: told_rows(frame_words.tell(self.held, *found), self._width))

    def _ask(self, question: Callable[[], Iterable[Row]]) -> None:
        self.busy = True
        self._wait(question)

    @work(thread=True, exclusive=True, group="frame")
    def _wait(self, question: Callable[[], Iterable[Row]]) -> None:
        """The answer comes when it comes: the screen goes on."""
        rows: list[Row] = []
        try:
            rows += question()
        except BuildscopeError as error:
            said = ". ".join(filter(None, (error.message, error.hint)))
            rows += told_rows([said], self._width, "failed")
        self.app.call_from_thread(self._answered, rows)

    def _answered(self, rows: list[Row]) -> None:
        self.busy = False
        self._tell(rows)
        self._show()
        if not self.held.alive:
            self._end(rows[-1].plain)
        elif self._waiting:
            self._submitted(self._waiting.pop(0))

    @on(Asked)
    def _asked(self, event: Asked) -> None:
        event.stop()
        if event.what == "submit":
            self._submitted(event.value)
        elif event.what == "complete" and not self.busy:
            self._complete(event.value)

    @work(thread=True, exclusive=True, group="complete")
    def _complete(self, value: str) -> None:
        found = _NAME.search(value)
        if found is None:
            if not value.strip():
                self.app.call_from_thread(self.line.put, value + frame_words.INDENT)
            return
        try:
            names = self.held.complete(found[0])
        except BuildscopeError as error:
            self.app.call_from_thread(self._end, error.message)
            return
        self.app.call_from_thread(self._completed, value, found[0], names)

    def _completed(self, value: str, begun: str, names: tuple[str, ...]) -> None:
        if self.line.value != value or not names:
            return
        common = _common(names)
        self.line.put(value[: len(value) - len(begun)] + common)
        if len(names) > 1:
            self._tell([row(("  ".join(names[:60]), "dim"))])

    # Keys

    def action_frame(self, step: int) -> None:
        """Go to the caller (1) or the called frame (-1)."""
        number = self.held.number + step
        if 0 <= number < len(self.held.frames) and not self.busy:
            self.held.choose(number)
            self._show()

    def action_scroll(self, where: str) -> None:
        """Move through what was answered."""
        pane = self.answers
        scroll = pane.scroll_page_up if where == "page_up" else pane.scroll_page_down
        scroll(animate=False)

    def action_interrupt(self) -> None:
        """Copy what is selected, else end what is evaluated."""
        selected = self.get_selected_text()
        if selected:
            self.app.copy_to_clipboard(selected)
        elif self.busy:
            self.held.interrupt()
        else:
            self._pending = []
            self.line.put("")
            self._show()

    def action_leave(self) -> None:
        """Leave: the process ends."""
        if self.busy:
            self.held.interrupt()
        self._end("")

    def _end(self, said: str) -> None:
        if self.is_current:
            self.dismiss()
            self.left(said)

    def _pdb(self) -> None:
        prompt, failed = self.held, list[str]()

        def lent() -> int:
            failed.extend(filter(None, [lend_terminal(prompt.pdb, prompt.interrupt)]))
            return 0

        try:
            ended = self.terminal.lend(self.app, lent)
        except BuildscopeError as error:
            self._tell(told_rows([error.message], self._width, "failed"))
            self._end(error.message)
            return
        if ended is None:
            failed.append("this is no real terminal, so pdb cannot have it")
        told = failed or ["back from pdb"]
        self._tell(told_rows(told, self._width, "failed" if failed else "dim"))


def _common(names: tuple[str, ...]) -> str:
    """What all names begin with."""
    first, last = min(names), max(names)
    same = (at for at, letter in enumerate(first) if last[at : at + 1] != letter)
    return first[: next(same, len(first))]

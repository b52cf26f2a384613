"""All settings of the attempt to come in one form, each changed in the words of the retry line."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import msgspec
from textual import on, work
from textual.binding import Binding

from buildscope.errors import BuildscopeError
from buildscope.model.settings import Request
from buildscope.session.commands import retry_command
from buildscope.session.start import retry_start
from buildscope.session.words import parse_request, words
from buildscope.tui.screens.reading import ChoosingScreen
from buildscope.tui.view import footer
from buildscope.tui.view.isolation import adopted_lines
from buildscope.tui.view.names import known_names
from buildscope.tui.view.retry import completed
from buildscope.tui.view.rows import Row, cut, row
from buildscope.tui.view.settings import BY_NAME, Form, as_parent, settings_rows
from buildscope.tui.widgets.asked import Asked
from buildscope.tui.widgets.prompt import Prompt
from buildscope.tui.widgets.rows import RowsView

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from buildscope.model.run import Attempt
    from buildscope.session.runner import SessionLike

LINE = (("enter", "take over"), ("tab", "complete"), ("esc", "close"), ("ctrl+r", "run"))


class SettingsScreen(ChoosingScreen):
    """``take`` is called with the request when ``R`` runs it; it returns why it cannot, if so."""

    verbs = (("enter", "change"), ("u", "undo"), ("R", "run"), ("esc", "back"))

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("R,ctrl+r", "run", "run", id="settings-run"),
        Binding("u", "undo", "undo", id="settings-undo"),
    ]

    def __init__(
        self,
        session: SessionLike,
        attempt: Attempt,
        session_id: str,
        take: Callable[[Request], str | None],
    ) -> None:
        super().__init__(f"Settings for a retry of #{attempt.id}", self._rows, self._unchosen)
        self.session = session
        self.attempt = attempt
        self.session_id = session_id
        self.request = Request(settings=attempt.settings)
        self.prompt: Prompt | None = None
        self.pythons: tuple[str, ...] = ()
        self.notes: dict[str, tuple[str, ...]] = dict.fromkeys(
            ("python", "isolation"), ("looking on this machine …",)
        )
        self.told = RowsView("told")
        self.told.styles.height = 2
        self._take = take

    def on_mount(self) -> None:
        """Look up in a thread what is on this machine."""
        super().on_mount()
        self._look()

    @work(thread=True, exclusive=True, group="choices")
    def _look(self) -> None:
        choices = self.session.choices
        requires = self.attempt.backend.requires if self.attempt.backend is not None else ()
        off = msgspec.structs.replace(self.attempt.settings, isolation=False)
        pythons = tuple(dict.fromkeys(one.version for one in choices.interpreters()))
        try:
            lines = adopted_lines(choices.adoptable(off, requires))
        except BuildscopeError as error:
            lines = adopted_lines(error.message)
        self.app.call_from_thread(self._found, pythons, lines)

    def _found(self, pythons: tuple[str, ...], lines: tuple[str, ...]) -> None:
        if not self.is_attached:
            return
        listed = "  ".join(pythons) or "none but this one"
        self.pythons = pythons
        self.notes = {
            "python": (f"on this machine: {listed}",),
            "isolation": (f"off: {lines[0]}", *lines[1:]),
        }
        self.refill()

    def compose(self) -> ComposeResult:
        """What the retry would do stands beneath the rows, always in view."""
        yield self.head
        yield self.rows
        yield self.told
        yield self.foot

    def _rows(self, width: int) -> tuple[Row, ...]:
        first = retry_start(self.attempt, self.request)
        return settings_rows(Form(self.attempt.settings, self.request, first, self.notes), width)

    def refill(self) -> None:
        """Make the rows again, and what the retry would do."""
        super().refill()
        attempt, request = self.attempt, self.request
        first = retry_start(attempt, request)
        told = words(attempt.settings, request.settings, request.start, here=request.here)
        twin = retry_command(self.session_id, attempt, request)
        width = self.app.size.width - 2
        head = f" Retry from {first}"
        rest = cut(f"  {told or 'changes nothing'}", width - len(head))
        self.told.show(
            (row((head, "strong"), (rest, "dim")), row((cut(f" = {twin}", width), "dim")))
        )

    def _unchosen(self, _key: str, _pressed: str) -> None:
        """Rows are changed here, and the screen stays."""

    def action_take(self, key: str) -> None:  # noqa: ARG002 - the base's
        """Open a line to change the setting under the cursor."""
        if self.current is None:
            self.say("choose a setting with j and k")
            return
        self.run_worker(self._open(BY_NAME[self.current].words))

    def action_undo(self) -> None:
        """Set the row under the cursor as the parent has it."""
        if self.current is not None:
            self.request = as_parent(self.current, self.request, self.attempt.settings)
            self.fill_lines()
            self.refill()

    def action_run(self) -> None:
        """Begin the retry; what is still being typed counts."""
        if self.prompt is not None and not self._submit(self.prompt.line.value):
            return
        why_not = self._take(self.request)
        if why_not is None:
            self.dismiss()
        else:
            self.say(why_not)

    # The line

    async def _open(self, line: str) -> None:
        if self.prompt is not None:
            return
        self.prompt = Prompt("retry", line, [])
        await self.mount(self.prompt, before=self.foot)
        self.foot.fill_line(lambda width: footer.line(LINE, width))
        self.set_focus(self.prompt.line)
        self._tell(line)

    def _close(self) -> None:
        if self.prompt is not None:
            self.prompt.remove()
            self.prompt = None
            self.fill_lines()
            self.rows.focus()

    @on(Asked)
    def _asked(self, event: Asked) -> None:
        event.stop()
        if event.what == "close":
            self._close()
        elif event.what == "submit":
            self._submit(event.value)
        elif event.what == "complete":
            self._complete(event.value)
        else:
            self._tell(event.value)

    def _complete(self, typed: str) -> None:
        values = {"python": self.pythons, "edit": tuple(sorted(self.session.drafts))}
        line = completed(typed, (), known_names(self.attempt), values)
        if line is not None and self.prompt is not None:
            self.prompt.line.put(line)

    def _submit(self, line: str) -> bool:
        """Take the line over if it can be carried out; whether it can."""
        try:
            self.request = self._read(line)
        except BuildscopeError:
            return False
        self._close()
        self.refill()
        return True

    def _tell(self, line: str) -> None:
        if self.prompt is None:
            return
        width = self.app.size.width
        name = self.current
        told = BY_NAME[name].help if name is not None else ""
        above = (row((" Change", "strong"), (cut(f"  {told}", width - 8), "dim")),)
        try:
            request = self._read(line)
        except BuildscopeError as error:
            said = ". ".join(filter(None, (error.message, error.hint)))
            self.prompt.tell(above, row((cut(f" {said}", width), "failed")))
            return
        changes = words(self.request.settings, request.settings, request.start, here=request.here)
        self.prompt.tell(above, row((cut(f" {changes or 'changes nothing'}", width), "dim")))

    def _read(self, line: str) -> Request:
        """The request with the words of ``line``; ``UsageError`` where it cannot be carried out."""
        before = self.request
        said = parse_request(line, before.settings, self.session.drafts)
        request = msgspec.structs.replace(
            said, start=said.start or before.start, here=said.here or before.here
        )
        retry_start(self.attempt, request)
        return request

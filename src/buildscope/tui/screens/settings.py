"""All settings of the attempt to come in one form, each changed in the words of the retry line."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import msgspec
from textual import on, work
from textual.binding import Binding

from buildscope.errors import BuildscopeError
from buildscope.model.settings import Request, Settings
from buildscope.session.start import retry_start
from buildscope.session.words import parse_request, retry_command, words
from buildscope.tui.screens.reading import ChoosingScreen
from buildscope.tui.view.rows import Row, cut, row
from buildscope.tui.view.settings import BY_NAME, settings_rows
from buildscope.tui.widgets.asked import Asked

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.binding import BindingType

    from buildscope.model.run import Attempt
    from buildscope.session.runner import SessionLike
    from buildscope.tui.widgets.prompt import Prompt


class SettingsScreen(ChoosingScreen):
    """``take`` is called with the request when ``R`` runs it."""

    verbs = (("enter", "change"), ("u", "as the parent"), ("R", "run"), ("esc", "back"))

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("R,ctrl+r", "run", "run", id="settings-run"),
        Binding("u", "undo", "undo", id="settings-undo"),
    ]

    def __init__(
        self,
        session: SessionLike,
        attempt: Attempt,
        session_id: str,
        take: Callable[[Request], None],
    ) -> None:
        super().__init__(f"Settings for a retry of #{attempt.id}", self._rows, self._unchosen)
        self.session = session
        self.attempt = attempt
        self.session_id = session_id
        self.request = Request(settings=attempt.settings)
        self.prompt: Prompt | None = None
        self.notes: dict[str, tuple[str, ...]] = {}
        self._take = take

    def on_mount(self) -> None:
        """Look up in a thread what is on this machine."""
        super().on_mount()
        self._look()

    @work(thread=True, exclusive=True, group="choices")
    def _look(self) -> None:
        choices = self.session.choices
        found = choices.interpreters()
        listed = "  ".join(dict.fromkeys(one.version for one in found)) or "none but this one"
        notes: dict[str, tuple[str, ...]] = {"python": (f"on this machine: {listed}",)}
        requires = self.attempt.backend.requires if self.attempt.backend is not None else ()
        off = msgspec.structs.replace(self.attempt.settings, isolation=False)
        try:
            adopted = choices.adoptable(off, requires)
        except BuildscopeError as error:
            notes["isolation"] = (f"off: {error.message}",)
        else:
            lacking = [f"wanted {w}, found {f or 'none'}" for w, f in adopted.missing]
            told = "; ".join(lacking) or "it has all that is declared"
            where = f"off would take {adopted.path} (Python {adopted.interpreter.version})"
            notes["isolation"] = (where, told)
        self.notes = notes
        self.app.call_from_thread(self.refill)

    def _rows(self, width: int) -> tuple[Row, ...]:
        settings = self.request.settings
        label = words(self.attempt.settings, settings) or "changes nothing"
        first = retry_start(self.attempt, self.request)
        twin = retry_command(self.session_id, self.attempt, self.request)
        return (
            *settings_rows(self.attempt.settings, settings, self.notes, width),
            row(),
            row((f"from {first}", "strong"), (f" · {label}", "dim")),
            row((f"= {twin}", "dim")),
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
        """Set the setting under the cursor as the parent has it."""
        name = self.current
        if name is not None:
            before = {name: getattr(self.attempt.settings, name)}
            self._set(msgspec.structs.replace(self.request.settings, **before))

    def action_run(self) -> None:
        """Begin the retry."""
        self.dismiss()
        self._take(self.request)

    async def _open(self, line: str) -> None:
        from buildscope.tui.widgets.prompt import Prompt

        if self.prompt is not None:
            return
        self.prompt = Prompt("retry", line, [])
        await self.mount(self.prompt, before=self.foot)
        self.set_focus(self.prompt.line)
        self._tell(line)

    def _close(self) -> None:
        if self.prompt is not None:
            self.prompt.remove()
            self.prompt = None
            self.rows.focus()

    @on(Asked)
    def _asked(self, event: Asked) -> None:
        event.stop()
        if event.what == "close":
            self._close()
        elif event.what == "submit":
            settings = self._parsed(event.value)
            if settings is not None:
                self._close()
                self._set(settings)
        else:
            self._tell(event.value)

    def _set(self, settings: Settings) -> None:
        self.request = Request(settings=settings)
        self.refill()

    def _tell(self, line: str) -> None:
        if self.prompt is None:
            return
        self.prompt.above.show((row(("words as on the retry line", "dim")),))
        try:
            settings = self._read(line)
        except BuildscopeError as error:
            said = ". ".join(filter(None, (error.message, error.hint)))
            self.prompt.below.show((row((cut(f" {said}", self.app.size.width), "failed")),))
            return
        said = words(self.request.settings, settings) or "changes nothing"
        self.prompt.below.show((row((cut(f" {said}", self.app.size.width), "dim")),))

    def _read(self, line: str) -> Settings:
        return parse_request(line, self.request.settings, self.session.drafts).settings

    def _parsed(self, line: str) -> Settings | None:
        try:
            return self._read(line)
        except BuildscopeError as error:
            self.say(error.message)
            return None

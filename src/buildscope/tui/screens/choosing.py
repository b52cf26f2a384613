"""Verbs that offer a choice first: versions to pin, the palette, what to take away, comparing."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from buildscope.errors import BuildscopeError, UsageError
from buildscope.model.names import PHASES
from buildscope.tui.screens.entering import Entering
from buildscope.tui.view.rows import Row, row
from buildscope.tui.view.verbs import parse_verb

if TYPE_CHECKING:
    from buildscope.model.run import Attempt
    from buildscope.model.settings import Request
    from buildscope.tui.view.verbs import Verb

_TAKEN: tuple[tuple[str, str], ...] = (
    (".md", "a Markdown report of this attempt, for an issue"),
    (".json", "the whole session as one JSON document"),
    (".sh", "the command lines that do it again"),
    (".patch", "your edits, for patch -p1"),
)


class Choosing(Entering):
    """What is chosen ends on the retry line, or in a file whose name is said."""

    # Pin

    def action_pin(self) -> None:
        """Offer the versions of the distribution under the cursor of Environment."""
        attempt, name = self.scene.attempt, self._distribution()
        if attempt is None:
            self.say("nothing was attempted yet, so there is nothing to pin")
        elif self.scene.tab != "environment":
            self.action_tab("environment")
            self.say("choose a distribution with j and k, then p pins it")
        elif name is None:
            self.say("no distribution on this row; choose one with j and k")
        else:
            self.pin(attempt, name)

    def pin(self, attempt: Attempt, name: str) -> None:
        """Offer the versions of ``name``."""
        from buildscope.tui.screens.pin import PinScreen

        python = attempt.interpreter.version if attempt.interpreter is not None else "3"
        found = {one.name: one.version for one in attempt.installed}
        ask = partial(self.runner.session.choices.releases, name, attempt.settings, python)
        take = partial(self._on_the_line, attempt)
        self.app.push_screen(PinScreen(name, found.get(name), ask, take))

    async def activate(self, key: str) -> None:
        """Pin a distribution that was clicked, or enter was pressed on."""
        if key.startswith("pin:") and self.scene.attempt is not None:
            self.pin(self.scene.attempt, key.removeprefix("pin:"))
        else:
            await super().activate(key)

    def _distribution(self) -> str | None:
        pane = self.environment
        key = pane.key_at(pane.cursor) if pane.rows else None
        return key.removeprefix("pin:") if key is not None and key.startswith("pin:") else None

    def _on_the_line(self, attempt: Attempt, words: str) -> None:
        if words.startswith("-") and not _constrains(attempt, words[1:]):
            self.say(f"{words[1:]} is not pinned")
            return
        self.run_worker(self.open_retry(words))

    # Palette

    async def action_palette(self) -> None:
        """Open the line that takes every verb by name."""
        await self.open_prompt("verb", "")

    async def run_verb(self, line: str) -> None:
        """Do what was typed on the palette's line."""
        try:
            verb, arguments = parse_verb(line)
        except UsageError as error:
            self.say(f"{error.message}; {error.hint}", "failed")
            return
        if verb.action is not None:
            await self.run_action(verb.action)
            return
        try:
            await self._with_arguments(verb, arguments)
        except BuildscopeError as error:
            self.say(error.message, "failed")

    async def _with_arguments(self, verb: Verb, arguments: list[str]) -> None:
        first = arguments[0]
        line = {
            "add": " ".join(f"+{word.removeprefix('+')}" for word in arguments),
            "python": f"python {first}",
            "set": " ".join(arguments),
        }.get(verb.name)
        if line is not None:
            await self.open_retry(line)
        elif verb.values and verb.name != "tab":
            self._at_phase(verb.name, first)
        else:
            self._named(verb.name, arguments)

    def _at_phase(self, verb: str, name: str) -> None:
        phase = next(one for one in PHASES if one == name)
        if verb == "until":
            self.run_until(phase)
        elif verb == "break":
            self.cycle_break(phase)
        else:
            self.place = self.place.chosen_phase(phase)
            self.redraw()

    def _named(self, verb: str, arguments: list[str]) -> None:
        first = arguments[0]
        if verb == "tab":
            self.action_tab(first)
        elif verb == "attempt":
            self._look_at(_number(first))
        elif verb == "compare":
            if len(arguments) != 2:
                raise UsageError("compare needs two numbers of attempts")
            self.compare(_number(first), _number(arguments[1]))
        elif verb == "theme":
            self._theme(first)
        elif verb == "edit":
            self.edit_file(first)
        else:
            self._export(first)

    def _look_at(self, number: int) -> None:
        record = self.scene.record
        if record is None or number not in [one.id for one in record.attempts]:
            raise UsageError(f"there is no attempt {number}")
        self.place = self.place.chosen_attempt(number)
        self.redraw()

    def _theme(self, name: str) -> None:
        known = self.app.available_themes
        if name not in known:
            raise UsageError(f"{name!r} is no theme; there are: {', '.join(known)}")
        self.app.theme = name

    # Compare

    def action_compare(self) -> None:
        """Compare the attempt that is shown with its parent, else with the one before it."""
        from buildscope.session.comparing import comparable

        record, attempt = self.scene.record, self.scene.attempt
        if record is None or attempt is None:
            self.say("nothing was attempted yet, so there is nothing to compare")
            return
        pair = comparable(record, attempt)
        if isinstance(pair, str):
            self.say(pair)
        else:
            self.compare(*pair)

    def compare(self, first: int, second: int) -> None:
        """Show how two attempts differ."""
        from buildscope.tui.screens.compare import CompareScreen

        record = self.scene.record
        known = [one.id for one in record.attempts] if record is not None else []
        if record is None or first not in known or second not in known:
            raise UsageError(f"attempts are: {', '.join(map(str, known)) or 'none'}")
        self.app.push_screen(CompareScreen(record, first, second))

    # Take away

    def action_take_away(self) -> None:
        """Offer what can be written to a file here."""
        from buildscope.tui.screens.reading import ChoosingScreen

        attempt = self.scene.attempt
        if attempt is None:
            self.say("nothing was attempted yet, so there is nothing to take away")
            return
        rows = partial(_taken_rows, attempt)
        self.app.push_screen(ChoosingScreen("Take away", rows, self._taken))

    def _taken(self, key: str, _pressed: str) -> None:
        record, attempt = self.scene.record, self.scene.attempt
        if record is None or attempt is None:
            return
        if key == "wheel":
            self._copy_wheel(attempt)
            return
        name = attempt.source.name if attempt.source and attempt.source.name else record.id
        self._export(f"{name}-attempt-{attempt.id}{key}")

    def _copy_wheel(self, attempt: Attempt) -> None:
        import shutil

        made = Path(attempt.artifact or "")
        target = Path.cwd() / made.name
        if target.exists():
            self.say(f"{target} is there already, and is not replaced", "warned")
            return
        (shutil.copytree if made.is_dir() else shutil.copy2)(made, target)
        self.say(f"copied to {target}")

    def _export(self, named: str) -> None:
        from buildscope.session.export import export_to

        record, attempt = self.scene.record, self.scene.attempt
        if record is None or attempt is None:
            return
        try:
            written = _free(Path.cwd() / named)
            export_to(written, record, attempt)
        except BuildscopeError as error:
            self.say(". ".join(filter(None, (error.message, error.hint))), "failed")
            return
        self.app.copy_to_clipboard(str(written))
        self.say(f"written: {written} · buildscope export {record.id} --to {named}")

    # Settings

    def action_settings(self) -> None:
        """Open the form of all settings of the attempt to come."""
        attempt = self.scene.attempt
        if attempt is None:
            self.say("nothing was attempted yet, so there are no settings to change")
            return
        from buildscope.tui.screens.settings import SettingsScreen

        session = self.runner.session
        take = partial(self._with_request, attempt)
        self.app.push_screen(SettingsScreen(session, attempt, self._session_id(), take))

    def _session_id(self) -> str:
        return self.scene.record.id if self.scene.record is not None else "last"

    def _with_request(self, attempt: Attempt, request: Request) -> None:
        if self.runner.running:
            self.say(f"{self.what_runs()} is running: x stops it first")
            return
        self.begin_retry(attempt, request)
        self.redraw()


def _constrains(attempt: Attempt, name: str) -> bool:
    from buildscope.model.delta import requirement_name

    settings = attempt.settings
    return any(requirement_name(one) == name for one in (*settings.constraints, *settings.extra))


def _free(file: Path) -> Path:
    """``file``, or with a number where that is there: nothing is replaced."""
    free, number = file, 1
    while free.exists():
        free = file.with_name(f"{file.stem}-{number}{file.suffix}")
        number += 1
    return free


def _number(text: str) -> int:
    if not text.removeprefix("#").isdigit():
        raise UsageError(f"{text!r} is no number of an attempt")
    return int(text.removeprefix("#"))


def _taken_rows(attempt: Attempt, _width: int) -> tuple[Row, ...]:
    rows: list[Row] = []
    if attempt.artifact is not None:
        rows.append(row((f"{'wheel':<10}", "strong"), Path(attempt.artifact).name, key="wheel"))
    else:
        rows.append(row((f"{'wheel':<10}nothing was built", "dim")))
    for kind, told in _TAKEN:
        if kind == ".patch" and not attempt.settings.edits:
            rows.append(row((f"{kind:<10}no file was edited", "dim")))
        else:
            rows.append(row((f"{kind:<10}", "strong"), told, key=kind))
    where = f"written into {Path.cwd()}; nothing there is replaced"
    return (*rows, row(), row((where, "dim")))

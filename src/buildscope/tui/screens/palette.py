"""The palette: every verb by name, on a line with completion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name, is_normalized_name

from buildscope.errors import BuildscopeError, UsageError
from buildscope.model.names import PHASES
from buildscope.session.find import find_attempt
from buildscope.tui.screens.curing import Curing
from buildscope.tui.view.verbs import parse_verb

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class Palette(Curing):
    """What is typed there does what the keys do, and with arguments some more."""

    async def action_palette(self) -> None:
        """Open the line that takes every verb by name."""
        await self.open_prompt("verb", "")

    def verb_values(self) -> Mapping[str, Sequence[str]]:
        """What may stand after a verb, in this session as it is now."""
        from buildscope.tui.view.names import known_names

        scene = self.scene
        record, attempt = scene.record, scene.attempt
        attempts = [str(one.id) for one in record.attempts] if record is not None else []
        installed = [one.name for one in attempt.installed] if attempt is not None else []
        names = known_names(attempt)
        return {
            "add": names,
            "set": (*(f"+{name}" for name in names), *names),
            "pin": tuple(dict.fromkeys((*installed, *names))),
            "python": self.pythons,
            "attempt": attempts,
            "compare": attempts,
            "edit": tuple(self.runner.session.drafts),
            "export": (".md", ".json", ".sh", ".patch"),
            "theme": tuple(self.app.available_themes),
        }

    async def run_verb(self, line: str) -> None:
        """Do what was typed on the palette's line; it was parsed before."""
        verb, rest = parse_verb(line)
        try:
            if not rest and verb.action is not None:
                await self.run_action(verb.action)
            elif verb.name in _LINES:
                await self.open_retry(_LINES[verb.name](rest))
            else:
                self._named[verb.name](rest)
        except BuildscopeError as error:
            self.say(". ".join(filter(None, (error.message, error.hint))), "failed")

    @property
    def _named(self) -> Mapping[str, Callable[[str], None]]:
        return {
            "until": lambda name: self.run_until(_phase[name]),
            "break": lambda name: self.cycle_break(_phase[name]),
            "phase": self._look_at_phase,
            "tab": self.action_tab,
            "attempt": self._look_at_attempt,
            "compare": self._compare,
            "pin": self._pin_named,
            "edit": self.edit_file,
            "export": self._export,
            "theme": self._theme,
        }

    def _look_at_phase(self, name: str) -> None:
        self.place = self.place.chosen_phase(_phase[name])
        self.redraw()

    def _look_at_attempt(self, text: str) -> None:
        number, record = _number(text), self.scene.record
        if record is None:
            raise UsageError(f"there is no attempt {number}")
        self.place = self.place.chosen_attempt(find_attempt(record, number).id)
        self.redraw()

    def _compare(self, text: str) -> None:
        words = text.split()
        if len(words) != 2:
            raise UsageError("compare takes the numbers of two attempts", hint="compare 1 2")
        self.compare(_number(words[0]), _number(words[1]))

    def _pin_named(self, name: str) -> None:
        if self.scene.attempt is None:
            raise UsageError("nothing was attempted yet, so there is nothing to pin")
        if not is_normalized_name(canonicalize_name(name)):
            raise UsageError(f"{name!r} is no name of a distribution", hint="pin setuptools")
        self.pin(self.scene.attempt, name)

    def _export(self, name: str) -> None:
        from buildscope.tui.view.taking import file_name

        record, attempt = self.scene.record, self.scene.attempt
        if record is None or attempt is None:
            raise UsageError("nothing was attempted yet, so there is nothing to export")
        self.export(attempt, file_name(attempt, record.id, name) if name[0] == "." else name)

    def _theme(self, name: str) -> None:
        known = self.app.available_themes
        if name not in known:
            raise UsageError(f"{name!r} is no theme", hint=f"there are: {', '.join(known)}")
        self.app.theme = name
        self.say(f"theme {name} = theme = {name!r} in config.toml")


_phase = {str(name): name for name in PHASES}
_LINES: Mapping[str, Callable[[str], str]] = {
    "add": lambda rest: " ".join(f"+{word.removeprefix('+')}" for word in rest.split()),
    "python": lambda rest: f"python {rest}",
    "isolation": lambda rest: f"isolation {rest}",
    "set": lambda rest: rest,
}


def _number(text: str) -> int:
    digits = text.removeprefix("#")
    if not digits.isdecimal():
        raise UsageError(f"{text!r} is no number of an attempt")
    return int(digits)

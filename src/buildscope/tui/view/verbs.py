"""The verbs of the palette: each by name, with arguments, found by unique beginnings."""

from __future__ import annotations

from dataclasses import dataclass

from buildscope.errors import UsageError
from buildscope.model.names import PHASES
from buildscope.tui.keys import KEYS
from buildscope.tui.view.place import TABS


@dataclass(frozen=True, slots=True)
class Verb:
    """``action`` is the screen's, run where nothing stands after the name.

    Without an action, ``argument`` has to be given. ``values`` are all that may stand there;
    ``twin`` is the same on the command line.
    """

    name: str
    help: str
    key: str = ""
    action: str | None = None
    argument: str = ""
    values: tuple[str, ...] = ()
    twin: str = ""


_WITH_ARGUMENTS = (
    Verb("add", "add build requirements and retry", "a", "add", "REQ …", twin="-x"),
    Verb("python", "retry with another Python", "", None, "VERSION", twin="-p"),
    Verb("isolation", "retry in your environment", "i", "isolation", "off", ("off", "on")),
    Verb("set", "retry with changes", "r", "retry", "WORDS", twin="buildscope retry"),
    Verb("pin", "versions of a build dependency", "p", "pin", "NAME", twin="-c"),
    Verb("fix", "search for a fix and prove it", "f", "fix", twin="buildscope fix"),
    Verb("settings", "all settings in one form", "f2", "settings"),
    Verb("until", "run on, pause after a phase", "", None, "PHASE", PHASES),
    Verb("break", "break before, after, not", "b", "break", "PHASE", PHASES, "--break"),
    Verb("phase", "look at a phase", "", None, "PHASE", PHASES),
    Verb("tab", "show a tab", "", None, "NAME", TABS),
    Verb("attempt", "look at an attempt", "", None, "N"),
    Verb("compare", "how two attempts differ", "=", "compare", "A B", twin="sessions show"),
    Verb("edit", "edit a file of the source", "o", "editor", "PATH", twin="--edit"),
    Verb("export", ".md .json .sh .patch", "w", "take_away", "FILE", twin="export --to"),
    Verb("theme", "other colours", "", None, "NAME"),
)
_NAMED = {verb.name for verb in _WITH_ARGUMENTS}
_LEFT_OUT = {"palette", "open", "back", "editor", "take-away"}
VERBS: tuple[Verb, ...] = (
    *_WITH_ARGUMENTS,
    *(
        Verb(key.id, key.help, key.shown, key.action)
        for key in KEYS
        if key.help and key.id not in _NAMED | _LEFT_OUT
    ),
)


def parse_verb(line: str) -> tuple[Verb, str]:
    """The verb that ``line`` begins with, by a unique beginning, and what stands after it.

    A value that the verb knows is given whole. Raises ``UsageError`` that names the nearest
    verbs, or what may stand after this one.
    """
    name, _, rest = line.strip().partition(" ")
    verb, rest = verb_named(name), rest.strip()
    if not rest and verb.action is None:
        raise UsageError(f"{verb.name} needs {verb.argument}", hint=_values_of(verb))
    if rest and not verb.argument:
        raise UsageError(f"{verb.name} takes nothing after it", hint=f"{verb.name} alone does it")
    return verb, _value(verb, rest) if rest and verb.values else rest


def verb_named(name: str) -> Verb:
    """The verb of that name, or the only one that begins so; ``UsageError`` names the nearest."""
    found = [verb for verb in VERBS if verb.name == name]
    found = found or [verb for verb in VERBS if name and verb.name.startswith(name)]
    if len(found) == 1:
        return found[0]
    what = "is the beginning of several verbs" if found else "is no verb"
    near = [verb.name for verb in found] or _nearest(name)
    raise UsageError(f"{name!r} {what}", hint=f"{_near(near)}")


def _near(names: list[str]) -> str:
    return f"near: {', '.join(names[:6])}" if names else "an empty line lists them all"


def _nearest(name: str) -> list[str]:
    from difflib import get_close_matches

    return get_close_matches(name, [verb.name for verb in VERBS], 4, 0.4)


def _values_of(verb: Verb) -> str:
    return f"one of: {', '.join(verb.values)}" if verb.values else f"write {verb.name} and that"


def _value(verb: Verb, given: str) -> str:
    found = [value for value in verb.values if value == given]
    found = found or [value for value in verb.values if value.startswith(given)]
    if len(found) != 1:
        near = ", ".join(found or verb.values)
        raise UsageError(f"{given!r} is not what {verb.name} takes", hint=f"one of: {near}")
    return found[0]


def matching(line: str) -> tuple[Verb, ...]:
    """Verbs that what was typed may become; those that it is the beginning of, or is told of."""
    name = (line.split() or [""])[0]
    return tuple(verb for verb in VERBS if verb.name.startswith(name)) or tuple(
        verb for verb in VERBS if name in verb.name or name in verb.help
    )

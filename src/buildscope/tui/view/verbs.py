"""The palette: every verb by name, with arguments, found by unique beginnings."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from buildscope.errors import UsageError
from buildscope.model.names import PHASES
from buildscope.tui.keys import KEYS
from buildscope.tui.view.place import TABS
from buildscope.tui.view.rows import Row, cut, row

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Verb:
    """``action`` is the screen's, run without an argument; ``values`` may stand after the name."""

    name: str
    help: str
    key: str = ""
    action: str | None = None
    argument: str = ""
    values: tuple[str, ...] = ()


_WITH_ARGUMENTS = (
    Verb("add", "add build requirements and retry", "a", argument="REQ …"),
    Verb("python", "retry with another Python", argument="VERSION"),
    Verb("set", "retry with changes, in the words of the retry line", "r", argument="WORDS"),
    Verb("until", "run on, pause after a phase", argument="PHASE", values=PHASES),
    Verb("break", "breakpoint before, after, off", "b", argument="PHASE", values=PHASES),
    Verb("phase", "look at a phase", argument="PHASE", values=PHASES),
    Verb("tab", "show a tab", argument="NAME", values=TABS),
    Verb("attempt", "look at an attempt", argument="N"),
    Verb("compare", "two attempts", "=", argument="A B"),
    Verb("theme", "other colours", argument="NAME"),
    Verb("edit", "edit a file of the source", "o", argument="PATH"),
    Verb("export", "write a report: .md .json .sh .patch", "w", argument="FILE"),
)
_NAMED = {verb.name for verb in _WITH_ARGUMENTS}
_LEFT_OUT = {"palette", "open", "back"}
VERBS: tuple[Verb, ...] = (
    *_WITH_ARGUMENTS,
    *(
        Verb(key.id, key.help, key.shown, key.action)
        for key in KEYS
        if key.help and key.id not in _NAMED | _LEFT_OUT and not key.id.startswith("later-")
    ),
)


def parse_verb(line: str) -> tuple[Verb, list[str]]:
    """The verb that ``line`` begins with, by a unique beginning, and its arguments.

    Raises ``UsageError`` that names the nearest verbs, or the value that is none.
    """
    name, *arguments = line.split() or [""]
    found = [verb for verb in VERBS if verb.name == name]
    found = found or [verb for verb in VERBS if name and verb.name.startswith(name)]
    if len(found) != 1:
        names = [verb.name for verb in VERBS]
        near = [verb.name for verb in found] or get_close_matches(name, names, 4, 0.4)
        what = "is the beginning of several verbs" if found else "is no verb"
        raise UsageError(f"{name!r} {what}", hint=f"near: {', '.join(near[:6]) or 'none'}")
    verb = found[0]
    if verb.argument and not arguments:
        raise UsageError(f"{verb.name} needs {verb.argument}", hint=", ".join(verb.values))
    if verb.values:
        arguments = [_value(verb, arguments[0])]
    return verb, arguments


def _value(verb: Verb, given: str) -> str:
    found = [value for value in verb.values if value == given]
    found = found or [value for value in verb.values if value.startswith(given)]
    if len(found) != 1:
        raise UsageError(f"{verb.name} {given!r} is not one of: {', '.join(verb.values)}")
    return found[0]


def matching(line: str) -> tuple[Verb, ...]:
    """Verbs that what was typed may become."""
    name = (line.split() or [""])[0]
    return tuple(verb for verb in VERBS if verb.name.startswith(name)) or tuple(
        verb for verb in VERBS if name in verb.name or name in verb.help
    )


def complete_verb(line: str) -> str | None:
    """``line`` with its verb or the value after it completed."""
    head, space, last = line.rpartition(" ")
    if space:
        verb = next((one for one in VERBS if one.name.startswith(head.split()[0])), None)
        values: Sequence[str] = verb.values if verb is not None else ()
        found = [value for value in values if value.startswith(last) and value != last]
        return f"{head} {found[0]}" if found else None
    names = [verb for verb in matching(line) if verb.name != line]
    if not names:
        return None
    return names[0].name + (" " if names[0].argument else "")


def palette_rows(line: str, width: int) -> tuple[Row, Row]:
    """The row above the line, with what it may become, and the one beneath, what it would do."""
    found = matching(line)
    names = "  ".join(verb.name for verb in found[:30])
    above = row((" Verbs  ", "strong"), (cut(names or "none of that name", width - 9), "dim"))
    try:
        verb, _ = parse_verb(line)
    except UsageError as error:
        said = f" {error.message}: {error.hint}" if line.strip() else " every verb, by name"
        return above, row((cut(said, width), "dim"))
    key = f"   key {verb.key}" if verb.key else ""
    return above, row((cut(f" {verb.name} {verb.argument}  {verb.help}{key}", width), "dim"))

"""The rows around the palette's line, and what tab makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildscope.errors import UsageError
from buildscope.tui.view.rows import Row, cut, row
from buildscope.tui.view.verbs import Verb, matching, parse_verb, verb_named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NAME = 20
_KEY = 24


def palette_rows(
    line: str, values: Mapping[str, Sequence[str]], width: int, height: int
) -> tuple[Row, ...]:
    """At most ``height`` rows: the verbs that ``line`` may become, else what may follow its verb.

    ``values`` has what may stand after a verb where that depends on the session.
    """
    if " " in line.lstrip():
        return (_values_row(line, values, width),)
    found = matching(line)
    if not found:
        return (row((" no verb has that in its name or in what it does", "dim")),)
    shown = found if len(found) <= height else found[: height - 1]
    rows = [_verb_row(verb, width) for verb in shown]
    if len(found) > len(shown):
        more = f" … {len(found) - len(shown)} more; type the beginning of a name"
        rows.append(row((cut(more, width), "dim")))
    return tuple(rows)


def told_row(line: str, width: int) -> Row:
    """What enter would do with ``line``, or why it cannot."""
    if not line.strip():
        return row((cut(" a verb, by the beginning of its name", width), "dim"))
    try:
        verb, rest = parse_verb(line)
    except UsageError as error:
        return row((cut(f" {error.message}; {error.hint}", width), "failed"))
    return row((cut(f" {verb.name} {rest}".rstrip() + f": {verb.help}", width), "dim"))


def complete_verb(line: str, values: Mapping[str, Sequence[str]]) -> str | None:
    """``line`` with its verb, or the word after that, completed."""
    if " " in line:
        return _complete_value(line, values)
    names = [verb for verb in matching(line) if verb.name != line or verb.argument]
    if not names or not line:
        return None
    first = next((verb for verb in names if verb.name == line), names[0])
    return first.name + (" " if first.argument else "")


def _complete_value(line: str, values: Mapping[str, Sequence[str]]) -> str | None:
    head, _, last = line.rpartition(" ")
    fitting = (value for value in _after(line, values) if value != last)
    first = next(fitting, None)
    return f"{head} {first}" if first is not None else None


def _after(line: str, values: Mapping[str, Sequence[str]]) -> list[str]:
    """What the last word of ``line`` may become."""
    verb, last = _verb_of(line), line.rpartition(" ")[2]
    known = () if verb is None else verb.values or values.get(verb.name, ())
    return [value for value in known if value.startswith(last)]


def _verb_of(line: str) -> Verb | None:
    """The verb that stands in ``line``, whatever follows it."""
    try:
        return verb_named(line.split(maxsplit=1)[0])
    except UsageError:
        return None


def _values_row(line: str, values: Mapping[str, Sequence[str]], width: int) -> Row:
    verb = _verb_of(line)
    if verb is None:
        return row((" no verb of that name", "dim"))
    name = (f" {verb.name} {verb.argument}  ", "strong")
    told = "  ".join(_after(line, values))
    return row(name, (cut(told, width - len(name[0])), "dim"))


def _verb_row(verb: Verb, width: int) -> Row:
    """Name and argument, what it does, its key or else the same on the command line."""
    name = f" {verb.name} {verb.argument}".rstrip()
    twin = " · ".join(filter(None, (verb.key and f"key {verb.key}", verb.twin)))
    left = width - _NAME - _KEY - 2
    return row(
        (f"{name:<{_NAME}}"[:_NAME], "strong"),
        f" {cut(verb.help, left):<{left}} ",
        (cut(twin, _KEY), "dim"),
    )

"""Two attempts held against each other, what matters most first."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import TYPE_CHECKING, Literal, TypeAlias

from buildscope.model.base import Record
from buildscope.model.names import PHASES, Phase
from buildscope.model.settings import changed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from buildscope.model.run import Attempt

Kind: TypeAlias = Literal["head", "same", "removed", "added", "note"]
Lines: TypeAlias = "Callable[[Attempt, Phase], Iterable[str]]"
"""The output of a phase of an attempt, a line at a time."""

MOST_LINES = 20_000
_VARYING = re.compile(
    r"0x[0-9a-f]{6,}"
    r"|(?:/[^\s/'\":]+)*/w/[a-z0-9]+/(?:\d+|views/[^\s/'\"]+)"
    r"|(?:/[^\s/'\":]+)*/attempts/\d+"
    r"|/tmp/[^\s'\":/]+"
    r"|\b\d+(?:\.\d+)?\s?(?:ms|s|seconds?)\b"
)
"""What differs between any two runs: addresses, directories of attempts, times."""


class Line(Record, frozen=True):
    """One line of a comparison."""

    kind: Kind
    text: str


def compare(a: Attempt, b: Attempt, lines: Lines) -> tuple[Line, ...]:
    """How ``b`` differs from ``a``: outcome, settings, packages, hooks, output."""
    parts = (_outcome, _settings, _interpreter, _packages, _requirements, _metadata, _exceptions)
    found = [line for part in parts for line in part(a, b)]
    found += _output(a, b, lines)
    return tuple(found) if found else (Line("note", "nothing differs"),)


def _section(head: str, rows: Iterable[Line]) -> Iterator[Line]:
    listed = list(rows)
    if listed:
        yield Line("head", head)
        yield from listed


def _pair(name: str, before: object, after: object) -> Iterator[Line]:
    if before != after:
        yield Line("removed", f"- {name}{_text(before)}")
        yield Line("added", f"+ {name}{_text(after)}")


def _text(value: object) -> str:
    if value in (None, (), {}, [], ""):
        return "(none)"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return str(value)


def _outcome(a: Attempt, b: Attempt) -> Iterator[Line]:
    yield from _section("Outcome", _pair("", _ended(a), _ended(b)))


def _ended(attempt: Attempt) -> str:
    where = f" in {attempt.failed_phase}" if attempt.failed_phase else ""
    cause = f": {attempt.causes[0].summary}" if attempt.causes else ""
    return f"#{attempt.id} {attempt.outcome}{where}{cause}"


def _settings(a: Attempt, b: Attempt) -> Iterator[Line]:
    names = changed(a.settings, b.settings)
    rows = (
        line
        for name in names
        for line in _pair(f"{name} ", getattr(a.settings, name), getattr(b.settings, name))
    )
    yield from _section("Settings", rows)
    if a.dirty != b.dirty:
        yield Line("note", f"#{a.id if a.dirty else b.id} is dirty: it went on in a used tree")


def _interpreter(a: Attempt, b: Attempt) -> Iterator[Line]:
    one, other = a.interpreter, b.interpreter
    if one is not None and other is not None:
        yield from _section(
            "Interpreter",
            _pair("", f"{one.version} {one.path}", f"{other.version} {other.path}"),
        )


def _packages(a: Attempt, b: Attempt) -> Iterator[Line]:
    before = {one.name: one.version for one in a.installed}
    after = {one.name: one.version for one in b.installed}
    declared = " ".join((a.backend.requires if a.backend else ()) + a.settings.extra)

    def rank(name: str) -> tuple[bool, str]:
        return (name not in declared, name)

    rows = (
        line
        for name in sorted(before.keys() | after.keys(), key=rank)
        for line in _pair(f"{name} ", before.get(name), after.get(name))
    )
    yield from _section("Packages in the environment", rows)


def _requirements(a: Attempt, b: Attempt) -> Iterator[Line]:
    one, other = a.phase("get_requires").requires, b.phase("get_requires").requires
    yield from _section("Dynamic requirements", _pair("", one, other))


def _metadata(a: Attempt, b: Attempt) -> Iterator[Line]:
    before, after = _fields(a), _fields(b)
    if before and after:
        rows = (
            line
            for name in dict.fromkeys([*before, *after])
            for line in _pair(f"{name}: ", before.get(name), after.get(name))
        )
        yield from _section("Metadata", rows)


def _fields(attempt: Attempt) -> dict[str, tuple[str, ...]]:
    fields: dict[str, tuple[str, ...]] = {}
    for run in attempt.phases:
        if run.metadata is not None:
            fields = {}
            for name, value in run.metadata.fields:
                fields[name] = (*fields.get(name, ()), value.partition("\n")[0])
    return fields


def _exceptions(a: Attempt, b: Attempt) -> Iterator[Line]:
    rows = (
        line for name in PHASES for line in _pair(f"{name} ", _raised(a, name), _raised(b, name))
    )
    yield from _section("Exceptions", rows)


def _raised(attempt: Attempt, name: Phase) -> str | None:
    found = attempt.phase(name).exception
    return f"{found.type}: {found.message}" if found is not None else None


def _output(a: Attempt, b: Attempt, lines: Lines) -> Iterator[Line]:
    for name in PHASES:
        one, other = a.phase(name), b.phase(name)
        if one.index is None or other.index is None or one.index == other.index:
            continue
        yield from _section(f"Output of {name}", _first_difference(lines(a, name), lines(b, name)))


def _first_difference(before: Iterable[str], after: Iterable[str]) -> Iterator[Line]:
    for number, (one, other) in enumerate(zip_longest(before, after), 1):
        if number > MOST_LINES:
            yield Line("note", f"the first {MOST_LINES} lines are the same; no more were read")
            return
        if _normal(one) != _normal(other):
            yield Line("note", f"the same up to line {number}, then:")
            yield Line("removed", f"- {one if one is not None else '(ends here)'}")
            yield Line("added", f"+ {other if other is not None else '(ends here)'}")
            return


def _normal(line: str | None) -> str | None:
    return None if line is None else _VARYING.sub("…", line).rstrip()

"""The Did tab: what a hook did, on a time line; commands unfold.

Thousands of commands come while one looks, so a row is made once and kept as long as its deed
and its fold are the same; only running ones are made anew as time goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from buildscope.model.did import Command, Opened, Sought
from buildscope.reports import did
from buildscope.tui.view.did_details import command_details
from buildscope.tui.view.rows import Row, row, spread
from buildscope.tui.view.units import duration, plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from buildscope.model.did import Deed, More
    from buildscope.model.run import Attempt, PhaseRun
    from buildscope.tui.view.rows import Piece

PREFIX = "did:"
_FEW = 3
_LONGEST_PLACE = 36
_HOOKS = "get_requires, prepare_metadata and build_wheel call one"


@dataclass(frozen=True, slots=True)
class DidRows:
    """The rows, of ``widest`` cells at most, and for each the command that it belongs to."""

    rows: tuple[Row, ...] = ()
    commands: tuple[Command | None, ...] = ()
    widest: int = 0

    def beneath(self, above: tuple[Row, ...]) -> DidRows:
        """The same with other rows above them."""
        if not above:
            return self
        widest = max(self.widest, *(one.width for one in above))
        nobody = [None] * (len(above) + 1)
        return DidRows((*above, row(), *self.rows), (*nobody, *self.commands), widest)

    def command_at(self, number: int) -> Command | None:
        """The command that row ``number`` tells of."""
        return self.commands[number] if number < len(self.commands) else None


@dataclass(frozen=True, slots=True)
class Shown:
    """What is to be shown: ``now`` is seconds since the hook began, while it runs."""

    attempt: Attempt | None = None
    run: PhaseRun | None = None
    deeds: tuple[Deed, ...] = ()
    more: tuple[More, ...] = ()
    version: int = 0
    now: float | None = None


class TimeLine:
    """Makes the rows of a hook; those that it made before are used again."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[Deed, bool, tuple[Row, ...]]] = {}
        self._width = 0
        self._run: PhaseRun | None = None
        self._place: object = None
        self._key: object = None
        self._rows = DidRows()

    def rows(self, shown: Shown, opened: frozenset[str], width: int) -> DidRows:
        """The whole tab in ``width`` cells; ``opened`` are the folds that are open."""
        second = int(shown.now) if shown.now is not None else None
        place = (shown.run.reports if shown.run is not None else None, width)
        key = (place, shown.version, opened, second)
        if shown.run is not self._run or key != self._key:
            if place != self._place:
                self._made.clear()
            self._run, self._place, self._key, self._width = shown.run, place, key, width
            self._rows = self._make(shown, opened)
        return self._rows

    def _make(self, shown: Shown, opened: frozenset[str]) -> DidRows:
        why = _why_nothing(shown)
        if why:
            rows = (_observed(), row(), *(row((text, "dim")) for text in why))
            return DidRows(rows, widest=max(one.width for one in rows))
        rows_of: list[Row] = [_observed(), _summary(shown.deeds), row()]
        commands: list[Command | None] = [None for _ in rows_of]
        widest = max(self._width, *(one.width for one in rows_of))
        for deed_rows, command in self._deeds(shown, opened):
            rows_of += deed_rows
            commands += [command] * len(deed_rows)
            if len(deed_rows) > 1:  # a single one is as wide as the pane
                widest = max(widest, *(one.width for one in deed_rows))
        more = [row((did.more_told(one), "warned")) for one in shown.more]
        return DidRows((*rows_of, *more), (*commands, *[None] * len(more)), widest)

    def _deeds(
        self, shown: Shown, opened: frozenset[str]
    ) -> Iterator[tuple[tuple[Row, ...], Command | None]]:
        groups = _groups(shown.deeds)
        for number, deed in enumerate(shown.deeds):
            if isinstance(deed, Command):
                yield self._command(number, deed, f"{PREFIX}{deed.start.id}" in opened, shown), deed
                continue
            group = groups.get(_kind(deed), [])
            if len(group) <= _FEW:
                yield (_single(deed, self._width),), None
            elif group[0] is deed:
                yield tuple(_group(_kind(deed), group, opened, self._width)), None

    def _command(
        self, number: int, command: Command, opened: bool, shown: Shown
    ) -> tuple[Row, ...]:
        kept = self._made.get(number)
        if kept is not None and kept[0] is command and kept[1] == opened and command.end:
            return kept[2]
        head = _head(command, opened, shown.now, self._width)
        details = command_details(command, self._width) if opened else ()
        made = (head, *details)
        self._made[number] = (command, opened, made)
        return made


def _observed() -> Row:
    return row((did.OBSERVED, "dim"))


def _why_nothing(shown: Shown) -> tuple[str, ...]:  # noqa: PLR0911 - one each
    """Why there is no time line, in lines; nothing where there is one."""
    attempt, run = shown.attempt, shown.run
    if attempt is None or run is None:
        return ("Nothing has run yet.",)
    if shown.deeds or shown.more:
        return ()
    if run.status in {"pending", "skipped"}:
        said = "has not run" if run.status == "pending" else "was skipped"
        return (f"{run.name} {said}.",)
    if run.call is None and run.reports is None:
        return (f"{run.name} called no hook: {_HOOKS}.",)
    if not attempt.settings.inspect:
        return ("The inspector is off (--no-inspect), so nothing of the hook was observed.",)
    if run.status == "running":
        return (f"{run.name} has done nothing yet that is observed.", _WHAT)
    return (f"The hook of {run.name} did nothing that is observed.", _WHAT)


_WHAT = "Told are commands, connections, files elsewhere, modules not found."


def _summary(deeds: Sequence[Deed]) -> Row:
    commands = [deed for deed in deeds if isinstance(deed, Command)]
    failed = sum(command.failed for command in commands)
    others = len(deeds) - len(commands)
    return row(
        (plural(len(commands), "command"), "strong"),
        (f", {failed} failed", "failed strong") if failed else "",
        (f" · {plural(others, 'other deed')}" if others else "", "dim"),
        ("   enter unfolds · y copies it for a shell · ctrl+r runs it again", "dim")
        if commands
        else "",
    )


def _kind(deed: Deed) -> str:
    """Deeds of one kind are folded when there are many; those that matter most never are."""
    if isinstance(deed, Sought):
        return "" if did.is_ours(deed) else "sought"
    if isinstance(deed, Opened):
        return "wrote" if deed.writing else "read"
    return ""


def _groups(deeds: Iterable[Deed]) -> dict[str, list[Deed]]:
    found: dict[str, list[Deed]] = {}
    for deed in deeds:
        kind = "" if isinstance(deed, Command) else _kind(deed)
        if kind:
            found.setdefault(kind, []).append(deed)
    return found


_GROUPS = {
    "sought": ("module", "not found by the backend or the standard library"),
    "read": ("file", "read outside of tree and environment"),
    "wrote": ("file", "written outside of tree and environment"),
}


def _group(kind: str, members: Sequence[Deed], opened: frozenset[str], width: int) -> Iterator[Row]:
    name = f"{PREFIX}{kind}"
    noun, told = _GROUPS[kind]
    mark = "▾" if name in opened else "▸"
    said = f"{mark} {plural(len(members), noun)} {told}"
    if name not in opened:
        said += f": {', '.join(_name(deed) for deed in members[:20])}"
    style = "warned" if kind == "wrote" else "dim"
    pieces: list[Piece] = [(_at(members[0]), "dim"), (said, style)]
    yield row(*spread(pieces, (), width), key=f"fold:{name}")
    if name in opened:
        yield from (_single(deed, width, indent="  ") for deed in members)


def _name(deed: Deed) -> str:
    if isinstance(deed, Sought):
        return deed.name
    return deed.path if isinstance(deed, Opened) else ""


def _single(deed: Deed, width: int, indent: str = "") -> Row:
    call = did.origin(deed)
    wrote = isinstance(deed, Opened) and deed.writing
    missed = isinstance(deed, Sought) and did.is_ours(deed)
    style = "warned" if wrote or missed else ""
    left: list[Piece] = [(f"{_at(deed)}{indent}  ", "dim"), (did.told(deed), style)]
    where = (call.file, call.line) if call is not None else None
    key = f"place:{call.file}:{call.line}" if call is not None else None
    return row(*spread(left, _from(deed), width), key=key, where=where)


def _head(command: Command, opened: bool, now: float | None, width: int) -> Row:
    call = did.origin(command)
    mark, style = _mark(command, now)
    fold = "▾" if opened else " "
    left: list[Piece] = [
        (_at(command), "dim"),
        (mark, style),
        (fold, "dim"),
        ("$ ", "dim"),
        (did.short_command(command.start.argv), "strong" if command.failed else ""),
    ]
    right = [*_ended(command, now, style), *_from(command)]
    return row(
        *spread(left, right, width),
        key=f"fold:{PREFIX}{command.start.id}",
        where=(call.file, call.line) if call is not None else None,
    )


def _at(deed: Deed) -> str:
    return f"{deed.at:7.2f} "


def _mark(command: Command, now: float | None) -> Piece:
    if command.end is None:
        return ("▸", "running") if now is not None else ("·", "dim")
    return ("✗", "failed") if command.failed else (" ", "")


def _ended(command: Command, now: float | None, style: str) -> Iterator[Piece]:
    running = command.end is None and now is not None
    said = did.ended(command, running=running)
    yield (f" {said}" if said != "exit 0" else "", style or "dim")
    seconds = command.end.seconds if command.end is not None else None
    if running and now is not None:
        seconds = max(0.0, int(now) - command.at)
    if seconds is not None:
        yield (f" {duration(seconds):>6}", "dim")


def _from(deed: Deed) -> tuple[Piece, ...]:
    call = did.origin(deed)
    if call is None:
        return ()
    place = did.place(call)
    shown = place if len(place) <= _LONGEST_PLACE else f"…{place[1 - _LONGEST_PLACE :]}"
    return ((f"  {shown}", "name" if call.owner == "project" else "dim"),)

"""What stands around the retry line while it is being typed."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from buildscope.errors import UsageError
from buildscope.model.names import PHASES, phase_index
from buildscope.session.commands import retry_command
from buildscope.session.start import retry_start
from buildscope.session.words import parse_request, words
from buildscope.tui.view.rows import Row, cut, row
from buildscope.tui.view.units import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from buildscope.model.names import Phase
    from buildscope.model.run import Attempt, SessionRecord
    from buildscope.model.settings import Request

_WORDS = (
    *("isolation off", "isolation on", "python ", "installer pip", "installer uv", "skip "),
    *("from ", "here", "edit ", "exclude-newer ", "timeout ", "until ", "build metadata"),
)
_PHASE_WORDS = frozenset({"skip", "from", "until", "run"})
_VARIABLE = re.compile(r"[A-Za-z_]\w*=(?!=)")
_TAKE_A_VALUE = {
    **{word: word for word in ("isolation", "python", "timeout", "installer", "build", "until")},
    "exclude-newer": "nothing newer than",
    "-C": "config setting",
    "skip": "skips",
    "run": "runs",
    "edit": "with your edit of",
}


_NONE: Mapping[str, Sequence[str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Preview:
    """What a line would do: ``request`` where it can be carried out."""

    request: Request | None
    above: Row
    below: Row


def preview(
    record: SessionRecord, parent: Attempt, line: str, width: int, drafts: Mapping[str, str]
) -> Preview:
    """The row above the line and the one beneath it, for what was typed so far."""
    number = record.last.id + 1 if record.last else 1
    head = (f"Retry #{parent.id} → #{number}", "strong")
    try:
        request = parse_request(line, parent.settings, drafts)
        told = _touches(parent, request)
    except UsageError as error:
        left = width - len(head[0]) - 4
        above = row(" ", head, "  ", (cut(error.message, left), "failed"))
        return Preview(None, above, row((cut(f" {error.hint or ''}", width), "dim")))
    above = row(" ", head, "  ", (cut(told, width - len(head[0]) - 4), "dim"))
    twin = retry_command(record.id, parent, request)
    return Preview(request, above, row((cut(f" = {twin}", width), "dim")))


def _touches(parent: Attempt, request: Request) -> str:
    first = retry_start(parent, request)
    carried = carried_over(parent, first)
    why = _in_words(words(parent.settings, request.settings)) or "changes nothing"
    tree = " · here, in the tree as it was left: dirty" if request.here else ""
    return f"from {first} · {plural(carried, 'phase')} carried over{tree} · {why}"


def _in_words(line: str) -> str:
    """What the words of a line do: ``adds torch, packaging · isolation off``."""
    told: dict[str, list[str]] = {}
    rest = iter(shlex.split(line))
    for word in rest:
        verb, what = _told(word, rest)
        told.setdefault(verb, []).append(what)
    return " · ".join(f"{verb} {', '.join(whats)}" for verb, whats in told.items())


def _told(word: str, rest: Iterator[str]) -> tuple[str, str]:
    if word.startswith("+"):
        return "adds", word[1:]
    if word in _TAKE_A_VALUE:
        return _TAKE_A_VALUE[word], next(rest, "")
    if word.startswith("-"):
        return "takes away", word[1:]
    return ("sets" if _VARIABLE.match(word) else "constrains"), word


def carried_over(parent: Attempt, first: Phase) -> int:
    """How many phases before ``first`` need not run again."""
    before = parent.phases[: phase_index(first)]
    return sum(run.status in {"passed", "carried", "skipped"} for run in before)


def completed(
    line: str,
    labels: Sequence[str],
    names: Sequence[str] = (),
    values: Mapping[str, Sequence[str]] = _NONE,
) -> str | None:
    """``line`` with its last word completed to a remedy, a keyword, a phase or a name.

    ``names`` are distributions that may be meant after ``+`` or before a version; ``values``
    what may stand after a word such as ``python`` or ``edit``.
    """
    head, space, last = line.rpartition(" ")
    before = (head.split() or [""])[-1]
    candidates: tuple[str, ...] = (*labels, *_WORDS, *(f"+{name}" for name in names), *names)
    if before in _PHASE_WORDS:
        candidates = PHASES
    elif before in values:
        candidates = tuple(values[before])
    for candidate in candidates:
        if last and candidate.startswith(last) and candidate != last:
            return f"{head}{space}{candidate}"
    unused = (label for label in labels if label not in line)
    return None if last else next((line + label for label in unused), None)

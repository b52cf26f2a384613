"""What stands around the retry line while it is being typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from buildscope.errors import UsageError
from buildscope.model.names import PHASES, phase_index
from buildscope.model.settings import changed
from buildscope.session.session import retry_start
from buildscope.session.words import command_line, parse_words
from buildscope.tui.view.rows import Row, cut, row
from buildscope.tui.view.units import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from buildscope.model.names import Phase
    from buildscope.model.run import Attempt, SessionRecord
    from buildscope.model.settings import Settings

_WORDS = ("isolation off", "isolation on", "python ", "installer pip", "installer uv", "skip ")


@dataclass(frozen=True, slots=True)
class Preview:
    """What a line would do: ``settings`` when it can be read, else ``error`` and ``hint``."""

    settings: Settings | None
    above: Row
    below: Row


def preview(record: SessionRecord, parent: Attempt, line: str, width: int) -> Preview:
    """The row above the line and the one beneath it, for what was typed so far."""
    number = record.last.id + 1 if record.last else 1
    head = (f"Retry #{parent.id} → #{number}", "strong")
    try:
        settings = parse_words(line, parent.settings)
    except UsageError as error:
        left = width - len(head[0]) - 4
        above = row(" ", head, "  ", (cut(error.message, left), "failed"))
        return Preview(None, above, row((cut(f" {error.hint or ''}", width), "dim")))
    told = _touches(parent, settings)
    above = row(" ", head, "  ", (cut(told, width - len(head[0]) - 4), "dim"))
    twin = command_line(record.target, settings)
    return Preview(settings, above, row((cut(f" = {twin}", width), "dim")))


def _touches(parent: Attempt, settings: Settings) -> str:
    first = retry_start(parent, settings)
    carried = carried_over(parent, first)
    names = ", ".join(name.replace("_", " ") for name in changed(parent.settings, settings))
    why = f"changes {names}" if names else "changes nothing"
    return f"from {first} · {plural(carried, 'phase')} carried over · {why}"


def carried_over(parent: Attempt, first: Phase) -> int:
    """How many phases before ``first`` need not run again."""
    before = parent.phases[: phase_index(first)]
    return sum(run.status in {"passed", "carried", "skipped"} for run in before)


def completed(line: str, labels: Sequence[str]) -> str | None:
    """``line`` with its last word completed to a remedy, a keyword or a phase."""
    head, space, last = line.rpartition(" ")
    candidates = (*labels, *_WORDS)
    if head.split()[-1:] == ["skip"]:
        candidates = PHASES
    for candidate in candidates:
        if last and candidate.startswith(last) and candidate != last:
            return f"{head}{space}{candidate}"
    unused = (label for label in labels if label not in line)
    return None if last else next((line + label for label in unused), None)

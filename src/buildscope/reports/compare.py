"""Two attempts held against each other, what matters most first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from buildscope.model.base import Record
from buildscope.model.settings import changed
from buildscope.reports.compare_output import output_sections
from buildscope.reports.compare_parts import PARTS, Difference, Section, different, plain
from buildscope.reports.failures import phases_further, same_failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.model.run import Attempt
    from buildscope.reports.compare_output import Lines


class Comparison(Record, frozen=True):
    """How attempt ``b`` differs from ``a``; ``labels`` are theirs. What matters most is first."""

    a: int
    b: int
    labels: tuple[str, str]
    sections: tuple[Section, ...]


def compare(a: Attempt, b: Attempt, lines: Lines, words: str = "") -> Comparison:
    """How ``b`` differs from ``a``; ``lines`` gives the output of a phase, ``words`` the change.

    Of each output no more than ``MOST_LINES`` lines are read.
    """
    sections = [_outcome(a, b), _settings(a, b, words)]
    sections += [Section(head, tuple(part(a, b))) for head, part in PARTS]
    sections += [
        Section(head, tuple(Difference(*one) for one in differing), notes)
        for head, differing, notes in output_sections(a, b, lines)
    ]
    kept = tuple(one for one in sections if one.differences or one.notes)
    return Comparison(a.id, b.id, (a.label, b.label), kept)


def comparison_lines(comparison: Comparison) -> list[str]:
    """The comparison as plain lines: ``-`` is the first attempt, ``+`` the second."""
    told = [
        f"- #{comparison.a} {comparison.labels[0]}",
        f"+ #{comparison.b} {comparison.labels[1]}",
    ]
    for section in comparison.sections:
        told += ["", section.head, *(f"  {note}" for note in section.notes)]
        for one in section.differences:
            for mark, value in (("-", one.before), ("+", one.after)):
                named = f"{one.name} {value or '(none)'}".strip()
                told.append(f"  {mark} {named}")
    return told


# Outcome and settings


def _outcome(a: Attempt, b: Attempt) -> Section:
    notes: list[str] = []
    steps = phases_further(a, b)
    if same_failure(a, b):
        notes.append(f"both failed in {b.failed_phase}, in the same way")
    elif steps is not None:
        notes.append(_further(a, b, steps))
    elif a.outcome == b.outcome:
        notes.append(f"both: {b.outcome}")
    if a.dirty != b.dirty:
        notes.append(f"#{a.id if a.dirty else b.id} is dirty: it went on in a tree that was used")
    return Section("Outcome", tuple(different("", _ended(a), _ended(b))), tuple(notes))


def _further(a: Attempt, b: Attempt, steps: int) -> str:
    if steps == 0:
        return f"both failed in {b.failed_phase}, and not in the same way"
    phases = "1 phase" if abs(steps) == 1 else f"{abs(steps)} phases"
    return f"#{b.id} came {phases} {'further' if steps > 0 else 'less far'} than #{a.id}"


def _ended(attempt: Attempt) -> str:
    where = f" in {attempt.failed_phase}" if attempt.failed_phase else ""
    count = len(attempt.warnings)
    warned = f", {count} {'warning' if count == 1 else 'warnings'}" if count else ""
    cause = f": {attempt.causes[0].summary}" if attempt.causes else ""
    return f"{attempt.outcome}{where}{warned}{cause}"


def _settings(a: Attempt, b: Attempt, words: str) -> Section:
    differing = (
        one
        for name in changed(a.settings, b.settings)
        for one in _setting(name, getattr(a.settings, name), getattr(b.settings, name))
    )
    told = (words,) if words and words != b.label else ()
    return Section("Settings", tuple(differing), told)


def _setting(name: str, before: Any, after: Any) -> Iterator[Difference]:
    """One field; of lists and tables, what one side has and the other has not."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys([*before, *after]):
            old, new = before.get(key), after.get(key)
            if name == "edits" and old != new:
                yield Difference(f"edit {key}", _edited(old), _edited(new))
            else:
                yield from different(f"{name} {key}", plain(old), plain(new))
    elif isinstance(before, tuple) and isinstance(after, tuple):
        gone = ", ".join(value for value in before if value not in after)
        come = ", ".join(value for value in after if value not in before)
        # The same values in another order differ too.
        pair = (gone, come) if gone or come else (", ".join(before), ", ".join(after))
        yield from different(name, pair[0] or None, pair[1] or None)
    else:
        yield from different(name, plain(before), plain(after))


def _edited(file: str | None) -> str | None:
    return f"as in {file}" if file is not None else "as in the source"

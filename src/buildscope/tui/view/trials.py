"""The Fix tab: the recipe in the words of tools, what was wrong, and what was tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildscope.reports.sanitize import one_line, plain_line
from buildscope.tui.view.cure import counted, proof, tried_words
from buildscope.tui.view.rows import Row, row, spread, wrap
from buildscope.tui.view.state import running_phase
from buildscope.tui.view.units import clock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from buildscope.model.recipe import Judgement, Recipe, Search, Trial
    from buildscope.model.run import SessionRecord
    from buildscope.recipes import RecipeText
    from buildscope.tui.view.rows import Piece

_OPEN = frozenset({"pip", "uv", "system"})
"""Recipe texts that are unfolded unless somebody folds them."""
_WITHOUT_CHANGES = frozenset({"system", "markdown"})
_INDENT = 7
_MOST_LINES = 3
_FRONTENDS = {(False, True): "cured", (True, True): "fine all along", (False, False): "not cured"}
_MARKS: Mapping[Judgement, Piece] = {
    "works": ("✓", "passed"),
    "new error": ("✗", "warned"),
    "same error": ("✗", "dim"),
    "not possible": ("-", "dim"),
    "stopped": ("x", "dim"),
}
_TOLD: Mapping[Judgement, str] = {"works": "passed", "new error": "warned"}


def fix_rows(
    record: SessionRecord,
    texts: Sequence[RecipeText] | None,
    opened: frozenset[str],
    *,
    width: int,
    now: float,
    command: str,
) -> tuple[Row, ...]:
    """All of the tab, ``width`` cells wide; ``texts`` is ``None`` while they are worked out.

    ``command`` does the same from a shell.
    """
    search = record.search
    if search is None:
        return (row(("Nothing was searched for: f searches for a cure.", "dim")),)
    rows: list[Row] = []
    if search.recipe is not None:
        rows += _recipe(record, search.recipe, texts, opened, width)
    if search.ended is not None:
        rows += _faults(search, width)
        rows += _frontends(search, width)
    return (*rows, *_trials(record, search, command, now=now, width=width))


def _recipe(
    record: SessionRecord,
    recipe: Recipe,
    texts: Sequence[RecipeText] | None,
    opened: frozenset[str],
    width: int,
) -> Iterator[Row]:
    word = ("PROVEN  ", "passed strong") if recipe.proven else ("Not proven  ", "warned strong")
    needed = ", ".join(f"the {need.kind} {need.name}" for need in recipe.system)
    said = "  ".join(filter(None, (recipe.summary, needed)))
    first, *more = wrap(plain_line(said), width - len(word[0]), _MOST_LINES)
    yield row(word, (first, "strong"), copy=said)
    yield from (row(" " * len(word[0]), (line, "strong"), copy=said) for line in more)
    seconds = [one.seconds for one in record.attempts if one.id == recipe.attempt]
    if recipe.proven:
        yield row((proof(recipe, seconds[0] if seconds else None), "dim"))
    for note in recipe.notes:
        yield from (row((line, "warned")) for line in wrap(plain_line(note), width, _MOST_LINES))
    yield row()
    if texts is None:
        yield row(("putting it into the words of pip, uv and others …", "dim"))
    for text in useful(recipe, texts or ()):
        yield from _text(text, unfolded=(text.name in _OPEN) != (f"recipe-{text.name}" in opened))
    yield row()


def useful(recipe: Recipe, texts: Sequence[RecipeText]) -> Sequence[RecipeText]:
    """The texts that say more than how to build as before: without a change, no frontend's."""
    if recipe.proven or recipe.summary:
        return texts
    return [text for text in texts if text.name in _WITHOUT_CHANGES]


def _text(text: RecipeText, *, unfolded: bool) -> Iterator[Row]:
    note = f" · {text.note}" if text.note else ""
    yield row(
        ("▾ " if unfolded else "▸ ", "accent"),
        (text.title, "strong"),
        (f"  {text.file}{note}", "dim"),
        key=f"fold:recipe-{text.name}",
        copy=text.text,
    )
    for line in text.text.splitlines() if unfolded else ():
        yield row("    ", line.expandtabs(), copy=text.text)


def _faults(search: Search, width: int) -> Iterator[Row]:
    if not search.faults:
        return
    yield row(("What was wrong" if search.ended == "proven" else "What is wrong", "strong"))
    for fault in search.faults:
        for line in wrap(plain_line(fault.summary), width - 2, _MOST_LINES):
            yield row("  ", line, copy=fault.summary)
    yield row()


def _frontends(search: Search, width: int) -> Iterator[Row]:
    """What real frontends did with the recipe, where they were run."""
    if not search.cured:
        return
    yield row(("With real frontends", "strong"))
    for one in search.cured:
        said = _FRONTENDS.get((bool(one.before), bool(one.after)), "worse with it")
        note = f": {plain_line(one.note)}" if one.note else ""
        for line in wrap(f"{one.frontend} {one.version}: {said}{note}", width - 2, _MOST_LINES):
            yield row("  ", line)
    yield row()


def _trials(
    record: SessionRecord, search: Search, command: str, *, now: float, width: int
) -> Iterator[Row]:
    yield row(("What was tried", "strong"), (f"  {counted(search)}", "dim"), key="trials")
    yield row((f"= {command}", "dim"), copy=command)
    for trial in search.trials:
        yield from _trial(record, trial, now, width)


def _trial(record: SessionRecord, trial: Trial, now: float, width: int) -> Iterator[Row]:
    """Its attempt, what was tried and for how long; beneath it what came of that, or why."""
    key = f"attempt:{trial.attempt}" if trial.attempt is not None else None
    number = f"#{trial.attempt}" if trial.attempt is not None else ""
    said = tried_words(trial)
    mark, told, aside = _came_of(record, trial, now)
    copy = f"{number} {said}: {told[0]}".strip()
    first, *more = wrap(said, width - _INDENT - len(aside) - 2, _MOST_LINES)
    left = (mark, (f" {number:<4} ", ""), (first, "strong"))
    yield row(*spread(left, ((aside, "dim"),), width), key=key, copy=copy)
    yield from (row(" " * _INDENT, (line, "strong"), key=key, copy=copy) for line in more)
    for line in wrap(told[0], width - _INDENT, _MOST_LINES):
        yield row(" " * _INDENT, (line, told[1]), key=key, copy=copy)


def _came_of(record: SessionRecord, trial: Trial, now: float) -> tuple[Piece, Piece, str]:
    """Mark, sentence and seconds of a trial."""
    if trial.judgement is None:
        taken = clock(max(0.0, now - (trial.started or now)))
        phases = [running_phase(one) for one in record.attempts if one.id == trial.attempt]
        names = [run.name for run in phases if run is not None]
        aside = "  ".join([*names, taken])
        return ("▸", "running"), (f"{trial.strategy}: {one_line(trial.why)}", "dim"), aside
    told = one_line(trial.told) or trial.judgement
    if trial.told and trial.strategy != "minimise":  # that tells whether the change is needed
        told = f"{trial.judgement}: {told}"
    style = _TOLD.get(trial.judgement, "dim")
    return _MARKS[trial.judgement], (told, style), clock(trial.seconds or 0.0)

"""What a search came to, as lines for a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from buildscope.recipes.pip import pip_steps
from buildscope.recipes.plan import make_plan
from buildscope.recipes.system import system_lines
from buildscope.recipes.texts import pip_note
from buildscope.recipes.uv import uv_steps
from buildscope.reports.sanitize import plain_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from buildscope.model.recipe import Recipe, Search
    from buildscope.model.run import SessionRecord

_HEADS: Final = {
    "as published": "It builds as published.",
    "system": "Not to be cured by settings: the machine lacks something.",
    "none": "No cure was found.",
    "budget": "No proven cure within the budget.",
    "stopped": "The search was stopped.",
}


def search_lines(record: SessionRecord, search: Search) -> Iterator[str]:
    """The verdict first, then the recipe in words and for pip and uv, then what is left to say."""
    yield ""
    recipe = search.recipe
    if recipe is None or not recipe.proven:
        yield _HEADS.get(search.ended or "none", "No cure was found.")
    else:
        yield from _proven(record, recipe)
    yield from _faults(search)
    if recipe is not None:
        yield from _recipe(record, recipe)
    trials = sum(trial.attempt is not None for trial in search.trials)
    yield ""
    counted = "1 attempt" if trials == 1 else f"{trials} attempts"
    yield f"{counted} in {search.seconds or 0.0:.1f} s. Session: {record.directory}"


def _proven(record: SessionRecord, recipe: Recipe) -> Iterator[str]:
    attempt = record.attempt(recipe.attempt or 1)
    wheel = Path(attempt.artifact).name if attempt.artifact else "it"
    yield f"PROVEN: {wheel} builds with  {plain_line(recipe.summary)}"
    yield f"  attempt #{attempt.id}, from zero, in {attempt.seconds or 0.0:.1f} s"
    if recipe.dropped:
        yield f"  not needed: {plain_line('  '.join(recipe.dropped))}"
    yield from (f"  note: {plain_line(note)}" for note in recipe.notes)


def _faults(search: Search) -> Iterator[str]:
    if not search.faults:
        return
    yield ""
    yield "What was wrong:" if search.ended == "proven" else "What is wrong:"
    for fault in search.faults:
        yield f"  {plain_line(fault.summary)}"
        if search.ended != "proven" and fault is search.faults[-1]:
            yield from (f"    - {plain_line(remedy.summary)}" for remedy in fault.remedies)


def _recipe(record: SessionRecord, recipe: Recipe) -> Iterator[str]:
    plan = make_plan(record, recipe)
    if recipe.system:
        yield from _section("The machine needs", system_lines(recipe))
    if not recipe.proven and not recipe.summary:
        return
    note = pip_note(plan)
    yield from _section(f"With pip ({note})", pip_steps(plan))
    yield from _section("With uv", uv_steps(plan))
    if recipe.patch:
        yield ""
        yield "The patch itself is in the commands above; look at it before you run them."
    number = Path(record.directory).name
    yield ""
    yield f"Also for build, pyproject.toml, Docker and upstream: buildscope export {number} --to recipe.md"


def _section(head: str, lines: Iterable[str]) -> Iterator[str]:
    yield ""
    yield f"{head}:"
    yield ""
    for step in lines:
        yield from (f"    {line}" for line in step.splitlines())

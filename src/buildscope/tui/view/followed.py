"""The search for a cure that the screen is about, and the attempt that stands for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from buildscope.model.recipe import Search
    from buildscope.model.run import Attempt, SessionRecord


def current_search(record: SessionRecord | None) -> Search | None:
    """The newest search, unless an attempt was begun since that is none of its trials."""
    search = record.search if record is not None else None
    if record is None or search is None:
        return None
    tried = {trial.attempt for trial in search.trials}
    since = (one for one in record.attempts if (one.started or 0.0) > search.started)
    return None if any(one.id not in tried for one in since) else search


def followed(record: SessionRecord | None) -> Attempt | None:
    """The attempt to show when nobody chose one: the newest, or what a search came to.

    That is the proof of a recipe, else how far a search came, else the attempt it began from.
    """
    if record is None:
        return None
    search = current_search(record)
    if search is None or search.ended in {None, "as published"}:
        return record.last
    recipe = search.recipe
    number = recipe.attempt if recipe is not None else None
    number = number if number is not None else begun_from(search)
    return next((one for one in record.attempts if one.id == number), record.last)


def begun_from(search: Search) -> int | None:
    """The attempt that a search began from; ``None`` where nothing was tried."""
    first = search.trials[0] if search.trials else None
    if first is None:
        return None
    return first.parent if first.parent is not None else first.attempt


def is_proven(record: SessionRecord | None, attempt: Attempt | None) -> bool:
    """Whether that attempt is the proof of the recipe that was found."""
    recipe = record.search.recipe if record is not None and record.search is not None else None
    return (
        recipe is not None
        and recipe.proven
        and attempt is not None
        and recipe.attempt == attempt.id
    )

"""What a search comes to: the recipe, the faults that were met, and the sentence of its end."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING, Final

import msgspec

from buildscope.model.recipe import Recipe
from buildscope.model.settings import Settings
from buildscope.repair.trials import serious
from buildscope.session.edits import patch_text
from buildscope.session.words import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from buildscope.model.failure import Cause, SystemNeed
    from buildscope.model.run import Attempt
    from buildscope.repair.candidates import Candidate

_MOST_FAULTS: Final = 3


def make_recipe(
    attempt: Attempt,
    settings: Settings,
    changes: Sequence[Candidate],
    *,
    proven: bool,
    tried: Settings | None = None,
) -> Recipe:
    """The recipe that ``attempt`` built with, or got furthest with; ``tried`` led to it.

    Raises ``UsageError`` when the source as it was obtained is gone.
    """
    return Recipe(
        proven=proven,
        python=settings.python,
        isolation=settings.isolation,
        extra=settings.extra,
        constraints=settings.constraints,
        env=settings.env,
        config_settings=settings.config_settings,
        exclude_newer=settings.exclude_newer,
        patch=patch_text(attempt) or None,
        find_links=settings.find_links,
        index_url=settings.index_url,
        extra_index_url=settings.extra_index_url,
        summary=words(_plain(settings), settings),
        notes=tuple(_notes(attempt, settings, changes)),
        dropped=tuple(_dropped(tried, settings)) if tried is not None else (),
        attempt=attempt.id,
    )


def with_needs(recipe: Recipe, needs: Sequence[SystemNeed]) -> Recipe:
    """The recipe, and what the machine needs in the words of its package manager."""
    manager = machine_manager()
    names = [getattr(need, manager) or need.name for need in needs]
    return msgspec.structs.replace(
        recipe, system=tuple(needs), system_packages=tuple(dict.fromkeys(names))
    )


def machine_manager(platform: str = sys.platform) -> str:
    """The package manager of this machine: ``apt``, ``dnf`` or ``brew``."""
    if platform == "darwin":
        return "brew"
    return "dnf" if shutil.which("dnf") and not shutil.which("apt-get") else "apt"


def faults(path: Iterable[Attempt]) -> tuple[Cause, ...]:
    """What was wrong, in the order in which it showed: the surest causes of each attempt."""
    found: list[Cause] = []
    for attempt in path:
        causes = attempt.causes
        first = causes[:1]
        sure = [c for c in causes[1:_MOST_FAULTS] if c.confidence == "certain"]
        found += [*first, *sure]
    return tuple(found)


def needs_of(attempt: Attempt) -> tuple[SystemNeed, ...]:
    """All that the machine lacks, as the causes of a failed attempt name it."""
    needs = [
        need
        for cause in attempt.causes
        if cause.confidence != "guess"
        for remedy in cause.remedies
        for need in remedy.system
    ]
    return tuple(dict.fromkeys(needs))


def _plain(settings: Settings) -> Settings:
    """Settings without what a recipe tells of: the same index, tools and output."""
    default = Settings()
    told = ("python", "isolation", "extra", "constraints", "env", "config_settings")
    fields = {name: getattr(default, name) for name in (*told, "exclude_newer", "edits")}
    return msgspec.structs.replace(settings, **fields)


def _notes(attempt: Attempt, settings: Settings, changes: Sequence[Candidate]) -> Iterable[str]:
    for change in changes:
        kept = change.files.keys() & settings.edits.keys() or _still(change, settings)
        if change.loses and kept:
            yield f"built without {change.loses}"
        if not change.sure and kept:
            names = ", ".join(sorted(change.files))
            yield f"the text of {names} is likely, not certain: look at the patch"
    yield from serious(attempt).values()
    if settings.exclude_newer and settings.find_links:
        yield "files found by find-links are not cut off by the date"


def _still(change: Candidate, settings: Settings) -> bool:
    return any(key in settings.env for key in change.delta.get("env", {}))


def _dropped(tried: Settings, settings: Settings) -> Iterable[str]:
    """Changes that were made on the way and are not in the recipe."""
    for name in ("extra", "constraints"):
        kept = getattr(settings, name)
        plus = "+" if name == "extra" else ""
        yield from (f"{plus}{one}" for one in getattr(tried, name) if one not in kept)
    yield from (f"{key}={value}" for key, value in tried.env.items() if key not in settings.env)
    yield from (f"edit {path}" for path in tried.edits if path not in settings.edits)
    if tried.python != settings.python and tried.python:
        yield f"python {tried.python}"
    if tried.exclude_newer != settings.exclude_newer and tried.exclude_newer:
        yield f"exclude-newer {tried.exclude_newer}"

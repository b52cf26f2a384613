"""Names of distributions that an attempt has told of, for completion as one types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from buildscope.model.failure import Remedy
    from buildscope.model.run import Attempt


def known_names(attempt: Attempt | None) -> tuple[str, ...]:
    """What its causes would add, what it declares, what is installed; each once, in that order."""
    return () if attempt is None else tuple(dict.fromkeys(_names(attempt)))


def _names(attempt: Attempt) -> Iterator[str]:
    for remedy in _remedies(attempt):
        yield from _of(remedy.settings.get("extra", ()))
        yield from _of(remedy.settings.get("constraints", ()))
    if attempt.backend is not None:
        yield from _of(attempt.backend.requires)
    yield from _of(attempt.settings.extra)
    for run in attempt.phases:
        yield from _of(run.requires)
    for run in attempt.phases:
        if run.metadata is not None:
            yield from _of(value for name, value in run.metadata.fields if name == "Requires-Dist")
    yield from (found.name for found in attempt.installed)


def _remedies(attempt: Attempt) -> Iterator[Remedy]:
    for cause in attempt.causes:
        yield from cause.remedies
    for warned in attempt.warnings:
        yield from warned.remedies


def _of(requirements: Iterable[str]) -> Iterator[str]:
    for text in requirements:
        try:
            yield Requirement(text).name
        except InvalidRequirement:
            continue

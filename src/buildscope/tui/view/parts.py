"""The parts that every verdict is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from buildscope.model.failure import Remedy
    from buildscope.model.run import Attempt
    from buildscope.tui.view.rows import Piece


@dataclass(frozen=True, slots=True)
class Offer:
    """A verb that the verdict offers: ``key`` is its id in the table of keys."""

    key: str
    label: str
    told: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """A mark and a sentence, what it rests on, what to do about it; ``further`` if rows are left."""

    mark: str
    style: str
    sentence: str
    aside: str = ""
    evidence: tuple[str | Piece, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    offers: tuple[Offer, ...] = ()
    further: tuple[str | Piece, ...] = ()


def joined(*parts: str | None) -> str:
    """The parts that hold anything, set apart by dots."""
    return " · ".join(part for part in parts if part)


def offered(attempt: Attempt) -> tuple[Remedy, ...]:
    """What may cure an attempt: of its first cause, else of all its warnings, each once."""
    if attempt.causes:
        return attempt.causes[0].remedies
    remedies = [remedy for warned in attempt.warnings for remedy in warned.remedies]
    return tuple({remedy.label or remedy.summary: remedy for remedy in remedies}.values())


def label_of(remedy: Remedy) -> str:
    """The words of the retry line that take a remedy; empty where only a person can."""
    if remedy.system:
        return ""
    return remedy.label or " ".join(f"edit {path}" for path in remedy.files)

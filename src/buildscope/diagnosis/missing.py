"""A module that could not be imported, as exceptions and output tell of it."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING

import msgspec
from packaging.version import Version

from buildscope.diagnosis import tree
from buildscope.diagnosis.facts import place
from buildscope.diagnosis.tables import removals
from buildscope.model.base import Record
from buildscope.model.failure import Evidence, Frame
from buildscope.model.names import Confidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.diagnosis.facts import FailedPhase

_MISSING = re.compile(r"No module named '?([\w.]+)'?(; '[\w.]+' is not a package)?")
_IN_OUTPUT = re.compile(
    r"(?:^|\s)(?:ModuleNotFoundError|ImportError): No module named '?([\w.]+)'?"
)
_PROGRAM = re.compile(r"(?:^|[/\\\s])python[\d.]*(?:\.exe)?: No module named '?([\w.]+?)'?$")
MOST = 10


class Missing(Record, frozen=True):
    """A module that was not found, where, and how sure that is the reason."""

    module: str
    evidence: Evidence
    confidence: Confidence
    frame: Frame | None = None

    @property
    def top(self) -> str:
        """The first part of its name."""
        return self.module.partition(".")[0]

    @property
    def where(self) -> str:
        """The importing line in words, as the subject of a sentence."""
        return place(self.frame) if self.frame is not None else "A program that the build ran"


def _seen(facts: FailedPhase) -> Iterator[Missing]:
    seen = set()
    for raised in facts.chain:
        found = _MISSING.match(raised.exception.message)
        if found is None or raised.exception.type not in {"ModuleNotFoundError", "ImportError"}:
            continue
        seen.add(found[1])
        frame = raised.origin
        yield Missing(
            module=found[1],
            evidence=facts.at_exception(raised, frame),
            confidence=raised.confidence,
            frame=frame,
        )
    for line in facts.output.suspects:
        found = _IN_OUTPUT.search(line.text)
        if found is not None and found[1] not in seen and len(seen) < MOST:
            seen.add(found[1])
            confidence = facts.output_confidence("likely")
            yield Missing(module=found[1], evidence=facts.at_line(line), confidence=confidence)


def all_missing(facts: FailedPhase) -> list[Missing]:
    """Every module that was not found, each once.

    Of several places in one distribution that code tried in turn, the newest alone.
    """
    kept: list[Missing] = []
    for one in _seen(facts):
        rival = next((other for other in kept if _is_fallback(one, other)), None)
        if rival is None:
            kept.append(one)
        elif (_bound(rival) or (0,)) < (_bound(one) or (9999,)):
            newer = msgspec.structs.replace(one, confidence=rival.confidence)
            kept[kept.index(rival)] = newer
    return kept


def _is_fallback(one: Missing, other: Missing) -> bool:
    return one.top == other.top and one.frame is not None and other.frame is not None


def _bound(missing: Missing) -> tuple[int, ...] | None:
    """The version below which the module is found; ``None`` where it is not known to be gone."""
    name = known_name(missing)
    return Version(removals().modules[name].partition("<")[2]).release if name else None


def known_name(missing: Missing) -> str | None:
    """The module of the table that is missing: the one not found, or one that its line names."""
    table = removals().modules
    known = [name for name in table if f"{missing.module}.".startswith(f"{name}.")]
    source = missing.frame.source if missing.frame is not None else ""
    known += [name for name in table if name in source and name.startswith(f"{missing.module}.")]
    return max(known, key=len, default=None)


def subject(missing: Missing) -> str:
    """Who imports it: a line of the project, a build requirement, a program."""
    frame = missing.frame
    if frame is None or frame.owner == "project":
        return missing.where
    owner = tree.distribution_of_file(frame.file)
    return f"The build requirement {owner}" if owner else f"{PurePath(frame.file).name}"

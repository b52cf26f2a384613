"""Verdicts of what was built, and of what stopped where it was told to."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from buildscope.model.names import MINOR_WARNINGS
from buildscope.reports.sanitize import one_line
from buildscope.tui.view.parts import Offer, Verdict, joined, offered
from buildscope.tui.view.state import count_changes
from buildscope.tui.view.units import duration, plural

if TYPE_CHECKING:
    from buildscope.model.failure import Evidence
    from buildscope.model.names import WarningId
    from buildscope.model.run import Attempt, SessionRecord
    from buildscope.tui.view.rows import Piece
    from buildscope.tui.view.scene import Scene


def built(scene: Scene) -> Verdict:
    """As published, without a change."""
    attempt = scene.the_attempt
    return Verdict(
        "✓",
        "passed",
        f"Built {what(attempt)}",
        aside=took(attempt),
        evidence=(
            *place(attempt),
            "Builds as published. Fails for you? Something differs.",
            ("E shows what it was built in; r tries another Python, installer or version", "dim"),
        ),
    )


def built_changed(scene: Scene) -> Verdict:
    """With changes that nothing has proven to be needed."""
    attempt = scene.the_attempt
    changes = plural(count_changes(attempt), "change")
    return Verdict(
        "✓",
        "passed",
        f"Built {what(attempt)} with {changes}, not proven",
        aside=took(attempt),
        evidence=(*place(attempt), *_changes(scene.record, attempt)),
        offers=(Offer("fix", "prove it", "from zero, without what is not needed"),),
    )


def warned(scene: Scene) -> Verdict:
    """It passed, and the result is wrong: never green."""
    attempt = scene.the_attempt
    first, *others = attempt.warnings
    evidence = [one_line(first.reason)] if first.reason else []
    if first.evidence is not None and not _is_said(first.evidence, first.summary):
        evidence.append(located(first.evidence))
    if first.id in MINOR_WARNINGS:
        evidence = [what(attempt), *place(attempt), *evidence]
    return Verdict(
        "!",
        "warned",
        f"{_how_bad(first.id)}: {one_line(first.summary)}",
        aside=plural(len(attempt.warnings), "warning"),
        evidence=tuple(evidence),
        remedies=offered(attempt),
        further=tuple(("! " + one_line(other.summary), "warned") for other in others),
    )


def _is_said(evidence: Evidence, summary: str) -> bool:
    """Whether ``summary`` has the place and the text of ``evidence`` already."""
    at = f"line {evidence.line}" if evidence.line else ""
    parts = (evidence.file or "", at, evidence.text or "")
    return any(parts) and all(one_line(part) in one_line(summary) for part in parts)


def _how_bad(worst: WarningId) -> str:
    return "Built, with a warning" if worst in MINOR_WARNINGS else "Built, but wrong"


def stopped(scene: Scene) -> Verdict:
    """``--until`` said so."""
    attempt = scene.the_attempt
    until = attempt.settings.until
    sentence = f"Stopped after {until}, as asked" if until else "Stopped, as asked"
    return Verdict(
        "▹",
        "warned",
        sentence,
        aside=took(attempt),
        evidence=(("r retries; `until check` goes all the way", "dim"),),
    )


def what(attempt: Attempt) -> str:
    """The name of what was built."""
    if attempt.artifact is not None and attempt.settings.build == "wheel":
        return PurePath(attempt.artifact).name
    source = attempt.source
    name = joined(source.name, source.version) if source else ""
    return f"the metadata of {name.replace(' · ', ' ')}" if name else "the metadata"


def took(attempt: Attempt) -> str:
    """How long the attempt took, or nothing while that is unknown."""
    return duration(attempt.seconds) if attempt.seconds is not None else ""


def place(attempt: Attempt) -> tuple[str, ...]:
    """The directory that the result lies in."""
    return (f"in {PurePath(attempt.artifact).parent}",) if attempt.artifact else ()


def located(evidence: Evidence) -> str:
    """``prepare_metadata, stderr line 3: Unknown distribution option``."""
    stream = f"{evidence.stream} " if evidence.stream else ""
    at = f"{evidence.file or ''} line {evidence.line}" if evidence.file else f"line {evidence.line}"
    where = ", ".join(filter(None, (evidence.phase, f"{stream}{at}" if evidence.line else "")))
    return f"{where}: {one_line(evidence.text)}" if evidence.text else where


def _changes(record: SessionRecord | None, attempt: Attempt) -> tuple[str | Piece, ...]:
    chain = [attempt.label]
    parent = attempt.parent
    while record is not None and parent is not None:
        attempt = record.attempt(parent)
        parent = attempt.parent
        if attempt.label != "as published":
            chain.insert(0, attempt.label)
    return (
        f"changed: {'  '.join(chain)}",
        ("whether all of it is needed, nothing has shown", "dim"),
    )

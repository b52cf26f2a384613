"""Core metadata as prepared and as it stands in the wheel, and where they differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildscope.tui.view.rows import Row, row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.model.failure import Warned
    from buildscope.model.run import Attempt, Metadata, PhaseRun

_SOURCES = ("check", "build_wheel", "prepare_metadata")
_MADE_UP = {"default-version": "Version", "made-up-name": "Name"}


def metadata_rows(attempt: Attempt | None) -> tuple[Row, ...]:
    """The fields, what is wrong with each, and whether all sources agree."""
    if attempt is None:
        return (row(("Nothing has run yet.", "dim")),)
    known = _known(attempt)
    if not known:
        return tuple(_none_yet(attempt))
    newest = known[0][1]
    return (
        *_fields(newest, known[1:], attempt.warnings),
        row(),
        *_agreement(known, attempt.warnings),
    )


def _known(attempt: Attempt) -> list[tuple[str, Metadata]]:
    """Origin and metadata, the newest first."""
    runs: tuple[PhaseRun, ...] = tuple(attempt.phase(name) for name in _SOURCES)  # type: ignore[arg-type]
    return [
        (run.metadata.origin or run.name, run.metadata) for run in runs if run.metadata is not None
    ]


def _fields(
    newest: Metadata, others: list[tuple[str, Metadata]], warnings: tuple[Warned, ...]
) -> Iterator[Row]:
    wrong = {_MADE_UP[one.id]: one for one in warnings if one.id in _MADE_UP}
    for name, value in newest.fields:
        first, *more = value.splitlines() or [""]
        if name in wrong:
            yield row(
                (f"{name}: {first}", "warned strong"), (f"   {wrong[name].summary}", "warned")
            )
        else:
            yield row((f"{name}: ", "dim"), first)
        yield from (row("    ", line) for line in more)
        for origin, other in others:
            found = dict(other.fields).get(name)
            if _single(newest, name) and found is not None and found != value:
                yield row((f"! {origin} says {name}: {found.partition(chr(10))[0]}", "warned"))
    if not any(name == "Requires-Dist" for name, _ in newest.fields):
        yield row(("Requires-Dist: ", "dim"), ("(none)", "dim"))


def _single(metadata: Metadata, name: str) -> bool:
    return sum(field == name for field, _ in metadata.fields) == 1


def _agreement(known: list[tuple[str, Metadata]], warnings: tuple[Warned, ...]) -> Iterator[Row]:
    for one in warnings:
        yield row((f"! {one.summary}", "warned"))
        if one.reason:
            yield row((f"  {one.reason}", "dim"))
    origins = [origin for origin, _ in known]
    if warnings or len(known) == 1:
        yield row((f"read from {', '.join(origins)}", "dim"))
    elif all(sorted(one.fields) == sorted(known[0][1].fields) for _, one in known):
        yield row((f"✓ same in {' and '.join(reversed(origins))}", "passed"))
    else:
        yield row((f"read from {', '.join(origins)}; they differ where it is marked", "dim"))


def _none_yet(attempt: Attempt) -> Iterator[Row]:
    prepared = attempt.phase("prepare_metadata")
    if prepared.status == "skipped":
        yield row(("prepare_metadata was skipped; the wheel has the metadata.", "dim"))
    elif prepared.status == "failed":
        yield row(("prepare_metadata failed, so there is no metadata.", "dim"))
    elif attempt.failed_phase is not None:
        yield row((f"{attempt.failed_phase} failed before there was any metadata.", "dim"))
    else:
        yield row(("No metadata yet: prepare_metadata has not run.", "dim"))

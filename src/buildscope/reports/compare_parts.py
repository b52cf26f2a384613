"""What is compared of two attempts: what their phases found, and what hooks returned."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from buildscope.model.base import Record
from buildscope.model.delta import requirement_name
from buildscope.model.names import PHASES
from buildscope.reports.varying import same_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from buildscope.model.names import Phase
    from buildscope.model.run import Attempt


class Difference(Record, frozen=True):
    """One thing that differs; ``None`` on the side that has nothing there."""

    name: str
    before: str | None
    after: str | None


class Section(Record, frozen=True):
    """Differences of one kind, and sentences about them."""

    head: str
    differences: tuple[Difference, ...] = ()
    notes: tuple[str, ...] = ()


def different(name: str, before: str | None, after: str | None) -> Iterator[Difference]:
    """One difference, or none."""
    if before != after:
        yield Difference(name, before, after)


def plain(value: Any) -> str | None:
    """A value of a record as text; ``None`` stays."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _source(a: Attempt, b: Attempt) -> Iterator[Difference]:
    one, other = a.source, b.source
    if one is not None and other is not None:
        for name in ("name", "version", "url", "revision", "sha256"):
            yield from different(name, getattr(one, name), getattr(other, name))


def _backend(a: Attempt, b: Attempt) -> Iterator[Difference]:
    one, other = a.backend, b.backend
    if one is not None and other is not None:
        yield from different("backend", one.backend, other.backend)
        yield from different("requires", ", ".join(one.requires), ", ".join(other.requires))
        yield from different(
            "backend-path", ", ".join(one.backend_path), ", ".join(other.backend_path)
        )


def _interpreter(a: Attempt, b: Attempt) -> Iterator[Difference]:
    one, other = a.interpreter, b.interpreter
    if one is not None and other is not None:
        yield from different("", f"{one.version} {one.path}", f"{other.version} {other.path}")


def _packages(a: Attempt, b: Attempt) -> Iterator[Difference]:
    """Requirements of the backend table first, the user's next, then what those brought."""
    before = {canonicalize_name(one.name): one.version for one in a.installed}
    after = {canonicalize_name(one.name): one.version for one in b.installed}
    ranks = [
        {requirement_name(text) for one in (a, b) for text in listed(one)}
        for listed in (_static, _added)
    ]

    def rank(name: str) -> tuple[int, str]:
        return (next((at for at, names in enumerate(ranks) if name in names), len(ranks)), name)

    for name in sorted(before.keys() | after.keys(), key=rank):
        yield from different(name, before.get(name), after.get(name))


def _static(attempt: Attempt) -> tuple[str, ...]:
    return attempt.backend.requires if attempt.backend is not None else ()


def _added(attempt: Attempt) -> tuple[str, ...]:
    return (*attempt.settings.extra, *attempt.phase("get_requires").requires)


def _requirements(a: Attempt, b: Attempt) -> Iterator[Difference]:
    if not _one_run(a, b, "get_requires"):
        yield from different("", _dynamic(a), _dynamic(b))


def _dynamic(attempt: Attempt) -> str:
    run = attempt.phase("get_requires")
    if run.status in {"passed", "carried"}:
        return ", ".join(run.requires) or "none"
    told = {"pending": "not asked", "skipped": "not asked (skipped)"}
    return told.get(run.status, f"get_requires {run.status}")


def _metadata(a: Attempt, b: Attempt) -> Iterator[Difference]:
    before, after = _fields(a), _fields(b)
    if before and after:
        for name in dict.fromkeys([*before, *after]):
            yield from different(f"{name}:", before.get(name), after.get(name))


def _fields(attempt: Attempt) -> dict[str, str]:
    """The first line of each field of the newest metadata, repeats joined."""
    found = [run.metadata for run in attempt.phases if run.metadata is not None]
    fields: dict[str, list[str]] = {}
    for name, value in found[-1].fields if found else ():
        fields.setdefault(name, []).append(value.partition("\n")[0])
    return {name: ", ".join(sorted(values)) for name, values in fields.items()}


def _results(a: Attempt, b: Attempt) -> Iterator[Difference]:
    """What hooks returned or raised, where both were called."""
    for name in PHASES:
        if _one_run(a, b, name):
            continue
        before, after = _came(a, name), _came(b, name)
        if before is not None and after is not None and not same_text(a, before, b, after):
            yield Difference(name, before, after)


def _one_run(a: Attempt, b: Attempt, name: Phase) -> bool:
    """Whether one carried the phase over from the other, or both from a third."""
    return (a.phase(name).from_ or a.id) == (b.phase(name).from_ or b.id)


def _came(attempt: Attempt, name: Phase) -> str | None:
    run = attempt.phase(name)
    if run.exception is not None:
        return f"raised {run.exception.type}: {run.exception.message}".removesuffix(": ")
    if run.failure is not None:
        return f"failed: {run.failure.message}"
    if run.status == "skipped":
        return f"skipped: {run.note}" if run.note else "skipped"
    if run.status not in {"passed", "carried"}:
        return None
    return "passed" if run.result is None else f"returned {plain(run.result)}"


PARTS: Iterable[tuple[str, Callable[[Attempt, Attempt], Iterator[Difference]]]] = (
    ("Source", _source),
    ("Build system", _backend),
    ("Interpreter", _interpreter),
    ("Packages in the environment", _packages),
    ("Dynamic requirements", _requirements),
    ("Metadata", _metadata),
    ("Hooks", _results),
)

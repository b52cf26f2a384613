"""The rules that are asked, ours and those that other packages register.

A package adds rules through the entry-point group ``buildscope.rules``; an entry point is a
rule or a sequence of them. A rule takes a ``FailedPhase`` and gives causes. One that cannot be
loaded, or raises, is reported as a cause of its own, and the others are asked all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, TypeAlias

from buildscope.diagnosis.facts import FailedPhase
from buildscope.diagnosis.rules import (
    asked,
    backends,
    bypasses,
    compilers,
    engine,
    files,
    imports,
    installers,
    interpreters,
    layouts,
    network,
    programs,
    refusals,
    removed,
    scripts,
    specifiers,
    version_checks,
    versions,
)
from buildscope.model.failure import Cause, Evidence

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

Rule: TypeAlias = Callable[[FailedPhase], Iterable[Cause]]

GROUP = "buildscope.rules"
BUILT_IN: tuple[Rule, ...] = (
    *engine.RULES,
    *refusals.WITHDRAWN,
    *interpreters.RULES,
    *version_checks.RULES,
    *specifiers.RULES,
    *removed.RULES,
    *imports.RULES,
    *asked.RULES,
    *layouts.RULES,
    *versions.RULES,
    *files.RULES,
    *scripts.RULES,
    *network.RULES,
    *compilers.RULES,
    *programs.RULES,
    *backends.RULES,
    *installers.RULES,
    *refusals.RULES,
    *bypasses.RULES,
)


def ask(
    facts: FailedPhase,
    rules: Iterable[Rule] | None = None,
    *,
    points: Iterable[EntryPoint] | None = None,
) -> tuple[list[Cause], list[Cause]]:
    """What the rules say, in their order, and notes about rules that are broken.

    ``rules`` takes the place of all of them, ``points`` that of the entry points installed.
    """
    causes: list[Cause] = []
    broken: list[Cause] = []
    for rule in BUILT_IN if rules is None else rules:
        _ask_one(facts, rule, causes, broken)
    if rules is None:
        for point in entry_points(group=GROUP) if points is None else points:
            for rule in _load(facts, point, broken):
                _ask_one(facts, rule, causes, broken)
    return causes, broken


def _ask_one(facts: FailedPhase, rule: Rule, causes: list[Cause], broken: list[Cause]) -> None:
    found: list[Cause] = []
    try:
        found.extend(rule(facts))
    except Exception as error:
        name = f"{getattr(rule, '__module__', '?')}.{getattr(rule, '__qualname__', rule)}"
        broken.append(_note(facts, name, error))
    causes.extend(cause for cause in found if isinstance(cause, Cause))


def _load(facts: FailedPhase, point: EntryPoint, broken: list[Cause]) -> Iterator[Rule]:
    try:
        loaded = point.load()
    except Exception as error:
        broken.append(_note(facts, f"{point.name} ({point.value})", error))
        return
    yield from (loaded,) if callable(loaded) else loaded


def _note(facts: FailedPhase, name: str, error: Exception) -> Cause:
    return Cause(
        id="unknown",
        confidence="guess",
        attempt=facts.attempt.id,
        summary=f"The diagnosis rule {name} is broken and was left out: "
        f"{type(error).__name__}: {error}",
        evidence=Evidence(phase=facts.phase),
    )

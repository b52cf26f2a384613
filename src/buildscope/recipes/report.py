"""A report for the project's maintainers: what fails, what cures it, how that was proven."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from buildscope.recipes.pip import pip_steps
from buildscope.recipes.plan import recipe_attempt
from buildscope.recipes.system import system_lines
from buildscope.recipes.upstream import upstream_patch
from buildscope.recipes.uv import uv_steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.model.recipe import Cured
    from buildscope.model.run import Attempt, SessionRecord
    from buildscope.recipes.plan import Plan


def upstream_report(record: SessionRecord, plan: Plan) -> str:
    """Markdown; what came from the build stands in code, so that none of it is markup."""
    lines = [*_failure(record), *_cure(record, plan), *_proof(record, plan)]
    return "\n".join(lines) + "\n"


def _failure(record: SessionRecord) -> Iterator[str]:
    first = record.attempts[0]
    yield f"# {_code(record.target.text)} does not build"
    yield ""
    faults = record.search.faults if record.search is not None else first.causes
    for fault in faults:
        yield f"- {_code(fault.summary)}"
        if fault.evidence is not None and fault.evidence.text:
            yield f"  {_code(fault.evidence.text)}"
    yield ""
    yield from _versions(first, "It fails with")


def _cure(record: SessionRecord, plan: Plan) -> Iterator[str]:
    recipe = plan.recipe
    yield "## What cures it"
    yield ""
    yield _code(recipe.summary) if recipe.summary else "Nothing but what the machine needs."
    yield ""
    yield from (f"- {note}" for note in recipe.notes)
    if recipe.notes:
        yield ""
    if recipe.system:
        yield from _block("\n".join(system_lines(recipe)), "sh")
    yield from _block("\n".join(pip_steps(plan)), "sh")
    yield "With uv:"
    yield ""
    yield from _block("\n".join(uv_steps(plan)), "sh")
    patch = upstream_patch(plan, recipe_attempt(record, recipe))
    if patch:
        yield "In the project itself:"
        yield ""
        yield from _block(patch, "diff")


def _proof(record: SessionRecord, plan: Plan) -> Iterator[str]:
    yield "## How that is known"
    yield ""
    attempt = recipe_attempt(record, plan.recipe)
    if not plan.recipe.proven:
        yield "It was not proven by a build from zero."
        return
    wheel = f" {_code(Path(attempt.artifact).name)}" if attempt.artifact else " it"
    seconds = f" in {attempt.seconds:.1f} s" if attempt.seconds is not None else ""
    yield f"A build from zero, with nothing but this, made{wheel}{seconds}."
    yield ""
    yield from _versions(attempt, "It built with")
    if plan.recipe.dropped:
        yield f"Tried on the way, and not needed: {_code('  '.join(plan.recipe.dropped))}."
        yield ""
    for one in record.search.cured if record.search is not None else ():
        yield f"- {one.frontend} {one.version}: {cured_words(one)}"


def cured_words(cured: Cured) -> str:
    """What a frontend did without the recipe and with it, as a clause."""
    if cured.after is None:
        return f"not tried: {_code(cured.note)}"
    if cured.before:
        return (
            "fine all along"
            if cured.after
            else f"fine without it, not with it: {_code(cured.note)}"
        )
    return "fails without it, cured" if cured.after else f"not cured: {_code(cured.note)}"


def _versions(attempt: Attempt, said: str) -> Iterator[str]:
    if attempt.interpreter is None:
        return
    installed = ", ".join(f"{one.name} {one.version}" for one in attempt.installed)
    also = f" and {_code(installed)}" if installed else ""
    yield f"{said} Python {attempt.interpreter.version}{also}."
    yield ""


def _block(text: str, language: str) -> Iterator[str]:
    fence = "```"
    while fence in text:
        fence += "`"
    yield f"{fence}{language}"
    yield text.rstrip("\n")
    yield fence
    yield ""


def _code(text: str) -> str:
    """A code span (CommonMark 6.1) on one line."""
    line = " ".join(text.split())
    fence = "`"
    while fence in line:
        fence += "`"
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"

"""Verdicts of a search for a cure: while it runs, proven, and what else it can come to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildscope.recipes.system import system_lines
from buildscope.reports.sanitize import one_line
from buildscope.tui.view.built import what
from buildscope.tui.view.followed import begun_from
from buildscope.tui.view.parts import Offer, Verdict, joined
from buildscope.tui.view.state import running_phase
from buildscope.tui.view.units import duration, plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from buildscope.model.recipe import Judgement, Recipe, Search, Strategy, Trial
    from buildscope.tui.view.rows import Piece
    from buildscope.tui.view.scene import Scene

_DOING: Mapping[Strategy, str] = {
    "minimise": "Making the cure minimal",
    "prove": "Proving the cure from zero",
}
_WORDLESS: Mapping[Strategy, str] = {
    "published": "as published",
    "minimise": "with one change less",
}
_COUNTED: Mapping[Judgement, tuple[str, str]] = {
    "works": ("built", "built"),
    "new error": ("new error", "new errors"),
    "same error": ("same", "same"),
    "not possible": ("not possible", "not possible"),
    "stopped": ("stopped", "stopped"),
}
"""What came of a trial, of one and of several."""


def searching(scene: Scene) -> Verdict:
    """What is tried now, why, and what came of what was tried."""
    search = the_search(scene)
    running = [one for one in search.trials if one.judgement is None]
    now = running[0] if running else None
    elapsed = int(max(0.0, scene.live.now - search.started))
    evidence: list[str | Piece] = [
        one_line(now.why) if now is not None else "",
        (counted(search), "dim"),
    ]
    evidence += [f"beside it: {_trial(one, scene)}" for one in running[1:]]
    return Verdict(
        "▸",
        "running",
        scene.live.stopping or _doing(now),
        aside=f"{elapsed} s of {search.budget:g} s",
        evidence=tuple(evidence),
    )


def proven(scene: Scene) -> Verdict:
    """The recipe in words, its proof, what is not needed, and what to do with it."""
    search, attempt = the_search(scene), scene.the_attempt
    recipe = the_recipe(search)
    first = begun_from(search)
    compare = Offer("compare", f"compare with #{first}", "what made the difference")
    offers = (
        Offer("take-away", "take it away", "pip · uv · patch · report for upstream"),
        *((compare,) if first not in {None, attempt.id} else ()),
    )
    return Verdict(
        "✓",
        "passed",
        f"PROVEN: {what(attempt)} builds",
        aside=duration(search.seconds or 0.0),
        evidence=(
            f"recipe  {one_line(recipe.summary) or 'nothing but a second attempt'}",
            f"proof   {proof(recipe, attempt.seconds)}",
            *(
                (("note    " + one_line(" · ".join(recipe.notes)), "warned"),)
                if recipe.notes
                else ()
            ),
        ),
        offers=offers,
    )


def proof(recipe: Recipe, seconds: float | None) -> str:
    """``attempt #7, from zero and with nothing else, 3.1 s · dropped: +wheel``."""
    took = f", {duration(seconds)}" if seconds is not None else ""
    dropped = f"not needed: {'  '.join(recipe.dropped)}" if recipe.dropped else None
    return joined(f"attempt #{recipe.attempt}, from zero and with nothing else{took}", dropped)


def uncured(scene: Scene) -> Verdict:
    """Nothing that can be changed here cures it."""
    search = the_search(scene)
    if search.ended == "system" and search.recipe is not None:
        return _needs_packages(search, search.recipe)
    return Verdict(
        "✗",
        "failed",
        f"No cure found in {attempts_of(search)}",
        aside=duration(search.seconds or 0.0),
        evidence=(*_unproven(search), *_faults(search)),
        further=(_NEXT,),
    )


def unfinished(scene: Scene) -> Verdict:
    """The time was used up, the user stopped it, or it broke off."""
    search = the_search(scene)
    until = attempts_of(search)
    said = {
        "budget": f"The search's {search.budget:g} s are used up: no proven cure in {until}",
        "stopped": f"Search stopped: no proven cure in {until}",
    }
    refusal = scene.live.refusal
    return Verdict(
        "x",
        "warned",
        said.get(search.ended or "", f"The search broke off after {until}"),
        aside=duration(search.seconds) if search.seconds is not None else "",
        evidence=(
            *(filter(None, refusal) if refusal is not None else ()),
            *_unproven(search),
            *_faults(search),
        ),
        further=(_NEXT,),
    )


_NEXT: Piece = ("f searches again · r retries with a change of your own", "dim")


def the_search(scene: Scene) -> Search:
    """The search, in the states that only a search has."""
    if scene.record is None or scene.record.search is None:
        raise LookupError(f"there is no search in state {scene.state}")
    return scene.record.search


def the_recipe(search: Search) -> Recipe:
    """The recipe of a search that found one."""
    if search.recipe is None:
        raise LookupError("the search found no recipe")
    return search.recipe


def counted(search: Search) -> str:
    """``tried 3: 1 new error, 2 same``."""
    ended = [one.judgement for one in search.trials if one.judgement is not None]
    if not ended:
        return "nothing was tried" if search.ended is not None else "no result yet"
    parts = []
    for judgement, (one, several) in _COUNTED.items():
        count = ended.count(judgement)
        if count:
            parts.append(plural(count, one, several))
    return f"tried {len(ended)}: {', '.join(parts)}"


def attempts_of(search: Search) -> str:
    """``12 attempts``: those that the search made."""
    return plural(sum(one.attempt is not None for one in search.trials), "attempt")


def tried_words(trial: Trial) -> str:
    """The change that is tried, or what is meant where no words of the retry line say it."""
    if trial.strategy == "prove":
        return "the recipe alone"
    return one_line(trial.words) or _WORDLESS.get(trial.strategy, "the same again")


def install_line(recipe: Recipe) -> str:
    """The command that installs what is needed, of this machine's package manager if known."""
    commands = [line for line in system_lines(recipe) if not line.startswith("#")]
    wanted = " ".join(recipe.system_packages)
    return next((one for one in commands if one.endswith(wanted)), next(iter(commands), ""))


def _doing(trial: Trial | None) -> str:
    if trial is None:
        return "Searching for a cure: working out what to try"
    doing = _DOING.get(trial.strategy, "Searching for a cure")
    return f"{doing}: {_named(trial)}"


def _trial(trial: Trial, scene: Scene) -> str:
    """What it tries, and the phase that it is in: ``trial 4, +torch · build_wheel``."""
    phase = None
    for attempt in scene.record.attempts if scene.record is not None else ():
        if attempt.id == trial.attempt:
            phase = running_phase(attempt)
    return joined(_named(trial), phase.name if phase is not None else None)


def _named(trial: Trial) -> str:
    return f"trial {trial.number}, {tried_words(trial)}"


def _needs_packages(search: Search, recipe: Recipe) -> Verdict:
    needed = ", ".join(f"the {need.kind} {need.name}" for need in recipe.system)
    install = install_line(recipe)
    return Verdict(
        "✗",
        "failed",
        one_line(search.told),
        aside=duration(search.seconds or 0.0),
        evidence=(
            f"needed   {needed}: no setting cures that",
            *((f"install  {install}",) if install else ()),
            *((f"then     {one_line(recipe.summary)}",) if recipe.summary else ()),
            ("not proven: install it, then r builds it again", "dim"),
        ),
    )


def _unproven(search: Search) -> Sequence[str | Piece]:
    """What built once, where the search ended before that was proven."""
    return [(one_line(search.told), "warned")] if search.recipe is not None else []


def _faults(search: Search) -> Iterator[str | Piece]:
    """What is wrong, in the order in which it showed; where that is unknown, what was told."""
    if not search.faults:
        yield one_line(search.told)
    for number, fault in enumerate(search.faults, 1):
        yield f"{number}  {one_line(fault.summary)}"

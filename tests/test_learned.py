"""Causes that a proven cure tells where no rule knew one."""

from __future__ import annotations

from typing import Any

import pytest

from buildscope.diagnosis.remedies import remedy
from buildscope.model.failure import Cause, Evidence, Remedy
from buildscope.model.recipe import Recipe
from buildscope.model.run import Attempt, Distribution, Interpreter, PhaseRun
from buildscope.model.settings import Settings
from buildscope.repair.learned import with_learned

UNKNOWN = Cause(
    id="unknown",
    confidence="guess",
    attempt=1,
    summary="No rule knows this: TypeError: no such option",
    evidence=Evidence(phase="build_wheel", line=3),
)
PATH = (
    Attempt(
        id=1,
        outcome="failed",
        settings=Settings(constraints=("torch==2",)),
        interpreter=Interpreter(path="p", version="3.11.7", implementation="cpython"),
        phases=(
            PhaseRun(
                name="install_static",
                status="passed",
                installed=(Distribution(name="Some_Backend", version="4.2"),),
            ),
        ),
    ),
)


def known(*remedies: Remedy) -> Cause:
    return Cause(
        id="removed-python-feature", confidence="certain", attempt=1, summary="x", remedies=remedies
    )


@pytest.mark.parametrize(
    ("cure", "id_", "begins"),
    [
        (
            {"constraints": ("torch==2", "some-backend<4")},
            "incompatible-build-requirement",
            "some-backend 4.2 does not fit this project: TypeError",
        ),
        ({"extra": ("cffi",)}, "undeclared-build-requirement", "The build needs cffi, which"),
        ({"python": "3.9"}, "unsupported-python", "This release builds on Python 3.9 and not on"),
        (
            {"exclude_newer": "2020-01-02"},
            "incompatible-build-requirement",
            "Releases of build requirements after 2020-01-02",
        ),
    ],
)
def test_what_cures_tells_the_cause(cure: dict[str, Any], id_: str, begins: str) -> None:
    (found,) = with_learned([UNKNOWN], PATH, Recipe(proven=True, **cure))
    assert (found.id, found.confidence, found.evidence) == (id_, "certain", UNKNOWN.evidence)
    assert found.summary.startswith(begins)
    assert found.remedies[0].settings


@pytest.mark.parametrize(
    "recipe", [None, Recipe(proven=False, python="3.9"), Recipe(proven=True, env={"A": "1"})]
)
def test_what_is_not_proven_or_says_nothing_leaves_it_unknown(recipe: Recipe | None) -> None:
    assert with_learned([UNKNOWN], PATH, recipe) == (UNKNOWN,)


def test_known_causes_stay_and_what_they_ask_for_explains_nothing_else() -> None:
    first = known(remedy("an older one", python="3.9"))
    recipe = Recipe(proven=True, python="3.9", constraints=("some-backend<4",))
    found = with_learned([first, UNKNOWN], PATH, recipe)
    assert [one.id for one in found] == ["removed-python-feature", "incompatible-build-requirement"]
    alone = Recipe(proven=True, python="3.9")
    assert with_learned([first, UNKNOWN], PATH, alone) == (first, UNKNOWN)


def test_without_an_unknown_fault_there_is_nothing_to_learn() -> None:
    recipe = Recipe(proven=True, python="3.8")
    assert with_learned([known()], PATH, recipe) == (known(),)

"""The parts of a search that need no build."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from buildscope.model.failure import Cause, Evidence, Remedy, Warned
from buildscope.model.run import Attempt
from buildscope.model.settings import Settings
from buildscope.process.stop import Stop
from buildscope.repair.budget import Budget
from buildscope.repair.candidates import from_causes
from buildscope.repair.minimise import Element, elements
from buildscope.repair.reach import needs_machine, worth_travelling
from buildscope.repair.travel import narrowed, spread
from buildscope.repair.trials import judge, serious, settings_key

if TYPE_CHECKING:
    from buildscope.model.names import CauseId, Confidence, Phase


def failed(
    id_: CauseId, confidence: Confidence = "certain", phase: Phase = "build_wheel", **settings: Any
) -> Attempt:
    remedies = (Remedy(summary="", settings=settings),) if settings else ()
    cause = Cause(
        id=id_,
        confidence=confidence,
        attempt=1,
        summary=f"it is {id_}",
        evidence=Evidence(phase=phase, text=f"error: {id_}"),
        remedies=remedies,
    )
    return Attempt(id=1, outcome="failed", failed_phase=phase, causes=(cause,))


def test_changes_are_listed_the_most_intrusive_first() -> None:
    origin = Settings(constraints=("torch==2",), env={"CC": "gcc"})
    settings = Settings(
        python="3.9",
        extra=("numpy",),
        constraints=("torch==2", "setuptools<82"),
        env={"CC": "clang", "X": "1"},
    )
    assert list(elements(origin, settings)) == [
        Element("python"),
        Element("env", "CC"),
        Element("env", "X"),
        Element("extra", "numpy"),
        Element("constraints", "setuptools<82"),
    ]


def test_a_dropped_change_is_as_it_was_before() -> None:
    origin = Settings(env={"CC": "gcc"}, constraints=("torch==2",))
    settings = Settings(
        python="3.9", env={"CC": "clang"}, constraints=("torch==2", "setuptools<82")
    )
    assert Element("env", "CC").dropped(origin, settings).env == {"CC": "gcc"}
    assert Element("python").dropped(origin, settings).python is None
    without = Element("constraints", "setuptools<82").dropped(origin, settings)
    assert without.constraints == ("torch==2",)
    assert without.python == "3.9"


def test_probes_stand_at_even_distances() -> None:
    versions = [str(number) for number in range(1, 10)]
    assert spread(versions, 2) == ["4", "7"]
    assert spread(["1"], 4) == ["1"]
    assert spread([], 2) == []


def test_what_is_left_lies_between_the_ends_and_is_untried() -> None:
    versions = ["57.5", "58", "58.1", "59", "60"]
    assert narrowed(versions, "57.5", "59", ["58.1"]) == ["58"]


def test_the_order_of_requirements_makes_no_other_build() -> None:
    one = Settings(extra=("a", "b"), env={"X": "1", "Y": "2"})
    other = Settings(extra=("b", "a"), env={"Y": "2", "X": "1"})
    assert settings_key(one) == settings_key(other)
    assert settings_key(one) != settings_key(Settings(extra=("a", "b"), env={"X": "1"}))


def test_a_trial_is_judged_against_the_attempt_it_was_made_from() -> None:
    parent = failed("missing-header")
    assert judge(parent, failed("missing-header")) == ("same error", "it is missing-header")
    assert judge(parent, failed("compile-error"))[0] == "new error"
    assert judge(parent, failed("missing-header", phase="prepare_metadata"))[0] == "new error"
    assert judge(parent, Attempt(id=2, outcome="built")) == ("works", "builds")
    assert judge(parent, Attempt(id=2, outcome="cancelled"))[0] == "stopped"


def test_a_build_that_lost_something_says_so() -> None:
    lost = Warned(id="extension-skipped", attempt=2, summary="no speedups")
    minor = Warned(id="metadata-field", attempt=2, summary="a field")
    built = Attempt(id=2, outcome="built", warnings=(minor, lost))
    assert serious(built) == {"extension-skipped": "no speedups"}
    assert judge(failed("compile-error"), built) == ("works", "builds, but no speedups")


@pytest.mark.parametrize(
    ("attempt", "expected"),
    [
        (failed("missing-header"), True),
        (failed("missing-library", "likely"), True),
        (failed("missing-program", "guess"), False),
        (failed("missing-header", phase="install_static"), False),
        (failed("compile-error"), False),
        (Attempt(id=1, outcome="failed"), False),
    ],
)
def test_what_only_the_machine_can_bring_ends_a_search(attempt: Attempt, expected: bool) -> None:
    assert needs_machine(attempt) is expected


@pytest.mark.parametrize(
    ("attempt", "expected"),
    [
        (failed("unknown", "guess"), True),
        (failed("incompatible-build-requirement"), True),
        (failed("network-in-build"), False),
        (failed("network-in-build", "likely"), True),
        (failed("removed-python-feature"), False),
        (failed("removed-python-feature", python="3.9"), True),
        (failed("missing-header", "likely"), False),
        (failed("unknown", "guess", phase="source"), False),
    ],
)
def test_where_another_python_or_an_older_index_may_help(attempt: Attempt, expected: bool) -> None:
    assert worth_travelling(attempt) is expected


def test_only_remedies_that_change_something_are_candidates() -> None:
    cause = Cause(
        id="missing-source-file",
        confidence="certain",
        attempt=1,
        summary="",
        remedies=(
            Remedy(summary="install something"),
            Remedy(summary="", files={"VERSION": "1.0\n"}),
            Remedy(summary="", settings={"isolation": False}),
        ),
    )
    first, second = from_causes([cause])
    assert (first.files, first.sure, first.strategy) == ({"VERSION": "1.0\n"}, False, "remedy")
    assert second.strategy == "environment"


def test_a_budget_gives_out_no_more_attempts_than_it_has() -> None:
    with Budget(60.0, 2, Stop()) as budget:
        assert [budget.take() for _ in range(3)] == [True, True, False]
        assert budget.over
        assert not budget.stopped


def test_a_budget_that_is_spent_stops_what_runs() -> None:
    stopped = threading.Event()
    with Budget(0.01, None, Stop()) as budget:
        budget.stop.subscribe(stopped.set)
        assert stopped.wait(30)
        assert not budget.take()
        assert budget.left == 0.0


def test_the_users_stop_is_the_budgets() -> None:
    user = Stop()
    with Budget(60.0, None, user) as budget:
        user.request("enough")
        assert budget.stopped
        assert budget.stop.reason == "enough"

"""A search for a cure on a fake session: its events are written when the test says so."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import msgspec

from buildscope.model import events as ev
from buildscope.model.failure import SystemNeed
from buildscope.model.names import PHASES, phase_index
from buildscope.model.recipe import Recipe, Trial
from buildscope.model.settings import Settings
from buildscope.session.words import words
from tests.helpers.fake_session import PATIENCE, FakeSession, nvcc_cause, torch_cause

if TYPE_CHECKING:
    from buildscope.model.recipe import Judgement, SearchEnd, Strategy
    from buildscope.model.run import Attempt
    from buildscope.process.stop import Stop
    from buildscope.session.runner import SessionLike

RECIPE = Recipe(
    proven=True,
    extra=("torch<2.3", "packaging"),
    env={"FLASH_ATTENTION_SKIP_CUDA_BUILD": "TRUE"},
    summary="+torch<2.3 +packaging FLASH_ATTENTION_SKIP_CUDA_BUILD=TRUE",
    notes=("built without the CUDA extension",),
    dropped=("setuptools<82",),
)


class Searching:
    """Writes what a search writes; ``from_`` takes the place of the engine's search."""

    def __init__(self, session: FakeSession, base: int = 1) -> None:
        self.session = session
        self.base = base
        self.count = 0
        self.asked: list[int] = []
        self.stop: Stop | None = None
        self.called = threading.Event()
        self.done = threading.Event()
        self.failure: BaseException | None = None

    def from_(self, session: SessionLike, attempt: Attempt, stop: Stop) -> None:
        """What the debugger's thread calls; returns when the test ends the search."""
        assert session is self.session
        self.asked.append(attempt.id)
        self.stop = stop
        stop.subscribe(self.done.set)
        self.called.set()
        if not self.done.wait(PATIENCE):
            raise TimeoutError("the test did not end the search")
        if self.failure is not None:
            raise self.failure

    def started(self, budget: float = 300.0) -> None:
        self.session.now += 5
        self.session.write(ev.SearchStarted(at=self.session.now, budget=budget))

    def tries(
        self,
        settings: Settings,
        why: str = "setup.py line 19 imports torch, which nothing declares",
        strategy: Strategy = "remedy",
        *,
        begin: bool = True,
    ) -> int:
        """A trial begins, and its attempt with it; its number."""
        session = self.session
        self.count += 1
        session.now += 0.5
        before = session.record.attempt(self.base).settings
        trial = Trial(
            number=self.count,
            strategy=strategy,
            words=words(before, settings),
            why=why,
            parent=self.base,
        )
        session.write(ev.TrialStarted(at=session.now, trial=trial))
        if begin:
            self.numbered(self.count, session.attempt + 1)
            session.started(settings, parent=self.base)
        return self.count

    def numbered(self, number: int, attempt: int) -> None:
        event = ev.TrialAttempt(at=self.session.now, number=number, attempt=attempt)
        self.session.write(event)

    def judged(self, judgement: Judgement, told: str, number: int | None = None) -> None:
        self.session.now += 2
        number = self.count if number is None else number
        event = ev.TrialEnded(
            at=self.session.now, number=number, judgement=judgement, told=told, seconds=2.5
        )
        self.session.write(event)

    def ended(self, ended: SearchEnd, recipe: Recipe | None = None, told: str = "") -> None:
        faults = (torch_cause(1), nvcc_cause(2))
        event = ev.SearchEnded(
            at=self.session.now,
            ended=ended,
            told=told or faults[-1].summary,
            seconds=38.0,
            recipe=recipe,
            faults=faults,
        )
        self.session.write(event)
        self.done.set()

    # Whole stories

    def three_fail(self) -> None:
        """Two that change nothing, one that goes further."""
        self.tries(Settings(extra=("torch",)))
        self.fails_further()
        self.judged("new error", nvcc_cause(1).summary)
        for settings in (Settings(python="3.9"), Settings(isolation=False)):
            self.tries(settings)
            self.session.ended("failed", torch_cause(self.session.attempt), failed="get_requires")
            self.judged("same error", torch_cause(1).summary)

    def fails_further(self) -> None:
        session = self.session
        for name in PHASES[phase_index("install_static") : phase_index("build_wheel")]:
            session.phase_ended(name)
        session.phase_ended("build_wheel", "failed", exit_code=1)
        session.ended("failed", nvcc_cause(session.attempt), failed="build_wheel")

    def proves(self, **changes: Any) -> int:
        """The last attempt builds with the recipe; its number."""
        session = self.session
        recipe = msgspec.structs.replace(RECIPE, **changes)
        settings = Settings(extra=recipe.extra, env=recipe.env)
        number = self.tries(
            settings, "from zero, with nothing but the recipe", "prove", begin=False
        )
        self.numbered(number, session.attempt + 1)
        session.builds(settings=settings, parent=self.base)
        self.judged("works", "builds")
        self.ended("proven", msgspec.structs.replace(recipe, attempt=session.attempt))
        return session.attempt


def found_all(session: FakeSession) -> None:
    """A failure, and a search that ended with a proof."""
    session.flash_attn_fails()
    search = Searching(session)
    search.started()
    search.three_fail()
    search.proves()


def zlib() -> Recipe:
    """What cannot be cured here."""
    need = SystemNeed(kind="header", name="zlib.h", apt="zlib1g-dev", dnf="zlib-devel", brew="zlib")
    return Recipe(
        proven=False, system=(need,), system_packages=("zlib1g-dev",), summary="", attempt=2
    )

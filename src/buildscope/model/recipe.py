"""A search for a cure: what was tried, what came of it, and the recipe at its end."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from buildscope.model.base import Record
from buildscope.model.failure import Cause, SystemNeed
from buildscope.model.settings import ConfigSettings

Strategy: TypeAlias = Literal[
    "published", "remedy", "interpreter", "travel", "bisect", "environment", "minimise", "prove"
]
"""Why a trial is made; ``published`` is the first attempt, with the user's own settings."""

Judgement: TypeAlias = Literal["works", "new error", "same error", "stopped", "not possible"]
"""What came of a trial, against the attempt it was made from.

``not possible`` could not be begun (no such interpreter, the settings were refused).
"""

SearchEnd: TypeAlias = Literal["proven", "as published", "system", "none", "budget", "stopped"]
"""How a search ended; ``system`` needs what only the machine's packages can bring."""

Frontend: TypeAlias = Literal["uv", "pip", "build"]
FRONTENDS: tuple[Frontend, ...] = get_args(Frontend)


class Recipe(Record, frozen=True):
    """Everything that a build as published lacks: settings, files of the source, the machine's.

    ``proven`` says that attempt ``attempt``, from zero and with nothing but this, built.
    ``patch`` is a unified diff for ``patch -p1`` in the source tree. ``system_packages`` are
    names of this machine's package manager, ``system`` all that is known of each.
    ``summary`` is the recipe in the words of the retry line, ``notes`` what a user must know
    of it, ``dropped`` changes that were tried on the way and are not needed.
    """

    proven: bool
    python: str | None = None
    isolation: bool = True
    extra: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    env: dict[str, str] = {}
    config_settings: ConfigSettings = {}
    exclude_newer: str | None = None
    system_packages: tuple[str, ...] = ()
    patch: str | None = None
    find_links: tuple[str, ...] = ()
    index_url: str | None = None
    extra_index_url: tuple[str, ...] = ()
    system: tuple[SystemNeed, ...] = ()
    summary: str = ""
    notes: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    attempt: int | None = None


class Trial(Record, frozen=True):
    """One change that was tried: attempt ``attempt``, made from ``parent``.

    ``words`` is the change in the words of the retry line, ``why`` a clause for people.
    ``judgement`` is ``None`` while it runs, ``told`` the sentence of what came of it.
    """

    number: int
    strategy: Strategy
    words: str
    why: str
    parent: int | None = None
    attempt: int | None = None
    judgement: Judgement | None = None
    told: str = ""
    started: float | None = None
    seconds: float | None = None


class Cured(Record, frozen=True):
    """What a real frontend did with the recipe; ``before`` without it, ``after`` with it.

    ``None`` where it was not run; ``note`` says why, or quotes its error.
    """

    frontend: Frontend
    version: str
    before: bool | None
    after: bool | None
    note: str = ""


class Search(Record, frozen=True):
    """A search for a cure within ``budget`` seconds and ``max_attempts`` attempts.

    ``faults`` are the causes met on the way to the recipe, in the order in which they showed.
    """

    started: float
    budget: float
    max_attempts: int | None = None
    trials: tuple[Trial, ...] = ()
    ended: SearchEnd | None = None
    told: str = ""
    seconds: float | None = None
    recipe: Recipe | None = None
    faults: tuple[Cause, ...] = ()
    cured: tuple[Cured, ...] = ()

"""The exact directory and environment of a phase, to be entered by a person."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from buildscope.environments.environ import hook_environ
from buildscope.errors import UsageError
from buildscope.journal.redact import MASK
from buildscope.model.base import Record
from buildscope.model.names import PHASES
from buildscope.model.run import EnvironmentFacts
from buildscope.session.command import repeat_command
from buildscope.session.find import find_attempt
from buildscope.session.views import Moment, View

if TYPE_CHECKING:
    from collections.abc import Mapping

    from buildscope.environments.model import BuildEnvironment
    from buildscope.model.names import Phase
    from buildscope.model.run import Attempt, SessionRecord
    from buildscope.model.settings import Settings
    from buildscope.model.target import SourceFacts

_TOLD = (
    "input is your terminal (a hook's is empty), nothing is inspected or recorded, and "
    "BUILDSCOPE_ATTEMPT is set"
)


class Entered(Record, frozen=True):
    """Where a shell goes. ``words`` say what differs from what the hook had.

    ``live``: the attempt's own tree and environment, and no copies. ``repeat`` calls the hook
    of the phase again, there.
    """

    directory: str
    environ: dict[str, str]
    python: str
    words: tuple[str, ...]
    live: bool
    title: str
    repeat: str | None = None


def last_phase(attempt: Attempt) -> Phase:
    """The phase that an attempt's own tree and environment stand at."""
    if attempt.paused is not None:
        return attempt.paused.phase
    ran = [run.name for run in attempt.phases if run.status not in {"pending", "carried"}]
    return ran[-1] if ran else attempt.first_phase


def enter(
    record: SessionRecord,
    number: int,
    phase: Phase | None,
    *,
    before: bool,
    environ: Mapping[str, str],
    cwd: Path,
) -> Entered:
    """The state ``before`` a phase ran, else as the phase left it; built anew where needed.

    ``phase`` is the last one that ran unless it is named; one that was carried over is
    entered where it ran. Raises ``UsageError`` when there is no such attempt, the phase never
    ran, or the attempt never had a source; ``BuildscopeError`` when it cannot be built anew.
    """
    attempt = find_attempt(record, number)
    if phase is None and attempt.paused is not None:
        before = before or attempt.paused.when == "before"
    phase = phase or last_phase(attempt)
    _check(attempt, phase, before=before)
    moment = Moment(record=record, attempt=attempt, phase=phase, before=before)
    words: tuple[str, ...] = ()
    while (ran_in := moment.ran_in) is not None and not moment.is_live:
        words = (f"{phase} was carried over from #{ran_in}, where it ran",)
        moment = Moment(record=record, attempt=record.attempt(ran_in), phase=phase, before=before)
    return _entered(moment, words, environ, cwd)


def _check(attempt: Attempt, phase: Phase, *, before: bool) -> None:
    if attempt.source is None or phase == "source":
        raise UsageError(f"#{attempt.id} has no source tree to enter", hint="name a later phase")
    paused = attempt.paused is not None and attempt.paused.phase == phase
    if attempt.phase(phase).status == "pending" and not before and not paused:
        raise UsageError(
            f"{phase} of #{attempt.id} never ran",
            hint=f"the last phase that did: {last_phase(attempt)}; or --before",
        )


def _entered(
    moment: Moment, words: tuple[str, ...], environ: Mapping[str, str], cwd: Path
) -> Entered:
    attempt = moment.attempt
    settings, unknown = _without_masks(attempt.settings, environ)
    view = View(moment, settings, environ, cwd)
    source, tree_words = view.tree()
    environment, environment_words = view.environment()
    found = hook_environ(environment, settings, environ, pycache=view.work / "pycache")
    if not source.in_place:
        found.setdefault("GIT_CEILING_DIRECTORIES", str(Path(source.tree).parent))
    found["BUILDSCOPE_ATTEMPT"] = str(attempt.id)
    when = "before" if moment.before else "after"
    return Entered(
        directory=source.project,
        environ=found,
        python=environment.python,
        words=(*words, *tree_words, *environment_words, *unknown, _TOLD),
        live=view.live,
        title=f"#{attempt.id} {when} {moment.phase}",
        repeat=_repeat(moment, source, environment),
    )


def _repeat(moment: Moment, source: SourceFacts, environment: BuildEnvironment) -> str | None:
    """The command for the place that is entered, which may be a copy."""
    facts = EnvironmentFacts(
        path=environment.path,
        python=environment.python,
        isolated=environment.isolated,
        layer=environment.layer,
    )
    there = msgspec.structs.replace(moment.attempt, source=source, environment=facts)
    return repeat_command(there, moment.attempt.phase(moment.phase))


def _without_masks(
    settings: Settings, environ: Mapping[str, str]
) -> tuple[Settings, tuple[str, ...]]:
    """Secrets are not in the record: the user's own variable of that name is taken, if any."""
    masked = sorted(name for name, value in settings.env.items() if MASK in value)
    if not masked:
        return settings, ()
    own = {name: environ[name] for name in masked if name in environ}
    kept = {name: value for name, value in settings.env.items() if name not in masked}
    words = tuple(
        f"{name} is not in the record, as a secret: "
        + ("your own value is taken" if name in own else "it is not set")
        for name in masked
    )
    return msgspec.structs.replace(settings, env={**kept, **own}), words


def phase_named(name: str) -> Phase:
    """The phase called ``name``; raises ``UsageError``."""
    for phase in PHASES:
        if phase == name:
            return phase
    raise UsageError(f"{name!r} is no phase", hint=f"phases: {', '.join(PHASES)}")

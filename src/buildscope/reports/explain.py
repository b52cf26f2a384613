"""What a phase is for, what went into it and came out of it, and how to do it by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from buildscope.model.base import Record
from buildscope.model.names import PHASES, Phase
from buildscope.reports.by_hand import HOOKS, by_hand, made_wheel
from buildscope.reports.by_hand_install import asked
from buildscope.reports.lessons import LESSONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from buildscope.model.run import Attempt, PhaseRun

_MOST_LINES = 60
_LONGEST = 4000
_DIRTYING: tuple[Phase, ...] = ("get_requires", "prepare_metadata", "build_wheel")


class Crossed(Record, frozen=True):
    """What crossed to the backend and back, as JSON values; ``None`` where nothing did."""

    given: Any = None
    returned: Any = None

    @property
    def arguments(self) -> dict[str, Any]:
        """What the hook was called with, without what the hook library tells itself."""
        found = self.given.get("kwargs") if isinstance(self.given, dict) else None
        named = found if isinstance(found, dict) else {}
        return {name: value for name, value in named.items() if not name.startswith("_")}


class Explanation(Record, frozen=True):
    """One phase of one attempt, for a reader who learns.

    ``given`` and ``returned`` are (label, text) pairs, the text of one or more lines;
    ``by_hand`` are the lines of a shell that do the same, and ``caution`` says what is
    different then; ``state`` says what has become of the phase.
    """

    phase: Phase
    does: str
    why: tuple[str, ...]
    runs: str
    state: str
    given: tuple[tuple[str, str], ...]
    returned: tuple[tuple[str, str], ...]
    by_hand: tuple[str, ...]
    caution: str
    standard: str


def explain(attempt: Attempt, run: PhaseRun, crossed: Crossed | None = None) -> Explanation:
    """Explain ``run`` of ``attempt``; ``crossed`` is what a hook was given and returned."""
    crossed = crossed or Crossed()
    lesson = LESSONS[run.name]
    return Explanation(
        phase=run.name,
        does=lesson.does,
        why=lesson.why,
        runs=lesson.runs,
        state=_state(run),
        given=tuple(_given(attempt, run, crossed)),
        returned=tuple(_returned(attempt, run, crossed)),
        by_hand=by_hand(attempt, run, crossed.arguments),
        caution=_caution(attempt, run.name),
        standard=lesson.standard,
    )


def position(phase: Phase) -> str:
    """``5 of 9``."""
    return f"{PHASES.index(phase) + 1} of {len(PHASES)}"


def next_call(attempt: Attempt, phase: Phase) -> str:
    """What a phase calls, in words: ``setuptools.build_meta:__legacy__.build_wheel(…)``."""
    backend = attempt.backend
    hook = HOOKS.get(phase)
    if hook is None or backend is None:
        return LESSONS[phase].does
    settings = attempt.settings.config_settings or None
    places = {"prepare_metadata": "metadata_directory, ", "build_wheel": "wheel_directory, "}
    return f"{backend.backend}.{hook}({places.get(phase, '')}config_settings={settings!r})"


def _state(run: PhaseRun) -> str:
    if run.status == "carried":
        return f"carried from #{run.from_}: it was not run again"
    if run.status == "skipped":
        return f"skipped: {run.note}" if run.note else "skipped"
    return {"pending": "not run yet", "running": "running"}.get(run.status, run.status)


def _caution(attempt: Attempt, phase: Phase) -> str:
    """Said where a later hook has been in the tree that the lines run in."""
    if phase not in _DIRTYING:
        return ""
    later = _DIRTYING[_DIRTYING.index(phase) + 1 :]
    ran = [name for name in later if attempt.phase(name).status in {"passed", "failed"}]
    if not ran:
        return ""
    return f"It runs in the tree of #{attempt.id} as {ran[-1]} left it; a shell (!) has it clean."


# What went in


def _given(attempt: Attempt, run: PhaseRun, crossed: Crossed) -> Iterator[tuple[str, str]]:
    if run.name in HOOKS:
        yield from _hook_given(attempt, crossed)
    else:
        yield from _GIVEN[run.name](attempt)


def _hook_given(attempt: Attempt, crossed: Crossed) -> Iterator[tuple[str, str]]:
    backend, source = attempt.backend, attempt.source
    yield from _named(backend=backend.backend if backend is not None else None)
    yield from _named(directory=source.project if source is not None else None)
    if crossed.given is not None:
        yield "input.json", shown({"kwargs": crossed.arguments})
    else:
        yield "config_settings", shown(attempt.settings.config_settings or None)


def _source_given(attempt: Attempt) -> Iterator[tuple[str, str]]:
    source = attempt.source
    if source is None:
        return
    yield from _named(origin=source.origin, file=source.filename, url=source.url)
    yield from _named(revision=source.revision, uploaded=source.uploaded)


def _file_given(attempt: Attempt) -> Iterator[tuple[str, str]]:
    source = attempt.source
    if source is not None:
        yield "file", f"{source.project}/pyproject.toml"


def _environment_given(attempt: Attempt) -> Iterator[tuple[str, str]]:
    interpreter = attempt.interpreter
    if interpreter is not None:
        yield "interpreter", f"{interpreter.version}  {interpreter.path}"
    yield "isolation", "on" if attempt.settings.isolation else "off"


def _install_given(attempt: Attempt, phase: Phase) -> Iterator[tuple[str, str]]:
    yield "requirements", ", ".join(asked(attempt, phase)) or "(none)"
    yield "constraints", ", ".join(attempt.settings.constraints) or "(none)"
    yield "installer", attempt.settings.installer
    if attempt.settings.exclude_newer is not None:
        yield "not newer than", attempt.settings.exclude_newer


_GIVEN: Mapping[Phase, Callable[[Attempt], Iterator[tuple[str, str]]]] = {
    "source": _source_given,
    "static_requires": _file_given,
    "environment": _environment_given,
    "install_static": lambda attempt: _install_given(attempt, "install_static"),
    "install_dynamic": lambda attempt: _install_given(attempt, "install_dynamic"),
    "check": lambda attempt: _named(wheel=made_wheel(attempt)),
}


# What came out


def _returned(attempt: Attempt, run: PhaseRun, crossed: Crossed) -> Iterator[tuple[str, str]]:
    if run.status in {"pending", "running"}:
        yield "", "(not run yet)"
        return
    if run.exception is not None:
        yield "raised", f"{run.exception.type}: {run.exception.message}".removesuffix(": ")
    elif run.failure is not None:
        yield "failed", run.failure.message
    if run.name not in HOOKS:
        yield from _made(attempt, run)
    elif crossed.returned is not None:
        yield "output.json", shown(crossed.returned)
    elif run.exception is None and run.result is not None:
        yield "returned", shown(run.result)
    if run.note and run.status != "skipped":
        yield "note", run.note


def _made(attempt: Attempt, run: PhaseRun) -> Iterator[tuple[str, str]]:
    source, backend, environment = attempt.source, attempt.backend, attempt.environment
    if run.name == "source" and source is not None:
        size = f"{source.size:,} bytes" if source.size is not None else None
        yield from _named(sha256=source.sha256, size=size, tree=source.tree)
    elif run.name == "static_requires" and backend is not None:
        yield "backend", backend.backend
        yield "requires", shown(list(backend.requires))
        yield "backend-path", shown(list(backend.backend_path))
        yield "legacy", "yes" if backend.legacy else "no"
    elif run.name == "environment" and environment is not None:
        yield "environment", environment.path
    elif run.installed:
        yield "installed", "\n".join(f"{one.name} {one.version}" for one in run.installed)


def _named(**values: str | None) -> Iterator[tuple[str, str]]:
    return ((name, value) for name, value in values.items() if value)


def shown(value: Any) -> str:
    """``value`` as JSON, on one line where it is short; cut where it is very long."""
    text = json.dumps(value, ensure_ascii=False)
    if len(text) > _LINE:
        text = json.dumps(value, ensure_ascii=False, indent=2)
    lines = text.splitlines()
    if len(text) <= _LONGEST and len(lines) <= _MOST_LINES:
        return text
    return "\n".join([*text[:_LONGEST].splitlines()[:_MOST_LINES], "… (more in the file)"])


_LINE = 48
"""Characters of JSON that stay on one line."""

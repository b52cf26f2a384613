"""What a phase is for, what went into it and came out of it, and how to do it by hand."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

from buildscope.model.base import Record
from buildscope.model.names import PHASES, Phase
from buildscope.reports.lessons import LESSONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.model.run import Attempt, PhaseRun

_LONGEST = 2000
_HOOKS: dict[Phase, str] = {
    "get_requires": "get_requires_for_build_wheel",
    "prepare_metadata": "prepare_metadata_for_build_wheel",
    "build_wheel": "build_wheel",
}


class Crossed(Record, frozen=True):
    """What crossed to the backend and back, as JSON values; ``None`` where nothing did."""

    given: Any = None
    returned: Any = None


class Explanation(Record, frozen=True):
    """One phase of one attempt, for a reader who learns.

    ``given`` and ``returned`` are (label, value) lines; ``by_hand`` are the lines of a shell that
    do the same; ``state`` says what has become of it.
    """

    phase: Phase
    does: str
    why: tuple[str, ...]
    state: str
    given: tuple[tuple[str, str], ...]
    returned: tuple[tuple[str, str], ...]
    by_hand: tuple[str, ...]
    standard: str


def explain(attempt: Attempt, run: PhaseRun, crossed: Crossed | None = None) -> Explanation:
    """Explain ``run`` of ``attempt``; ``crossed`` is what a hook was given and returned."""
    crossed = crossed or Crossed()
    lesson = LESSONS[run.name]
    return Explanation(
        phase=run.name,
        does=lesson.does,
        why=lesson.why,
        state=_state(run),
        given=tuple(_given(attempt, run, crossed)),
        returned=tuple(_returned(attempt, run, crossed)),
        by_hand=tuple(_by_hand(attempt, run)),
        standard=lesson.standard,
    )


def next_call(attempt: Attempt, phase: Phase) -> str:
    """What a phase calls, in words: ``setuptools.build_meta:__legacy__.build_wheel(…)``."""
    backend = attempt.backend
    hook = _HOOKS.get(phase)
    if hook is None or backend is None:
        return LESSONS[phase].does
    return f"{backend.backend}.{hook}({_arguments(attempt, phase)})"


def _arguments(attempt: Attempt, phase: Phase) -> str:
    settings = (
        json.dumps(attempt.settings.config_settings) if attempt.settings.config_settings else "None"
    )
    places = {"prepare_metadata": "metadata_directory, ", "build_wheel": "wheel_directory, "}
    return f"{places.get(phase, '')}config_settings={settings}"


def _state(run: PhaseRun) -> str:
    if run.status == "carried":
        return f"carried over from #{run.from_}: it was not run again"
    if run.status == "skipped":
        return f"skipped: {run.note}" if run.note else "skipped"
    return {"pending": "not run yet", "running": "running"}.get(run.status, run.status)


def _given(attempt: Attempt, run: PhaseRun, crossed: Crossed) -> Iterator[tuple[str, str]]:
    if run.name in _HOOKS:
        arguments = crossed.given.get("kwargs", {}) if isinstance(crossed.given, dict) else {}
        for name, value in arguments.items():
            if not name.startswith("_"):
                yield name, _shown(value)
        if not arguments:
            yield "config_settings", _shown(attempt.settings.config_settings or None)
    elif run.name == "source":
        source = attempt.source
        if source is not None:
            yield from _named(origin=source.origin, file=source.filename, url=source.url)
    elif run.name == "environment":
        interpreter = attempt.interpreter
        if interpreter is not None:
            yield "interpreter", f"{interpreter.version}  {interpreter.path}"
    elif run.name in {"install_static", "install_dynamic"}:
        yield "requirements", ", ".join(run.requires) or "(none)"
        yield "constraints", ", ".join(attempt.settings.constraints) or "(none)"
        yield "installer", attempt.settings.installer
    elif run.name == "check":
        yield from _named(wheel=attempt.artifact)


def _returned(attempt: Attempt, run: PhaseRun, crossed: Crossed) -> Iterator[tuple[str, str]]:
    if run.status in {"pending", "running"}:
        yield "", "(not run yet)"
        return
    if run.exception is not None:
        yield "raised", f"{run.exception.type}: {run.exception.message}"
    elif run.failure is not None:
        yield "failed", run.failure.message
    if run.name in _HOOKS and run.exception is None:
        value = crossed.returned
        yield (
            "returned",
            _shown(
                value["return_val"]
                if isinstance(value, dict) and "return_val" in value
                else run.result
            ),
        )
    elif run.name == "source" and attempt.source is not None:
        source = attempt.source
        yield from _named(tree=source.tree, sha256=source.sha256, uploaded=source.uploaded)
    elif run.name == "static_requires" and attempt.backend is not None:
        backend = attempt.backend
        yield from _named(backend=backend.backend, reason=backend.reason)
        yield "requires", _shown(list(backend.requires))
        if backend.backend_path:
            yield "backend-path", _shown(list(backend.backend_path))
    elif run.name == "environment" and attempt.environment is not None:
        yield "environment", attempt.environment.path
    elif run.installed:
        yield "installed", ", ".join(f"{one.name} {one.version}" for one in run.installed)
    if run.note:
        yield "note", run.note


def _named(**values: str | None) -> Iterator[tuple[str, str]]:
    return ((name, value) for name, value in values.items() if value)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _by_hand(attempt: Attempt, run: PhaseRun) -> Iterator[str]:
    source, environment = attempt.source, attempt.environment
    if run.name in _HOOKS and source is not None and environment is not None:
        yield from _hook_by_hand(attempt, run.name)
    elif run.name == "source" and source is not None:
        if source.archive and source.filename:
            yield f"mkdir -p src && tar xf {shlex.quote(source.archive)} -C src"
    elif run.name == "static_requires" and source is not None:
        yield f"cd {shlex.quote(source.project)} && {_python(attempt)} - <<'PY'"
        yield "import pathlib, tomllib"
        yield "file = pathlib.Path('pyproject.toml')"
        yield "table = tomllib.loads(file.read_text()) if file.exists() else {}"
        yield "print(table.get('build-system', 'no [build-system]: the legacy backend of setuptools'))"
        yield "PY"
    elif run.name == "environment" and attempt.interpreter is not None:
        yield f"{shlex.quote(attempt.interpreter.path)} -m venv --without-pip env"
    elif run.name in {"install_static", "install_dynamic"} and environment is not None:
        if run.requires:
            yield shlex.join(
                ["uv", "pip", "install", "--python", environment.python, *run.requires]
            )
    elif run.name == "check" and attempt.artifact:
        yield f"unzip -p {shlex.quote(attempt.artifact)} '*.dist-info/METADATA'"


def _python(attempt: Attempt) -> str:
    environment = attempt.environment
    if environment is not None:
        return shlex.quote(environment.python)
    return shlex.quote(attempt.interpreter.path) if attempt.interpreter else "python3"


def _hook_by_hand(attempt: Attempt, phase: Phase) -> Iterator[str]:
    """PEP 517 says how a backend is found: import the module, then walk the attributes."""
    source, backend, environment = attempt.source, attempt.backend, attempt.environment
    assert source is not None
    assert environment is not None
    module, _, attributes = (backend.backend if backend else "").partition(":")
    settings = attempt.settings.config_settings or None
    first = {"prepare_metadata": "tempfile.mkdtemp(), ", "build_wheel": "tempfile.mkdtemp(), "}
    variables = "".join(
        f"{key}={shlex.quote(value)} " for key, value in attempt.settings.env.items()
    )
    bin_ = shlex.quote(environment.python.rpartition("/")[0])
    yield f"cd {shlex.quote(source.project)} && PATH={bin_}:$PATH {variables}{_python(attempt)} - <<'PY'"
    yield "import sys, tempfile"
    yield "from importlib import import_module"
    # A script from standard input has the working directory first, which no frontend does.
    yield f"sys.path[:1] = {list(backend.backend_path) if backend else []}"
    yield f"backend = import_module({module!r})"
    if attributes:
        yield f"backend = backend.{attributes}"
    yield f"print(backend.{_HOOKS[phase]}({first.get(phase, '')}config_settings={settings!r}))"
    yield "PY"


def position(phase: Phase) -> str:
    """``5 of 9``."""
    return f"{PHASES.index(phase) + 1} of {len(PHASES)}"

"""What a person pastes into a shell to repeat a hook by hand."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pyproject_hooks

from buildscope.environments.environ import DROPPED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.model.names import Phase
    from buildscope.model.run import Attempt, PhaseRun

_WRITES: dict[Phase, str] = {"prepare_metadata": "metadata", "build_wheel": "wheel"}
"""The folder of the record that a hook writes into; by hand it writes elsewhere."""
_SCRIPT = Path(pyproject_hooks.__file__).parent / "_in_process" / "_in_process.py"


def repeat_command(attempt: Attempt, run: PhaseRun) -> str | None:
    """One line for ``sh`` that calls the hook of ``run`` again as it was called.

    In the tree and the environment of the attempt, with the library's own in-process script
    and the kept ``input.json``; the record stays as it is. ``None`` for a phase that called no
    hook. Secrets that were taken out of the record are not in it.
    """
    source, environment, backend = attempt.source, attempt.environment, attempt.backend
    kept = Path(run.stdout or "").parent / "input.json"
    if run.call is None or source is None or environment is None or backend is None:
        return None
    if run.stdout is None or not kept.is_file():
        return None
    script = [environment.python, str(_SCRIPT), run.call]
    return (
        f'd=$(mktemp -d) && {_control(run, kept)} > "$d/input.json" && '
        f"(cd {shlex.quote(source.project)} && {_environment(attempt)} {shlex.join(script)} "
        '"$d") && cat "$d/output.json"'
    )


def _control(run: PhaseRun, kept: Path) -> str:
    folder = _WRITES.get(run.name)
    if folder is None:
        return f"cat {shlex.quote(str(kept))}"
    written = kept.parent.parent / folder
    return f"sed 's|{written}\"|'\"$d\"'\"|' {shlex.quote(str(kept))}"


def _environment(attempt: Attempt) -> str:
    unset = " ".join(f"-u {name}" for name in sorted(DROPPED))
    return " ".join(["env", unset, *_assignments(attempt)])


def _assignments(attempt: Attempt) -> Iterator[str]:
    environment, source, backend = attempt.environment, attempt.source, attempt.backend
    assert environment is not None
    assert source is not None
    assert backend is not None
    folders = [str(Path(environment.python).parent)]
    if environment.layer is not None:
        folders.insert(0, str(Path(environment.layer, "bin")))
        yield f"PYTHONPATH={shlex.quote(environment.layer)}"
    yield f'PATH={shlex.quote(os.pathsep.join(folders))}:"$PATH"'
    yield f"VIRTUAL_ENV={shlex.quote(environment.path)}"
    if not environment.isolated:
        yield "PYTHONDONTWRITEBYTECODE=1"
    if not source.in_place:
        yield f"GIT_CEILING_DIRECTORIES={shlex.quote(str(Path(source.tree).parent))}"
    for name, value in attempt.settings.env.items():
        yield f"{name}={shlex.quote(value)}"
    yield f"_PYPROJECT_HOOKS_BUILD_BACKEND={shlex.quote(backend.backend)}"
    if backend.backend_path:
        paths = os.pathsep.join(str(Path(source.project, path)) for path in backend.backend_path)
        yield f"_PYPROJECT_HOOKS_BACKEND_PATH={shlex.quote(paths)}"

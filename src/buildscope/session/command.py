"""What a person pastes into a shell to repeat a hook by hand."""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pyproject_hooks

from buildscope.environments.environ import DROPPED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from buildscope.model.run import Attempt, BackendFacts, EnvironmentFacts, PhaseRun
    from buildscope.model.target import SourceFacts

_LAYER = Path(__file__).parent.parent / "inside" / "layer.py"
_IN_FRONT = (
    "import runpy, sys; del sys.argv[0], sys.path[0]; "
    'runpy.run_path(sys.argv.pop(0))["put_in_front"](sys.argv.pop(0)); '
    'runpy.run_path(sys.argv[0], run_name="__main__")'
)
"""Process the ``.pth`` files of a layer, as the inspector does, then run the script."""
_NESTED = ("PIP_CONSTRAINT", "PIP_PREFIX", "PIP_TARGET", "PIP_USER", "UV_CONSTRAINT", "UV_OVERRIDE")
"""What of the caller's would change installations within a hook, and no hook is given."""


def repeat_command(attempt: Attempt, run: PhaseRun) -> str | None:
    """One line for ``sh`` that calls the hook of ``run`` again as it was called.

    In the tree and the environment of the attempt, with the library's own in-process script
    and a copy of the kept ``input.json``; what the hook writes goes to a new directory, so
    that the record stays as it is. It ends with the exit code of the hook. ``None`` for a
    phase that called no hook. A secret is not in it: ``[redacted]`` stands in its place.
    """
    source, environment, backend = attempt.source, attempt.environment, attempt.backend
    kept = Path(run.stdout or "").parent / "input.json"
    if run.call is None or source is None or environment is None or backend is None:
        return None
    if run.stdout is None or not kept.is_file():
        return None
    script, variables = _library_call(run.call, source, environment, backend)
    steps = (
        'd=$(mktemp -d) && mkdir "$d/out"',
        *_control(kept),
        f"cd {shlex.quote(source.project)}",
        f'{hook_environment(attempt, variables)} {_python(environment, script)} "$d"',
        'cat "$d/output.json"',
        "printf '\\nwritten to %s\\n' \"$d/out\"",
    )
    return f"({' && '.join(steps)})"


class _Seen(Exception):  # noqa: N818 - ends a call that is only looked at
    """The library has told what it would run."""


def _library_call(
    hook: str, source: SourceFacts, environment: EnvironmentFacts, backend: BackendFacts
) -> tuple[list[str], dict[str, str]]:
    """Script and its first argument, and the variables, as this release of the library has them."""
    script: list[str] = []
    variables: dict[str, str] = {}

    def look(
        cmd: Sequence[str],
        cwd: str | None = None,  # noqa: ARG001 - the protocol of the library
        extra_environ: Mapping[str, str] | None = None,
    ) -> None:
        script.extend(cmd[1:-1])
        variables.update(extra_environ or {})
        raise _Seen

    caller = pyproject_hooks.BuildBackendHookCaller(
        source.project, backend.backend, list(backend.backend_path), look, environment.python
    )
    directory = () if hook.startswith("get_requires") else (source.project,)
    try:
        getattr(caller, hook)(*directory)
    except _Seen:
        return script, variables
    raise AssertionError(hook)


def _control(kept: Path) -> Iterator[str]:
    """Steps that make the control directory; a prepared ``.dist-info`` is read from a copy."""
    given = json.loads(kept.read_bytes())["kwargs"]
    written, read = given.get("wheel_directory"), given.get("metadata_directory")
    if written is None:
        written, read = read, None
    changes = []
    if written is not None:
        changes.append(_change(written, "/out"))
    if read is not None:
        yield f'cp -R {shlex.quote(read)} "$d/"'
        changes.append(_change(read, f"/{Path(read).name}"))
    edit = f"sed {' '.join(changes)}" if changes else "cat"
    yield f'{edit} {shlex.quote(str(kept))} > "$d/input.json"'


def _change(old: str, new: str) -> str:
    """An edit for sed: the JSON string ``old`` becomes ``new`` below the control directory."""
    pattern = re.sub(r"([][\\.*^$|])", r"\\\1", json.dumps(old))
    begin, end = shlex.quote(f's|{pattern}|"'), shlex.quote(f'{new}"|')
    return f'-e {begin}"$d"{end}'


def _python(environment: EnvironmentFacts, script: list[str]) -> str:
    if environment.layer is None:
        return shlex.join([environment.python, *script])
    first = [environment.python, "-c", _IN_FRONT, str(_LAYER), environment.layer]
    return shlex.join([*first, *script])


def hook_environment(
    attempt: Attempt,
    changes: Mapping[str, str | None],
    quote: Callable[[str], str] = shlex.quote,
) -> str:
    """``env`` with what hooks of ``attempt`` are not given, what they are, and ``changes``.

    ``None``: not set. ``PATH`` goes on as that of the shell, unless it is changed. It needs the
    attempt's source and environment.
    """
    source, environment = attempt.source, attempt.environment
    assert source is not None
    assert environment is not None
    values = {**_values(attempt, source, environment), **changes}
    given = {name: value for name, value in values.items() if value is not None}
    gone = DROPPED | {*_NESTED} - given.keys() | values.keys() - given.keys()
    path = _path(attempt, environment, quote) if "PATH" not in changes else None
    words = ["env", *(f"-u {quote(name)}" for name in sorted(gone))]
    words += [f"PATH={path}"] if path is not None else []
    return " ".join([*words, *(f"{quote(name)}={quote(value)}" for name, value in given.items())])


def _path(attempt: Attempt, environment: EnvironmentFacts, quote: Callable[[str], str]) -> str:
    folders = [str(Path(environment.python).parent)]
    if environment.layer is not None:
        folders.insert(0, str(Path(environment.layer, "bin")))
    own = attempt.settings.env.get("PATH")
    rest = quote(own) if own else '"$PATH"'
    return f"{quote(':'.join(folders))}:{rest}"


def _values(attempt: Attempt, source: SourceFacts, environment: EnvironmentFacts) -> dict[str, str]:
    """Variables but for ``PATH``; the user's own for this attempt count above the others."""
    found: dict[str, str] = {}
    if environment.isolated or Path(environment.path, "pyvenv.cfg").exists():
        found["VIRTUAL_ENV"] = environment.path
    if not environment.isolated:
        found["PYTHONDONTWRITEBYTECODE"] = "1"
    if not source.in_place:
        found["GIT_CEILING_DIRECTORIES"] = str(Path(source.tree).parent)
    own = attempt.settings.env
    found.update({name: value for name, value in own.items() if name != "PATH"})
    if environment.layer is not None:
        paths = [environment.layer, *filter(None, [own.get("PYTHONPATH")])]
        found["PYTHONPATH"] = os.pathsep.join(paths)
    return found

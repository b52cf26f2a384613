"""The lines of a shell that do a phase by hand, with the places of one attempt."""

from __future__ import annotations

import shlex
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from buildscope.reports.by_hand_install import install_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from buildscope.model.names import Phase
    from buildscope.model.run import Attempt, EnvironmentFacts, PhaseRun

HOOKS: Mapping[Phase, str] = {
    "get_requires": "get_requires_for_build_wheel",
    "prepare_metadata": "prepare_metadata_for_build_wheel",
    "build_wheel": "build_wheel",
}
_UNSET = ("PYTHONHOME", "PYTHONPATH", "PYTHONSAFEPATH", "PYTHONWARNINGS")
_HAS_TOMLLIB = (3, 11)


def by_hand(attempt: Attempt, run: PhaseRun, given: Mapping[str, Any]) -> tuple[str, ...]:
    """Lines to paste into bash; none where the attempt has not come so far.

    ``given`` are the arguments that the hook of ``run`` was called with, if it was.
    """
    if run.name in HOOKS:
        return tuple(_hook(attempt, run, given))
    return tuple(_OTHERS[run.name](attempt))


def _hook(attempt: Attempt, run: PhaseRun, given: Mapping[str, Any]) -> Iterator[str]:
    """PEP 517: import the module, then walk the attributes after the colon."""
    source, backend, environment = attempt.source, attempt.backend, attempt.environment
    if source is None or backend is None or environment is None:
        return
    module, _, attributes = backend.backend.partition(":")
    found = f"import_module({module!r})" + (f".{attributes}" if attributes else "")
    paths = [str(PurePath(source.project, path)) for path in backend.backend_path]
    yield f"cd {shlex.quote(source.project)} &&"
    yield from _environment(attempt, environment)
    yield "import sys, tempfile"
    yield "from importlib import import_module"
    yield f"sys.path[:1] = {paths}  # in place of the working directory"
    if environment.layer is not None:
        yield f"import site; site.addsitedir({environment.layer!r})"
    yield f"backend = {found}"
    yield from _call(attempt, run, given)
    yield "PY"


def _environment(attempt: Attempt, environment: EnvironmentFacts) -> Iterator[str]:
    """What a hook's environment has and the user's may not have, then the interpreter."""
    settings, source = attempt.settings, attempt.source
    folders = [str(PurePath(environment.python).parent)]
    values = {"VIRTUAL_ENV": environment.path}
    if environment.layer is not None:
        folders.insert(0, str(PurePath(environment.layer, "bin")))
        values["PYTHONPATH"] = environment.layer
    if not environment.isolated:
        values["PYTHONDONTWRITEBYTECODE"] = "1"
    if source is not None and not source.in_place:
        values["GIT_CEILING_DIRECTORIES"] = str(PurePath(source.tree).parent)
    values.update(settings.env)
    rest = shlex.quote(values.pop("PATH")) if "PATH" in values else '"$PATH"'
    yield "env " + " ".join(f"-u {name}" for name in _UNSET) + " \\"
    yield f"  PATH={shlex.quote(':'.join(folders))}:{rest} \\"
    yield from (f"  {name}={shlex.quote(value)} \\" for name, value in values.items())
    yield f"  {shlex.quote(environment.python)} - <<'PY'"


def _call(attempt: Attempt, run: PhaseRun, given: Mapping[str, Any]) -> Iterator[str]:
    hook = HOOKS[run.name]
    settings = f"config_settings={attempt.settings.config_settings or None!r}"
    if given and run.status == "skipped":
        yield f"print('the backend has it:', hasattr(backend, {hook!r}))"
    elif run.name == "get_requires":
        yield f"print(backend.{hook}({settings}))"
    else:
        yield "folder = tempfile.mkdtemp()"
        prepared = ""
        if run.name == "build_wheel":
            yield f"prepared = {_prepared(attempt, given)!r}"
            prepared = ", metadata_directory=prepared"
        yield f"print(backend.{hook}(folder, {settings}{prepared}), 'in', folder)"


def _prepared(attempt: Attempt, given: Mapping[str, Any]) -> str | None:
    """The ``.dist-info`` that the phase before left."""
    if "metadata_directory" in given:
        return given["metadata_directory"]  # type: ignore[no-any-return]
    run = attempt.phase("prepare_metadata")
    if run.stdout is None or not isinstance(run.result, str):
        return None
    return str(PurePath(run.stdout).parent.parent / "metadata" / run.result)


def _source(attempt: Attempt) -> Iterator[str]:
    source = attempt.source
    if source is None:
        return
    if source.revision is not None and (source.url or "").startswith("git+"):
        url = (source.url or "").removeprefix("git+").partition("#")[0]
        head, _, tail = url.rpartition("/")
        url = f"{head}/{tail.partition('@')[0]}"
        yield f'd=$(mktemp -d) && git clone {shlex.quote(url)} "$d/tree" &&'
        yield f'git -C "$d/tree" checkout {source.revision}'
    elif source.archive is not None and source.filename is not None:
        archive = shlex.quote(source.archive)
        zipped = source.filename.endswith(".zip")
        unpack = f'python3 -m zipfile -e {archive} "$d"' if zipped else f'tar -xf {archive} -C "$d"'
        yield f"sha256sum {archive}"
        yield "d=$(mktemp -d) &&"
        yield f'{unpack} && ls "$d"'
    elif source.archive is not None and not source.in_place:
        yield "d=$(mktemp -d) &&"
        yield f'cp -Rp {shlex.quote(source.archive)} "$d" && ls "$d"/*'


def _static_requires(attempt: Attempt) -> Iterator[str]:
    source, interpreter = attempt.source, attempt.interpreter
    if source is None or interpreter is None:
        return
    yield f"cd {shlex.quote(source.project)} &&"
    if tuple(map(int, interpreter.version.split(".")[:2])) < _HAS_TOMLLIB:
        yield r"sed -n '/^\[build-system\]/,/^\[[^b]/p' pyproject.toml"
        return
    yield f"{shlex.quote(interpreter.path)} - <<'PY'"
    yield "import pathlib, tomllib"
    yield "file = pathlib.Path('pyproject.toml')"
    yield "text = file.read_text('utf-8') if file.exists() else ''"
    yield "backend = {'requires': ['setuptools>=40.8.0'],"
    yield "           'build-backend': 'setuptools.build_meta:__legacy__'}"
    yield "backend.update(tomllib.loads(text).get('build-system', {}))"
    yield "print(backend['build-backend'], backend['requires'])"
    yield "PY"


def _new_environment(attempt: Attempt) -> Iterator[str]:
    environment, interpreter = attempt.environment, attempt.interpreter
    if environment is not None and not environment.isolated:
        python = shlex.quote(environment.python)
        yield f"{python} -c 'import sys; print(sys.version, sys.prefix)'"
    elif interpreter is not None:
        python = shlex.quote(interpreter.path)
        yield f'd=$(mktemp -d) && {python} -m venv --without-pip "$d/env" &&'
        yield "\"$d/env/bin/python\" -c 'import sys; print(sys.version, sys.prefix)'"


def _check(attempt: Attempt) -> Iterator[str]:
    interpreter, wheel = attempt.interpreter, made_wheel(attempt)
    if interpreter is None or wheel is None:
        return
    yield f"{shlex.quote(interpreter.path)} - <<'PY'"
    yield "import base64, csv, hashlib, io, zipfile"
    yield f"wheel = zipfile.ZipFile({wheel!r})"
    yield "record = next(n for n in wheel.namelist() if n.endswith('.dist-info/RECORD'))"
    yield "for name, told, _ in csv.reader(io.TextIOWrapper(wheel.open(record), 'utf-8')):"
    yield "    kind, _, value = told.partition('=')"
    yield "    found = hashlib.new(kind, wheel.read(name)).digest() if kind else b''"
    yield "    same = base64.urlsafe_b64encode(found).decode().rstrip('=') == value"
    yield "    print('ok ' if same else 'BAD', name)"
    yield "print(wheel.read(record.replace('RECORD', 'METADATA')).decode())"
    yield "PY"


def made_wheel(attempt: Attempt) -> str | None:
    """The wheel that phase ``check`` opens."""
    run = attempt.phase("build_wheel")
    if run.stdout is None or not isinstance(run.result, str):
        return None
    return str(PurePath(run.stdout).parent.parent / "wheel" / run.result)


_OTHERS: Mapping[Phase, Callable[[Attempt], Iterator[str]]] = {
    "source": _source,
    "static_requires": _static_requires,
    "environment": _new_environment,
    "install_static": lambda attempt: install_lines(attempt, "install_static"),
    "install_dynamic": lambda attempt: install_lines(attempt, "install_dynamic"),
    "check": _check,
}

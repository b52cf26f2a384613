"""Finds the interpreter that ``-p`` names, through python-discovery and version managers."""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from buildscope.environments.facts import OLDEST, interpreter_facts, own_facts
from buildscope.errors import UsageError
from buildscope.model.run import Interpreter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from python_discovery import DiskCache, PythonInfo

    from buildscope.environments.facts import InterpreterFacts

_MANAGERS = (
    ("PYENV_ROOT", (".pyenv",), ("versions",)),
    ("ASDF_DATA_DIR", (".asdf",), ("installs", "python")),
    ("MISE_DATA_DIR", (".local", "share", "mise"), ("installs", "python")),
)
"""Variable that names the root, the default below the home directory, where versions are."""


def find_interpreter(spec: str | None, *, cache: Path, environ: Mapping[str, str]) -> Interpreter:
    """The interpreter for ``spec``: a version, a name such as ``python3.9``, or a path.

    ``None`` is the one behind buildscope's own environment, found without running anything.
    Of a virtual environment the base interpreter is taken; a version manager's shim counts
    as the name that it has. Raises ``UsageError`` when there
    is none, it is older than 3.8, or it does not run.
    """
    if spec is None:
        own = own_facts()
        return Interpreter(path=own.base, version=own.version, implementation=own.implementation)
    path = as_path(spec)
    if path is not None and not _is_shims(path.parent, environ):
        asked = interpreter_facts(python_at(path, spec), cache=cache, environ=environ)
        refuse_old(asked, spec)
        return _interpreter(asked)
    found = _search(spec if path is None else path.name, cache, environ)
    if found is None:
        raise _not_found(spec, cache, environ)
    return found


def known_interpreters(*, cache: Path, environ: Mapping[str, str]) -> tuple[Interpreter, ...]:
    """Every interpreter from 3.8 on that is found on this machine, the newest first."""
    from python_discovery import PythonInfo, iter_interpreters

    _silence()
    store, searchable = _store(cache), _searchable(environ)
    infos = [
        *iter_interpreters(None, cache=store, env=searchable),
        *(
            PythonInfo.from_exe(str(path), store, raise_on_error=False, env=searchable)
            for path in _managed(environ)
        ),
    ]
    found: dict[str, Interpreter] = {}
    for info in infos:
        if info is None or info.version_info[:2] < OLDEST:
            continue
        interpreter = _of_info(info, cache, environ)
        if interpreter is not None:
            found.setdefault(os.path.realpath(interpreter.path), interpreter)
    return tuple(sorted(found.values(), key=lambda each: _sort_key(each.version), reverse=True))


def as_path(spec: str) -> Path | None:
    """``spec`` as a path, when it looks like one rather than like a version or name."""
    separators = [os.sep, *([os.altsep] if os.altsep else [])]
    if any(separator in spec for separator in separators) or spec in {".", ".."}:
        return Path(spec).expanduser().absolute()
    return None


def python_at(path: Path, spec: str) -> str:
    """The interpreter at ``path``: itself, or that of the environment which it is.

    Raises ``UsageError`` when there is none.
    """
    if path.is_dir():
        for name in ("bin/python", "bin/python3", "bin/pypy3", "Scripts/python.exe", "python.exe"):
            if (path / name).exists():
                return str(path / name)
        raise UsageError(
            f"-p {spec}: the directory {path} holds no Python interpreter",
            hint="name an interpreter, an environment, or a version such as 3.12",
        )
    if not path.exists():
        raise UsageError(
            f"-p {spec}: there is no file {path}",
            hint="name an interpreter that exists, or a version such as 3.12",
        )
    return str(path)


def refuse_old(facts: InterpreterFacts, spec: str) -> None:
    """Raise ``UsageError`` for an interpreter older than 3.8."""
    if facts.release < OLDEST:
        raise UsageError(
            f"-p {spec} is Python {facts.version} at {facts.executable}; builds run on 3.8 and newer",
            hint="name a newer interpreter with -p",
        )


def _search(spec: str, cache: Path, environ: Mapping[str, str]) -> Interpreter | None:
    from python_discovery import PythonInfo, PythonSpec, get_interpreter

    _silence()
    wanted = PythonSpec.from_string_spec(spec)
    if (
        wanted.major is not None
        and (wanted.major, 99 if wanted.minor is None else wanted.minor) < OLDEST
    ):
        raise UsageError(
            f"-p {spec} asks for an older Python than builds run on (3.8 and newer)",
            hint=f"there are {_listing(known_interpreters(cache=cache, environ=environ))}",
        )
    store = _store(cache)
    info = get_interpreter(
        spec,
        cache=store,
        env=_searchable(environ),
        predicate=lambda info: info.version_info[:2] >= OLDEST,
    )
    if info is not None and (found := _of_info(info, cache, environ)) is not None:
        return found
    for path in _managed(environ, wanted.major, wanted.minor):
        candidate = PythonInfo.from_exe(
            str(path), store, raise_on_error=False, env=_searchable(environ)
        )
        if candidate is not None and candidate.satisfies(wanted, impl_must_match=True):
            return _of_info(candidate, cache, environ)
    return None


def _not_found(spec: str, cache: Path, environ: Mapping[str, str]) -> UsageError:
    known = known_interpreters(cache=cache, environ=environ)
    return UsageError(
        f"-p {spec}: no such Python was found; there are {_listing(known)}",
        hint="take one of these, give the path of another, or install it",
    )


def _listing(known: Iterable[Interpreter]) -> str:
    listed = [
        f"{'' if each.implementation == 'cpython' else each.implementation + ' '}"
        f"{each.version} ({each.path})"
        for each in known
    ]
    return ", ".join(listed) or "none"


def _of_info(info: PythonInfo, cache: Path, environ: Mapping[str, str]) -> Interpreter | None:
    path = info.system_executable or info.executable
    try:
        return _interpreter(interpreter_facts(path, cache=cache, environ=environ))
    except UsageError:
        return None


def _interpreter(facts: InterpreterFacts) -> Interpreter:
    return Interpreter(path=facts.base, version=facts.version, implementation=facts.implementation)


def _store(cache: Path) -> DiskCache:
    from python_discovery import DiskCache

    return DiskCache(cache / "interpreters")


def _searchable(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment without shims on ``PATH``: a shim refuses versions that are there."""
    entries = environ.get("PATH", "").split(os.pathsep)
    kept = [entry for entry in entries if entry and not _is_shims(Path(entry), environ)]
    return {**environ, "PATH": os.pathsep.join(kept)}


def _is_shims(directory: Path, environ: Mapping[str, str]) -> bool:
    if directory.name != "shims":
        return False
    roots = {str(root) for root in _roots(environ)}
    return str(directory.parent) in roots or any(
        part.startswith((".pyenv", ".asdf", "mise")) for part in directory.parts
    )


def _roots(environ: Mapping[str, str]) -> Iterator[Path]:
    home = Path(environ.get("HOME") or environ.get("USERPROFILE") or Path.home())
    for variable, default, _ in _MANAGERS:
        yield Path(environ[variable]) if environ.get(variable) else home.joinpath(*default)


def _managed(
    environ: Mapping[str, str], major: int | None = None, minor: int | None = None
) -> Iterator[Path]:
    """Interpreters of version managers, CPython first and the newest first.

    A directory whose name is a version other than ``major.minor`` is left out.
    """
    for root, (_, _, below) in zip(_roots(environ), _MANAGERS, strict=True):
        try:
            directories = [path for path in root.joinpath(*below).iterdir() if path.is_dir()]
        except OSError:
            continue
        for directory in sorted(directories, key=lambda path: _sort_key(path.name), reverse=True):
            version = _sort_key(directory.name)[1]
            known = version[: 1 if minor is None else 2]
            if major is not None and version and known != (major, minor)[: len(known)]:
                continue
            names = ("bin/python", "bin/python3", "bin/pypy3", "python.exe")
            yield from [found for name in names if (found := directory / name).exists()][:1]


def _sort_key(version: str) -> tuple[bool, tuple[int, ...]]:
    """Plain versions (CPython's directories) above named ones, then by number."""
    plain = re.match(r"\d+(\.\d+)*", version)
    return plain is not None, tuple(map(int, plain[0].split("."))) if plain else ()


def _silence() -> None:
    """Keep python-discovery's warnings off stderr where nobody has set up logging."""
    for name in ("python_discovery", "filelock"):
        logger = logging.getLogger(name)
        if not any(isinstance(handler, logging.NullHandler) for handler in logger.handlers):
            logger.addHandler(logging.NullHandler())

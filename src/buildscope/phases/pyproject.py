"""Reads the build system of a project: PEP 517, PEP 518 and the pyproject.toml specification.

What is refused here is what the common frontends refuse; where they differ, the majority of
pip, uv and build is followed (unknown keys in ``[build-system]`` are ignored, and said so).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from buildscope.errors import PhaseError
from buildscope.model.run import BackendFacts
from buildscope.phases.declared import read_declared
from buildscope.phases.python_bounds import check_python
from buildscope.phases.toml_position import key_position, value_position
from buildscope.phases.toml_text import PYPROJECT, Document, described, read_document, refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildscope.phases.declared import Declared

LEGACY_BACKEND = "setuptools.build_meta:__legacy__"
LEGACY_REQUIRES = ("setuptools>=40.8.0",)

_TABLE = "build-system"
_KEYS = ("requires", "build-backend", "backend-path")
_SETUP_FILES = ("setup.py", "setup.cfg")
_OBJECT = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"
_BACKEND = re.compile(rf"[\w-]+(?:\.[\w-]+)*(?::{_OBJECT})?")


def read_backend(
    project: Path, *, python_version: str, declared: Declared | None = None
) -> BackendFacts:
    """The backend of the project in directory ``project`` and its static requirements.

    Without ``[build-system]`` it is the fallback of PEP 517 (``legacy``); ``reason`` says so
    and names keys that were ignored. ``python_version`` is the full version of the
    interpreter that is to build; a static ``Requires-Python`` is checked against it. ``declared`` are
    the static facts of the tree, where the caller has read them already.

    Raises ``PhaseError`` with file (relative to ``project``), line and column where there is
    one place to look at: ``invalid-pyproject`` or ``unsupported-python``.
    """
    document = read_document(project)
    if document is None or _TABLE not in document.data:
        facts = _fallback(project, document)
    else:
        facts = _BuildSystem(document, project).facts()
    declared = declared or read_declared(project, document)
    if declared.requires_python is not None:
        check_python(declared.requires_python, python_version)
    return msgspec.structs.replace(
        facts,
        name=declared.name and declared.name.value,
        version=declared.version and declared.version.value,
        requires_python=declared.requires_python and declared.requires_python.value,
    )


def _fallback(project: Path, document: Document | None) -> BackendFacts:
    if document is None and not (project / "setup.py").is_file():
        raise _not_a_project(project)
    if document is None:
        why = f"there is no {PYPROJECT}"
    else:
        why = f"{PYPROJECT} has no [{_TABLE}] table" + _misspelt_table(document)
    reason = f"{why}, so PEP 517's fallback is taken: {LEGACY_BACKEND} with {LEGACY_REQUIRES[0]}"
    has_setup = any((project / name).is_file() for name in _SETUP_FILES)
    if document is not None and "project" not in document.data and not has_setup:
        reason += "; nothing here gives a name or a version, so setuptools will make them up"
    return BackendFacts(
        backend=LEGACY_BACKEND, requires=LEGACY_REQUIRES, legacy=True, reason=reason
    )


def _not_a_project(project: Path) -> PhaseError:
    """No installer builds a tree with neither file, with or without a ``setup.cfg``."""
    message = f"this is no Python project: there is neither {PYPROJECT} nor setup.py"
    hint = f"name the directory that holds {PYPROJECT} or setup.py"
    if (project / "setup.cfg").is_file():
        message += "; setup.cfg alone is not enough for any installer"
        hint = f"add an empty {PYPROJECT} beside setup.cfg"
    return PhaseError(message, cause="invalid-pyproject", hint=hint)


def _misspelt_table(document: Document) -> str:
    near = _near(_TABLE, document.data)
    if near is None:
        return ""
    at = key_position(document.text, [near])
    return f" (did line {at.line if at else '?'}, [{near}], mean [{_TABLE}]?)"


def _near(expected: str, keys: Iterable[str]) -> str | None:
    folded = {key.replace("_", "-").lower(): key for key in keys}
    import difflib

    matches = difflib.get_close_matches(expected, folded, n=1, cutoff=0.8)
    return folded[matches[0]] if matches else None


class _BuildSystem:
    """The ``[build-system]`` table of a document, checked key by key."""

    def __init__(self, document: Document, project: Path) -> None:
        self.text = document.text
        self.project = project
        table = document.data[_TABLE]
        if not isinstance(table, dict):
            message = f"`{_TABLE}` is {described(table)}; PEP 518 wants a table"
            raise refusal(message, key_position(self.text, [_TABLE]), f"write [{_TABLE}]")
        self.table: dict[str, Any] = table
        self.unknown = [key for key in table if key not in _KEYS]

    def facts(self) -> BackendFacts:
        requires = self._requires()
        return BackendFacts(
            backend=self._backend(),
            requires=requires,
            backend_path=self._backend_path(),
            reason=self._reason(requires),
        )

    def _reason(self, requires: tuple[str, ...]) -> str:
        parts = []
        if "build-backend" not in self.table:
            parts.append(
                f"[{_TABLE}] names no build-backend, so PEP 517's default is taken: {LEGACY_BACKEND}"
            )
            if not any(_name(item) == "setuptools" for item in requires):
                parts.append("`requires` does not list setuptools, which that backend is part of")
        parts += [self._ignored(key) for key in self.unknown]
        return "; ".join(parts)

    def _ignored(self, key: str) -> str:
        at = key_position(self.text, [_TABLE, key])
        missing = [name for name in _KEYS if name not in self.table]
        meant = next((name for name in missing if _near(name, [key])), None)
        suggestion = f" (did you mean `{meant}`?)" if meant else ""
        return f"`{key}` in line {at.line if at else '?'} is ignored{suggestion}"

    def _requires(self) -> tuple[str, ...]:
        if "requires" not in self.table:
            near = _near("requires", self.unknown)
            at = key_position(self.text, [_TABLE, near] if near else [_TABLE])
            found = f"; `{near}` is there" if near else ""
            message = f"[{_TABLE}] has no `requires`, which PEP 518 makes mandatory{found}"
            hint = f"rename `{near}` to `requires`" if near else "add requires = []"
            raise refusal(message, at, hint)
        requires = self._strings("requires", "an array of PEP 508 strings")
        for index, text in enumerate(requires):
            self._check_requirement(index, text)
        return requires

    def _check_requirement(self, index: int, text: str) -> None:
        try:
            Requirement(text)
        except InvalidRequirement as error:
            why = str(error).partition("\n")[0]
            message = f"{text!r} is no valid PEP 508 requirement: {_lowered(why)}"
            at = key_position(self.text, [_TABLE, "requires"], index)
            raise refusal(message, at, _requirement_hint(text)) from error

    def _backend(self) -> str:
        backend = self.table.get("build-backend", LEGACY_BACKEND)
        at = value_position(self.text, [_TABLE, "build-backend"])
        if not isinstance(backend, str):
            message = f"`build-backend` is {described(backend)}; PEP 517 wants a string"
            raise refusal(message, at)
        if _BACKEND.fullmatch(backend) is None:
            message = (
                f"`build-backend` is {backend!r}, which names no Python object; PEP 517 wants "
                "`module`, or `module:object`"
            )
            raise refusal(message, at)
        return backend

    def _backend_path(self) -> tuple[str, ...]:
        if "backend-path" not in self.table:
            return ()
        entries = self._strings("backend-path", "an array of directories")
        root = self.project.resolve()
        for index, entry in enumerate(entries):
            problem = _path_problem(root, entry)
            if problem is not None:
                at = key_position(self.text, [_TABLE, "backend-path"], index)
                raise refusal(f"the `backend-path` entry {entry!r} {problem}", at)
        return entries

    def _strings(self, key: str, expected: str) -> tuple[str, ...]:
        value = self.table[key]
        if not isinstance(value, list):
            at = value_position(self.text, [_TABLE, key])
            hint = f"write {key} = [{_quoted(value)}]" if isinstance(value, str) else None
            raise refusal(f"`{key}` is {described(value)}; expected {expected}", at, hint)
        for index, item in enumerate(value):
            if not isinstance(item, str):
                at = key_position(self.text, [_TABLE, key], index)
                raise refusal(f"`{key}` holds {described(item)}; expected {expected}", at)
        return tuple(value)


def _path_problem(root: Path, entry: str) -> str | None:
    """Why PEP 517 forbids a ``backend-path`` entry: it must be a directory of the tree."""
    path = Path(entry)
    if path.is_absolute():
        return "is absolute; PEP 517 wants it relative to the project"
    target = (root / path).resolve()
    if not target.is_relative_to(root):
        return "leads out of the project, which PEP 517 forbids"
    if not target.is_dir():
        return "is not a directory of the project"
    return None


def _requirement_hint(text: str) -> str | None:
    if "://" in text:
        return f"name the package before the URL: name @ {text}"
    if text.startswith((".", "/")):
        return "a path is no requirement; write name @ file:///absolute/path"
    return None


def _name(requirement: str) -> str:
    return canonicalize_name(Requirement(requirement).name)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]

"""What a source tree says of its name, version and requirements without being run.

Read it before any hook runs: backends rewrite ``*.egg-info`` in the tree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement

from buildscope.errors import PhaseError
from buildscope.model.base import Record
from buildscope.phases.metadata import MetadataReading, read_leniently
from buildscope.phases.setup_cfg import SETUP_CFG, SetupCfg
from buildscope.phases.setup_py import SetupCall, read_setup_call
from buildscope.phases.stated import Stated
from buildscope.phases.toml_position import value_position
from buildscope.phases.toml_text import PYPROJECT, Document, read_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

SETUP_PY = "setup.py"
PKG_INFO = "PKG-INFO"
_PROJECT = ("project",)
_POETRY = ("tool", "poetry")
_DYNAMIC = ("tool", "setuptools", "dynamic")


class Declared(Record, frozen=True):
    """Static facts of a tree.

    ``names_itself`` and ``versions_itself`` say whether a file gives, or may compute, a name
    or a version. ``requires`` are the requirements without a marker in the sdist's own
    metadata, ``conditional`` the names (normalised) that ``setup.py`` requires under a
    condition. ``pkg_info`` is the sdist's ``PKG-INFO``, where it has a readable one.
    """

    name: Stated | None = None
    version: Stated | None = None
    requires_python: Stated | None = None
    setup_requires: tuple[Stated, ...] = ()
    names_itself: bool = True
    versions_itself: bool = True
    requires: tuple[Stated, ...] = ()
    conditional: frozenset[str] = frozenset()
    pkg_info: MetadataReading | None = None


def read_declared(project: Path, document: Document | None = None) -> Declared:
    """The static facts of the tree in ``project``; never fails for what a file says.

    ``document`` is its ``pyproject.toml``, where the caller has read it already.
    """
    return _Tree(project, document or _document(project)).declared()


class _Tree:
    """The files of a tree that state something, each read once."""

    def __init__(self, project: Path, document: Document | None) -> None:
        self.project = project
        self.document = document
        self.config = SetupCfg(_text(project / SETUP_CFG))
        source = _text(project / SETUP_PY)
        self.call = read_setup_call(source) if source else SetupCall(open=False)
        self.pkg_info = _pkg_info(project)

    def declared(self) -> Declared:
        return Declared(
            name=self._stated("name"),
            version=self._stated("version"),
            requires_python=self._requires_python(),
            setup_requires=self._setup_requires(),
            names_itself=self._gives("name"),
            versions_itself=self._gives("version"),
            requires=tuple(self._requires()),
            conditional=self.call.conditional,
            pkg_info=self.pkg_info,
        )

    def _stated(self, key: str) -> Stated | None:
        return (
            self._modern((*_PROJECT, key))
            or self._modern((*_POETRY, key))
            or self.config.stated("metadata", key)
            or self._called(key)
        )

    def _requires_python(self) -> Stated | None:
        return (
            self._modern((*_PROJECT, "requires-python"))
            or self._from_pkg_info()
            or self.config.stated("options", "python_requires")
        )

    def _gives(self, key: str) -> bool:
        tables = (_PROJECT, _POETRY, _DYNAMIC)
        return (
            any(_lookup(self.document, (*table, key)) is not None for table in tables)
            or self.config.gives("metadata", key)
            or self.call.gives(key)
        )

    def _modern(self, keys: Sequence[str]) -> Stated | None:
        value = _lookup(self.document, keys)
        if self.document is None or not isinstance(value, str):
            return None
        at = value_position(self.document.text, keys)
        return Stated(value=value, file=PYPROJECT, line=at and at.line, column=at and at.column)

    def _called(self, keyword: str) -> Stated | None:
        value = self.call.values.get(keyword)
        if not isinstance(value, str):
            return None
        return Stated(value=value, file=SETUP_PY, line=self.call.lines[keyword])

    def _from_pkg_info(self) -> Stated | None:
        if self.pkg_info is None or self.pkg_info.requires_python is None:
            return None
        line = self.pkg_info.line("Requires-Python")
        return Stated(value=self.pkg_info.requires_python, file=PKG_INFO, line=line)

    def _setup_requires(self) -> tuple[Stated, ...]:
        key = "setup_requires"
        line = self.call.lines.get(key)
        called = (Stated(value=text, file=SETUP_PY, line=line) for text in self.call.strings(key))
        return (*self.config.listed("options", key), *called)

    def _requires(self) -> Iterator[Stated]:
        """From ``PKG-INFO``, else from the ``requires.txt`` that setuptools put beside it."""
        if self.pkg_info is not None and self.pkg_info.requires_dist:
            for text in self.pkg_info.requires_dist:
                if _unconditional(text):
                    yield Stated(value=text, file=PKG_INFO)
            return
        for path in sorted(
            (*self.project.glob("*.egg-info"), *self.project.glob("src/*.egg-info"))
        )[:1]:
            file = (path / "requires.txt").relative_to(self.project).as_posix()
            for text in _text(path / "requires.txt").partition("[")[0].splitlines():
                if _unconditional(text):
                    yield Stated(value=text.strip(), file=file)


def _document(project: Path) -> Document | None:
    try:
        return read_document(project)
    except PhaseError:
        return None


def _lookup(document: Document | None, keys: Sequence[str]) -> object:
    value: object = None if document is None else document.data
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _pkg_info(project: Path) -> MetadataReading | None:
    path = project / PKG_INFO
    return read_leniently(path.read_bytes(), where=PKG_INFO) if path.is_file() else None


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8-sig", errors="replace") if path.is_file() else ""


def _unconditional(text: str) -> bool:
    try:
        return Requirement(text).marker is None
    except InvalidRequirement:
        return False

"""Questions to the source tree of a failed build; it is read, never run."""

from __future__ import annotations

import ast
import re
from pathlib import PurePath
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from buildscope.diagnosis.imported import everywhere
from buildscope.diagnosis.tables import distribution_of, distributions, is_standard, removals

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from buildscope.diagnosis.facts import FailedPhase
    from buildscope.model.failure import Frame

_SITE = re.compile(r"[/\\](?:site|dist)-packages[/\\]([\w-]+)")
_MOST_FILES = 20_000
_MOST_SCRIPTS = 30
_USUAL = ("", "src", "lib")


def has_module(facts: FailedPhase, module: str, folder: str | None = None) -> bool:
    """Whether the project has a module of that top-level name in ``folder``.

    Without one it is looked for at the usual places: beside ``pyproject.toml``, under ``src``
    and under ``lib``.
    """
    if folder is None:
        return _folder_of(facts, module, _USUAL) is not None
    return _folder_of(facts, module, (folder,)) is not None


def module_folder(facts: FailedPhase, module: str) -> str:
    """Where at the usual places the project has that module: ``""``, ``src`` or ``lib``."""
    return _folder_of(facts, module, _USUAL) or ""


def _folder_of(facts: FailedPhase, module: str, folders: Sequence[str]) -> str | None:
    if facts.project is None:
        return None
    for base in folders:
        place = facts.project / base / module
        if place.with_suffix(".py").is_file() or (place / "__init__.py").is_file():
            return base
    return None


def has_file(facts: FailedPhase, name: str) -> bool:
    """Whether the project has a file or folder at that path, relative to it."""
    return facts.project is not None and (facts.project / name).exists()


def exact_source(facts: FailedPhase, file: str) -> str | None:
    """A file of the project as it stands, line ends and all; ``None`` where it is not UTF-8."""
    if facts.project is None or PurePath(file).is_absolute():
        return None
    try:
        return (facts.project / file).read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def mentions(facts: FailedPhase, module: str) -> bool:
    """Whether a Python file beside ``setup.py``, or one of the traceback, names a module."""
    if facts.project is None:
        return False
    files = [path.name for path in sorted(facts.project.glob("*.py"))[:_MOST_SCRIPTS]]
    files += [f.file for raised in facts.chain for f in raised.frames if f.owner == "project"]
    return any(module in facts.source(file) for file in dict.fromkeys(files))


def distribution_of_file(file: str) -> str | None:
    """The distribution an installed file belongs to, by the folder below site-packages."""
    found = _SITE.search(file)
    return distribution_of(found[1]) if found else None


def undeclared_imports(facts: FailedPhase, frame: Frame | None, but: str) -> list[str]:
    """Distributions that the failing file imports and nothing installs.

    What stands in a function, a condition or a ``try`` is left out, unless it is a tool to
    build with; so is what has a bound of its own.
    """
    if frame is None or frame.owner != "project" or not facts.installed:
        return []
    found: list[str] = []
    source = facts.source(frame.file)
    tools = distributions().tools
    deeper = [m for m in everywhere(source) if m.partition(".")[0] in tools]
    for module in (*_top_imports(source), *deeper):
        distribution = distribution_of(module)
        if (
            distribution not in found
            and distribution != but
            and not is_standard(module)
            and module not in removals().modules
            and module.partition(".")[0] not in distributions().never
            and canonicalize_name(distribution) not in facts.installed
            and not has_module(facts, module.partition(".")[0])
        ):
            found.append(distribution)
    return found


def _top_imports(source: str) -> Iterator[str]:
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError):
        return
    for node in body:
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module.partition(".")[0]


def find_file(facts: FailedPhase, name: str) -> str | None:
    """The path, relative to the project, of a file of that name, if the tree has one."""
    if facts.project is None:
        return None
    wanted = PurePath(name).name
    for count, path in enumerate(facts.project.rglob("*")):
        if count > _MOST_FILES:
            return None
        if path.name == wanted:
            return path.relative_to(facts.project).as_posix()
    return None

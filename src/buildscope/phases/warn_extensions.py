"""Extension modules that ``setup.py`` can build, and a wheel that has none."""

from __future__ import annotations

import ast
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Final

from packaging.utils import canonicalize_name

from buildscope.model.base import Record
from buildscope.model.failure import Evidence, Remedy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.model.run import Attempt
    from buildscope.phases.wheel import WheelReading

_MAKES = re.compile(r"(?:\w*Extension|cythonize|mypycify)$")
_CHOSEN = re.compile(
    r"\b(?:platform|os\.name|win32|darwin|windows|nt|environ|getenv|argv)\b", re.IGNORECASE
)
_BRINGS: Final = {"Cython": "Cython", "mypyc": "mypy", "numpy": "numpy", "cffi": "cffi"}


class Unbuilt(Record, frozen=True):
    """Where the extensions are made, and why this build may have left them out."""

    evidence: Evidence
    reason: str
    remedies: tuple[Remedy, ...] = ()


def unbuilt_extensions(attempt: Attempt, wheel: WheelReading) -> Unbuilt | None:
    """What a wheel without anything compiled lacks of what ``setup.py`` can build.

    ``None`` where it builds none, or only for some platforms or for who asks for it.
    """
    if wheel.compiled or attempt.source is None:
        return None
    tree = _parsed(Path(attempt.source.project, "setup.py"))
    line = None if tree is None else next(iter(sorted(_makers(tree))), None)
    if tree is None or line is None:
        return None
    evidence = Evidence(phase="check", file="setup.py", line=line)
    lacking = list(dict.fromkeys(_lacking(tree, attempt)))
    if not lacking:
        return Unbuilt(evidence=evidence, reason=f"setup.py line {line} makes one on some machines")
    names = " and ".join(lacking)
    return Unbuilt(
        evidence=evidence,
        reason=f"setup.py makes one only where {names} can be imported, and nothing declares that",
        remedies=(
            Remedy(
                label=" ".join(f"+{name}" for name in lacking),
                summary="add what it is built with",
                settings={"extra": lacking},
            ),
        ),
    )


def _parsed(path: Path) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return None


def _makers(tree: ast.Module) -> Iterator[int]:
    """The lines that make extensions, but those that a platform or a variable decides on."""
    chosen = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and _CHOSEN.search(ast.unparse(node.value))
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    yield from _made(tree, chosen)


def _made(node: ast.AST, chosen: set[str]) -> Iterator[int]:
    if isinstance(node, (ast.If, ast.IfExp)):
        names = {one.id for one in ast.walk(node.test) if isinstance(one, ast.Name)}
        if names & chosen or _CHOSEN.search(ast.unparse(node.test)):
            return
    if isinstance(node, ast.Call) and _MAKES.fullmatch(_name(node.func)):
        yield node.lineno
    for child in ast.iter_child_nodes(node):
        yield from _made(child, chosen)


def _lacking(tree: ast.Module, attempt: Attempt) -> Iterator[str]:
    """Distributions that are imported if they are there, and are not."""
    installed = {canonicalize_name(one.name) for one in attempt.installed}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Try):
            continue
        for part in node.body:
            for module in _imported(part):
                name = _BRINGS.get(module.partition(".")[0])
                if name is not None and installed and canonicalize_name(name) not in installed:
                    yield name


def _imported(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield node.module


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""

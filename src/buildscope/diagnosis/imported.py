"""What a piece of Python imports; it is read, never run."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def parsed(source: str) -> ast.Module:
    """The tree of a source text, empty where it is no Python of today."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError):
        return ast.Module(body=[], type_ignores=[])


def imported_names(source: str) -> Iterator[tuple[str, str]]:
    """Modules, and the names that ``from`` imports of ``source`` take from them."""
    for node in ast.walk(parsed(source.strip())):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node.module, alias.name) for alias in node.names)


def tried_imports(source: str, name: str) -> Iterator[tuple[str, int]]:
    """Modules, and lines, of imports that would have bound ``name``, had they not failed.

    They stand inside a ``try`` after whose failure the code goes on.
    """
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.Try) and not all(map(_gives_up, node.handlers)):
            for statement in node.body:
                yield from _binding(statement, name)


def everywhere(source: str) -> Iterator[str]:
    """The modules of all absolute imports of ``source``, at any depth, in their order."""
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def _gives_up(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    called = isinstance(last, ast.Expr) and isinstance(last.value, ast.Call)
    return isinstance(last, ast.Raise) or (called and "exit" in ast.unparse(last))


def _binding(statement: ast.stmt, name: str) -> Iterator[tuple[str, int]]:
    if isinstance(statement, ast.Import):
        for alias in statement.names:
            if name == (alias.asname or alias.name.partition(".")[0]):
                yield alias.name, statement.lineno
    elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
        for alias in statement.names:
            if name == (alias.asname or alias.name):
                yield statement.module, statement.lineno

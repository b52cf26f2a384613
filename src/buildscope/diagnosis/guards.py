"""The conditions under which a line of Python runs."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final, NamedTuple

from buildscope.diagnosis.source_edits import dotted

if TYPE_CHECKING:
    from collections.abc import Iterator

_ENDS: Final = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_EXITS: Final = frozenset({"sys.exit", "exit", "quit", "os._exit"})
_BLOCKS: Final = ("body", "orelse", "finalbody")


class Guard(NamedTuple):
    """A condition, and the truth of it with which the line is skipped."""

    test: ast.expr
    skips: bool


def guards(tree: ast.Module, line: int) -> list[Guard]:
    """What decides whether ``line`` (from 1) runs, the nearest condition first."""
    return list(reversed(list(_guards(tree, line))))


def _guards(node: ast.AST, line: int) -> Iterator[Guard]:
    for name in _BLOCKS:
        block = getattr(node, name, None)
        if isinstance(block, list) and _holds(block, line):
            if isinstance(node, ast.If):
                yield Guard(node.test, skips=name == "orelse")
            yield from _in_block(block, line)
    for handler in getattr(node, "handlers", ()):
        yield from _guards(handler, line)


def _in_block(block: list[ast.stmt], line: int) -> Iterator[Guard]:
    for statement in block:
        if statement.lineno <= line <= (statement.end_lineno or statement.lineno):
            yield from _guards(statement, line)
            return
        if isinstance(statement, ast.If) and statement.lineno < line:
            if _ends(statement.body):
                yield Guard(statement.test, skips=True)
            elif _ends(statement.orelse):
                yield Guard(statement.test, skips=False)


def _holds(block: list[ast.stmt], line: int) -> bool:
    return bool(block) and any(
        isinstance(one, ast.stmt) and one.lineno <= line <= (one.end_lineno or one.lineno)
        for one in block
    )


def _ends(block: list[ast.stmt]) -> bool:
    """Whether what follows a block does not run after it."""
    if not block:
        return False
    last = block[-1]
    if isinstance(last, ast.Expr) and isinstance(last.value, ast.Call):
        return dotted(last.value.func) in _EXITS
    return isinstance(last, _ENDS)

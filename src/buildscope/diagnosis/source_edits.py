"""Small changes of Python source that leave every other character as it is."""

from __future__ import annotations

import ast
import warnings
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


class Change(NamedTuple):
    """An expression, and the source that takes its place."""

    node: ast.expr
    new: str


def parsed(text: str) -> ast.Module | None:
    """The syntax tree of a module; ``None`` for what this Python cannot parse."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None


def changed(text: str, changes: Iterable[Change]) -> str:
    """``text``, as it was parsed, with those expressions replaced; none may be inside another."""
    lines = text.encode().split(b"\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    raw = text.encode()
    for node, new in sorted(changes, key=lambda one: _start(one.node), reverse=True):
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[node.end_lineno - 1] + node.end_col_offset
        raw = raw[:start] + new.encode() + raw[end:]
    return raw.decode()


def with_first_lines(text: str, tree: ast.Module, new: str) -> str:
    """``text`` with ``new`` (whole lines) before its first statement that does something.

    The module's docstring and imports from ``__future__`` stay in front.
    """
    at = next((n.lineno - 1 for n in tree.body if not _stays_first(n)), None)
    lines = text.split("\n")
    if at is None:
        return f"{text.rstrip()}\n{new}"
    end = "\r\n" if lines[at].endswith("\r") else "\n"
    before = "".join(f"{line}\n" for line in lines[:at])
    return before + new.replace("\n", end) + "\n".join(lines[at:])


def parents(tree: ast.AST) -> Mapping[ast.AST, ast.AST]:
    """What each node is directly in."""
    return {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}


def around(node: ast.AST, inside: Mapping[ast.AST, ast.AST]) -> Iterator[ast.AST]:
    """The nodes that ``node`` is in, the nearest first."""
    while node in inside:
        node = inside[node]
        yield node


def dotted(node: ast.AST) -> str:
    """``os.path.dirname`` for such an attribute; empty for what is no dotted name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        owner = dotted(node.value)
        return f"{owner}.{node.attr}" if owner else ""
    return ""


def _start(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _stays_first(node: ast.stmt) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"

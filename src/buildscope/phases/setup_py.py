"""What ``setup.py`` says to whoever only reads it: nothing of it is run."""

from __future__ import annotations

import ast
import warnings
from typing import TYPE_CHECKING, Any

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from buildscope.model.base import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHOICES = (ast.If, ast.IfExp, ast.BoolOp)


class SetupCall(Record, frozen=True):
    """The keywords of the ``setup(...)`` call.

    ``values`` has those that are literals (or names bound once to one), ``lines`` the line
    (from 1) of every keyword. ``open`` says that there may be more: ``**keywords``, a call
    that was not found or not understood. ``conditional`` names the requirements
    (normalised) that stand under a condition.
    """

    values: dict[str, Any] = msgspec.field(default_factory=dict)
    lines: dict[str, int] = msgspec.field(default_factory=dict)
    open: bool = True
    conditional: frozenset[str] = frozenset()

    def gives(self, keyword: str) -> bool:
        """Whether the call gives, or may give, the keyword."""
        return self.open or keyword in self.lines

    def strings(self, keyword: str) -> tuple[str, ...]:
        """The strings of a keyword that takes a list of requirements or a text of lines."""
        value = self.values.get(keyword)
        if isinstance(value, str):
            return tuple(line.strip() for line in value.splitlines() if line.strip())
        return tuple(item for item in value or () if isinstance(item, str))


def read_setup_call(source: str) -> SetupCall:
    """Read the text of a ``setup.py``; what cannot be parsed is an open call."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return SetupCall()
    names = _bound_once(tree)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    calls = [call for call in calls if _called(call) == "setup"]
    found = _Keywords(names)
    for call in calls:
        found.add(call)
    return SetupCall(
        values=found.values,
        lines=found.lines,
        open=found.open or not calls,
        conditional=frozenset(_conditional(tree)),
    )


class _Keywords:
    def __init__(self, names: dict[str, ast.expr]) -> None:
        self.names = names
        self.values: dict[str, Any] = {}
        self.lines: dict[str, int] = {}
        self.open = False

    def add(self, call: ast.Call) -> None:
        for keyword in call.keywords:
            if keyword.arg is None:
                self.open = True
                self._add_mapping(self._followed(keyword.value))
            else:
                self._add(keyword.arg, keyword.value)

    def _add_mapping(self, node: ast.expr) -> None:
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    self._add(key.value, value)
        elif isinstance(node, ast.Call) and _called(node) == "dict":
            self.add(node)

    def _add(self, name: str, value: ast.expr) -> None:
        self.lines.setdefault(name, value.lineno)
        literal = self._literal(value)
        if literal is not None:
            self.values.setdefault(name, literal)

    def _literal(self, node: ast.expr, depth: int = 0) -> Any:
        """A string, or the list of the strings that a sum of lists is known to hold."""
        node = self._followed(node)
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            items = [self._literal(item, depth + 1) for item in node.elts]
            return [item for item in items if isinstance(item, str)]
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and depth < 20:
            sides = [self._literal(side, depth + 1) for side in (node.left, node.right)]
            return [item for side in sides if isinstance(side, list) for item in side] or None
        return None

    def _followed(self, node: ast.expr) -> ast.expr:
        return self.names.get(node.id, node) if isinstance(node, ast.Name) else node


def _bound_once(tree: ast.Module) -> dict[str, ast.expr]:
    seen: dict[str, list[ast.expr | None]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = node.targets[0]
            if isinstance(target, ast.Name):
                seen.setdefault(target.id, []).append(node.value)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            seen.setdefault(node.target.id, []).extend((None, None))
    return {name: values[0] for name, values in seen.items() if len(values) == 1 and values[0]}


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Name):
        return node.func.id
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def _conditional(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, _CHOICES):
            for part in ast.walk(node):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield from _requirement_name(part.value)


def _requirement_name(text: str) -> Iterator[str]:
    try:
        yield canonicalize_name(Requirement(text).name)
    except InvalidRequirement:
        return

"""What an expression of ``setup.py`` comes to when variables of the environment are set.

Nothing is run: a handful of constructs are understood, all else is ``UNKNOWN``.
"""

from __future__ import annotations

import ast
import operator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from buildscope.diagnosis.source_edits import dotted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

UNKNOWN: Final = object()
_DEEPEST: Final = 25
_MOST_STEPS: Final = 20_000
_ENVIRONS: Final = frozenset({"os.environ", "environ"})
_GETTERS: Final = frozenset({"os.getenv", "getenv", "os.environ.get", "environ.get"})
_TRUE: Final = frozenset({"y", "yes", "t", "true", "on", "1"})
_FALSE: Final = frozenset({"n", "no", "f", "false", "off", "0"})
_PLAIN: Final[Mapping[str, Callable[[Any], Any]]] = {
    "int": int,
    "bool": bool,
    "str": str,
    "float": float,
    "len": len,
}
_METHODS: Final = frozenset({"lower", "upper", "strip", "casefold", "title", "startswith", "split"})
_COMPARE: Final[Mapping[type[ast.cmpop], Callable[[Any, Any], Any]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
}


@dataclass(frozen=True)
class Module:
    """A parsed module: names bound once to an expression, and functions, by their names."""

    tree: ast.Module
    names: Mapping[str, ast.expr]
    functions: Mapping[str, ast.FunctionDef]

    @classmethod
    def of(cls, tree: ast.Module) -> Module:
        """What the module binds, at any depth."""
        bound: dict[str, list[ast.expr]] = {}
        functions: dict[str, ast.FunctionDef] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        bound.setdefault(target.id, []).append(node.value)
            elif isinstance(node, ast.FunctionDef):
                functions[node.name] = node
        names = {name: values[0] for name, values in bound.items() if len(values) == 1}
        return cls(tree=tree, names=names, functions=functions)


@dataclass
class World:
    """A module with an environment; ``read`` collects the variables that were asked for."""

    module: Module
    environ: Mapping[str, str]
    read: set[str] = field(default_factory=set)
    steps: int = 0

    def truth(self, node: ast.expr) -> bool | None:
        """Whether the expression is true; ``None`` where that cannot be told."""
        value = self.value(node)
        return None if value is UNKNOWN else bool(value)

    def value(self, node: ast.expr | None, names: Mapping[str, Any] | None = None) -> Any:
        """The value of an expression, or ``UNKNOWN``; ``names`` are a function's own."""
        return _Reader(self, names or {}, 0).value(node)


class _Reader:
    def __init__(self, world: World, names: Mapping[str, Any], depth: int) -> None:
        self.world = world
        self.names = dict(names)
        self.depth = depth

    def value(self, node: ast.expr | None) -> Any:
        self.world.steps += 1
        if node is None or self.depth > _DEEPEST or self.world.steps > _MOST_STEPS:
            return UNKNOWN
        read = getattr(self, f"_{type(node).__name__.lower()}", None)
        try:
            return UNKNOWN if read is None else read(node)
        except (TypeError, ValueError, KeyError, AttributeError, IndexError):
            return UNKNOWN

    def _constant(self, node: ast.Constant) -> Any:
        return node.value

    def _name(self, node: ast.Name) -> Any:
        if node.id in self.names:
            return self.names[node.id]
        bound = self.world.module.names.get(node.id)
        return self._deeper({}).value(bound)

    def _subscript(self, node: ast.Subscript) -> Any:
        if self._is_environ(node.value):
            return self._variable(self.value(node.slice), UNKNOWN)
        return UNKNOWN

    def _compare(self, node: ast.Compare) -> Any:
        left, comparator, op = self.value(node.left), node.comparators[0], node.ops[0]
        if len(node.ops) > 1 or left is UNKNOWN:
            return UNKNOWN
        if isinstance(op, (ast.In, ast.NotIn)) and self._is_environ(comparator):
            there = self._variable(left, None) is not None
            return there if isinstance(op, ast.In) else not there
        right = self.value(comparator)
        return UNKNOWN if right is UNKNOWN else _COMPARE[type(op)](left, right)

    def _boolop(self, node: ast.BoolOp) -> Any:
        """Three-valued: one false part decides an ``and``, whatever the others are."""
        decides = isinstance(node.op, ast.Or)
        values = [self.value(one) for one in node.values]
        if any(value is not UNKNOWN and bool(value) is decides for value in values):
            return next(v for v in values if v is not UNKNOWN and bool(v) is decides)
        return UNKNOWN if UNKNOWN in values else values[-1]

    def _unaryop(self, node: ast.UnaryOp) -> Any:
        value = self.value(node.operand)
        return not value if isinstance(node.op, ast.Not) and value is not UNKNOWN else UNKNOWN

    def _ifexp(self, node: ast.IfExp) -> Any:
        test = self.value(node.test)
        return UNKNOWN if test is UNKNOWN else self.value(node.body if test else node.orelse)

    def _tuple(self, node: ast.Tuple | ast.List | ast.Set) -> Any:
        values = [self.value(one) for one in node.elts]
        return UNKNOWN if any(value is UNKNOWN for value in values) else values

    _list = _set = _tuple

    def _call(self, node: ast.Call) -> Any:
        name = dotted(node.func)
        if name in _GETTERS or self._gets(node.func):
            default = self.value(node.args[1]) if len(node.args) > 1 else self._keyword(node)
            return self._variable(self.value(node.args[0]), default)
        if name.rpartition(".")[2] == "strtobool":
            return _strtobool(self.value(node.args[0]))
        if name in _PLAIN and len(node.args) == 1:
            value = self.value(node.args[0])
            return UNKNOWN if value is UNKNOWN else _PLAIN[name](value)
        if isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS:
            return self._method(node, node.func)
        function = self.world.module.functions.get(name)
        return UNKNOWN if function is None else self._helper(function, node)

    def _method(self, node: ast.Call, func: ast.Attribute) -> Any:
        owner, arguments = self.value(func.value), [self.value(one) for one in node.args]
        if not isinstance(owner, str) or UNKNOWN in arguments:
            return UNKNOWN
        return getattr(owner, func.attr)(*arguments)

    def _helper(self, function: ast.FunctionDef, node: ast.Call) -> Any:
        """A function of the module that reads the variable whose name it is given."""
        wanted = [one.arg for one in function.args.args]
        defaults = function.args.defaults
        given = dict(
            zip(wanted[len(wanted) - len(defaults) :], map(self.value, defaults), strict=True)
        )
        given |= dict(zip(wanted, map(self.value, node.args), strict=False))
        given |= {one.arg: self.value(one.value) for one in node.keywords if one.arg}
        return self._deeper(given).body(function.body)

    def body(self, statements: list[ast.stmt]) -> Any:
        """What a simple function returns."""
        for statement in statements:
            if isinstance(statement, ast.Return):
                return self.value(statement.value)
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                self.names[statement.targets[0].id] = self.value(statement.value)
            elif isinstance(statement, ast.If):
                test = self.value(statement.test)
                if test is UNKNOWN:
                    return UNKNOWN
                found = self.body(statement.body if test else statement.orelse)
                if found is not None:
                    return found
            elif not isinstance(statement, ast.Expr):
                return UNKNOWN
        return None

    def _deeper(self, names: Mapping[str, Any]) -> _Reader:
        return _Reader(self.world, names, self.depth + 1)

    def _variable(self, name: object, default: Any) -> Any:
        if not isinstance(name, str):
            return UNKNOWN
        self.world.read.add(name)
        return self.world.environ.get(name, default)

    def _keyword(self, node: ast.Call) -> Any:
        return next((self.value(one.value) for one in node.keywords if one.arg == "default"), None)

    def _is_environ(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Name) and node.id in self.world.module.names:
            return dotted(self.world.module.names[node.id]) in _ENVIRONS
        return dotted(node) in _ENVIRONS

    def _gets(self, func: ast.expr) -> bool:
        return (
            isinstance(func, ast.Attribute) and func.attr == "get" and self._is_environ(func.value)
        )


def _strtobool(value: object) -> Any:
    """As ``distutils.util.strtobool`` has it."""
    if not isinstance(value, str) or value.lower() not in _TRUE | _FALSE:
        return UNKNOWN
    return int(value.lower() in _TRUE)

"""Variables of the environment that the source reads as a yes or no, and what flips them.

Which value does is found by trying values on the very expression that reads it
(``evaluating``), and what it skips by looking at what stands under its condition.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from buildscope.diagnosis.evaluating import Module, World
from buildscope.diagnosis.guards import guards
from buildscope.diagnosis.source_edits import dotted, parsed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from buildscope.diagnosis.facts import FailedPhase

_VALUES: Final = ("1", "TRUE", "True", "true", "YES", "yes", "ON", "on", "Y", "y")
_OFF_VALUES: Final = ("0", "FALSE", "False", "false", "NO", "no", "OFF", "off", "N", "n")
_MOST_MODULES: Final = 12
WANTS = re.compile(r"(?:^|_)(?:USE|WITH|ENABLE|HAVE)(?:_|$)")
_CONVENTIONS = re.compile(
    r"(?:HOME|PATH|USER|CI|CC|CXX|LD|AR|PREFIX|TMPDIR|TEMP|VIRTUAL_ENV|ARCHFLAGS)$|"
    r"(?:XDG|CONDA|LD|DYLD|MACOSX|DISTUTILS|SETUPTOOLS|PYTHON|PIP|SOURCE_DATE)_|\w*FLAGS$|"
    r"\w*_(?:HOME|DIR|DIRS|ROOT|PATH|LIBS?|INCLUDES?|PREFIX|VERSION|JOBS|ARCH\w*)$"
)


@dataclass(frozen=True)
class Switch:
    """A variable and the value that flips what ``file`` reads of it.

    ``turns_on`` says that the expression is false without it and true with it.
    """

    variable: str
    value: str
    turns_on: bool
    file: str


def switches(facts: FailedPhase) -> tuple[Switch, ...]:
    """Every variable that the source reads as a yes or no, with what flips it."""
    found: dict[str, Switch] = {}
    for file, module in modules(facts):
        for switch in _of_module(file, module):
            found.setdefault(switch.variable, switch)
    return tuple(found.values())


def modules(facts: FailedPhase) -> Iterator[tuple[str, Module]]:
    """``setup.py`` and the project's modules that it imports, parsed."""
    waiting, seen = ["setup.py"], {"setup.py"}
    while waiting and len(seen) <= _MOST_MODULES:
        file = waiting.pop(0)
        tree = parsed(facts.source(file))
        if tree is None:
            continue
        yield file, Module.of(tree)
        for name in _imported(tree):
            other = f"{name.replace('.', '/')}.py"
            if other not in seen and facts.source(other):
                seen.add(other)
                waiting.append(other)


def bypass(module: Module, line: int, environ: Mapping[str, str]) -> list[tuple[str, str]]:
    """Variables and values with which line ``line`` would not run, the nearest condition first."""
    found: dict[str, str] = {}
    for guard in guards(module.tree, line):
        plain = World(module, environ)
        if plain.truth(guard.test) is guard.skips:
            continue
        for variable in _asked(plain.read - environ.keys()):
            for value in _values(module, guard.test, variable):
                world = World(module, {**environ, variable: value})
                if world.truth(guard.test) is guard.skips:
                    found.setdefault(variable, value)
                    break
    return list(found.items())


def calls(tree: ast.Module, names: Iterable[str]) -> list[int]:
    """The lines of calls of those names."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in names
    ]


def _of_module(file: str, module: Module) -> Iterator[Switch]:
    for node in _conditions(module):
        plain = World(module, {})
        default = plain.truth(node)
        if default is None:
            continue
        for variable in _asked(plain.read):
            for value in _values(module, node, variable):
                if World(module, {variable: value}).truth(node) is (not default):
                    yield Switch(variable, value, turns_on=not default, file=file)
                    break


def _conditions(module: Module) -> Iterator[ast.expr]:
    """What is bound to a name or decides: the smallest first, so that one variable is read."""
    found: list[ast.expr] = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Assign):
            found.append(node.value)
        elif isinstance(node, (ast.If, ast.IfExp)):
            found.append(node.test)
            found += [
                one for one in ast.walk(node.test) if isinstance(one, (ast.Call, ast.Compare))
            ]
        elif isinstance(node, ast.keyword):
            found.append(node.value)
    found.sort(key=lambda one: (one.end_lineno or 0, one.end_col_offset or 0))
    return iter(found)


def _asked(variables: Iterable[str]) -> list[str]:
    """Without those that are for other tools, or hold a place and no yes or no."""
    return sorted(one for one in variables if not _CONVENTIONS.match(one.upper()))


def _values(module: Module, node: ast.expr, variable: str) -> list[str]:
    """Values to try, first those that the code compares with; ``WITH_X`` is rather turned off."""
    bound = [module.names.get(one.id) for one in ast.walk(node) if isinstance(one, ast.Name)]
    compared = [
        part.value
        for expression in (node, *(one for one in bound if one is not None))
        for compare in ast.walk(expression)
        if isinstance(compare, ast.Compare)
        for comparator in compare.comparators
        for part in ast.walk(comparator)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    ]
    if WANTS.search(variable.upper()):
        return [*_OFF_VALUES, *dict.fromkeys([*compared, *_VALUES])]
    return list(dict.fromkeys([*compared, *_VALUES, *_OFF_VALUES]))


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)

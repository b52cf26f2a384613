"""Conditions on ``sys.version_info`` under which the project's own code stops the build."""

from __future__ import annotations

import ast
from types import SimpleNamespace
from typing import TYPE_CHECKING, Final

from buildscope.diagnosis.facts import place
from buildscope.diagnosis.guards import guards
from buildscope.diagnosis.imported import parsed
from buildscope.diagnosis.remedies import NEWEST, OLDEST, advice, cause, remedy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.diagnosis.facts import FailedPhase
    from buildscope.model.failure import Cause, Remedy

_KNOWN: Final = (
    ast.Compare,
    ast.BoolOp,
    ast.UnaryOp,
    ast.Not,
    ast.And,
    ast.Or,
    ast.cmpop,
    ast.expr_context,
    ast.Subscript,
    ast.Slice,
    ast.Tuple,
    ast.Constant,
)
_INFO: Final = frozenset({"sys.version_info", "sys.version_info.major", "sys.version_info.minor"})
_STOPS: Final = ("raise", "sys.exit", "exit(", "quit(", "assert")


class _Version(tuple[int, ...]):
    """A version that can be asked as ``sys.version_info`` is."""

    __slots__ = ()

    @property
    def major(self) -> int:
        """Its first number."""
        return self[0]

    @property
    def minor(self) -> int:
        """Its second number."""
        return self[1]


def refused_python(facts: FailedPhase) -> Iterator[Cause]:
    """The project's code stops for this version of Python, and says so in its condition."""
    for raised in facts.chain[:1]:
        frame = raised.origin
        if frame is None or frame.owner != "project" or facts.nested:
            continue
        if not frame.source.strip().startswith(_STOPS):
            continue
        for test, stops in _conditions(facts.source(frame.file), frame.line):
            if _holds(test, facts.python) is stops:
                yield cause(
                    facts,
                    "unsupported-python",
                    f"{place(frame)} stops the build on Python "
                    f"{'.'.join(map(str, facts.python))}: {ast.unparse(test)[:120]}",
                    facts.at_exception(raised),
                    remedies=[_another(facts, test, stops=stops)],
                )
                return


def _conditions(source: str, line: int) -> Iterator[tuple[ast.expr, bool]]:
    """What decides over a line next to it, and the truth of it with which the line stops the build."""
    tree = parsed(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert) and node.lineno == line:
            yield node.test, False
    for guard in guards(tree, line)[:1]:
        yield guard.test, not guard.skips


def _holds(test: ast.expr, python: tuple[int, int]) -> bool | None:
    """A condition on that Python; ``None`` for one that asks for anything else."""
    if not _only_versions(test) or not _asks(test):
        return None
    names = {"__builtins__": {}, "sys": SimpleNamespace(version_info=_Version((*python, 99)))}
    try:
        return bool(eval(compile(ast.Expression(test), "<condition>", "eval"), names))  # noqa: S307
    except (TypeError, IndexError):
        return None


def _only_versions(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return ast.unparse(node) in _INFO
    return isinstance(node, _KNOWN) and all(map(_only_versions, ast.iter_child_nodes(node)))


def _asks(test: ast.expr) -> bool:
    return any(isinstance(node, ast.Attribute) for node in ast.walk(test))


def _another(facts: FailedPhase, test: ast.expr, *, stops: bool) -> Remedy:
    """The nearest Python for which the condition is otherwise, an older one first."""
    minor = facts.python[1]
    admitted = [m for m in range(OLDEST, NEWEST + 1) if _holds(test, (3, m)) is not stops]
    admitted.sort(key=lambda one: (one > minor, abs(one - minor)))
    if not admitted:
        return advice("this release is for another Python 3, or for 2; look for a newer one")
    return remedy(f"build on Python 3.{admitted[0]}", python=f"3.{admitted[0]}")


RULES = (refused_python,)

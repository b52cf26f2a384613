"""Where a ``setup.py`` looks for its own place, and finds another when it is no program.

Build backends execute it as a string (PEP 517): there is no frame with its file name, the
program is the frontend's, and ``__builtins__`` is a dictionary.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from buildscope.diagnosis.source_edits import (
    Change,
    around,
    changed,
    dotted,
    parents,
    parsed,
    with_first_lines,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FILE: Final = "__file__"
ABSOLUTE: Final = '__import__("os").path.abspath(__file__)'
BUILTINS: Final = '__import__("builtins")'
_INSPECTING: Final = frozenset(
    {"getsource", "getsourcefile", "getfile", "getabsfile", "getsourcelines", "findsource"}
)
_ABSOLUTE_MAKERS: Final = frozenset({"abspath", "realpath", "resolve"})


def with_own_file(text: str) -> str | None:
    """``text`` with ``__file__`` for every other way to ask for the file of its own.

    ``None`` where there is none, or it cannot be parsed. ``inspect.getsource`` is one of them:
    those who take the folder of a source mean the file.
    """
    tree = parsed(text)
    if tree is None:
        return None
    inside = parents(tree)
    nodes = [node for node in ast.walk(tree) if _asks_for_file(node, inside)]
    outer = [node for node in nodes if not any(one in nodes for one in around(node, inside))]
    changes = [Change(node, _file(node, inside)) for node in outer if isinstance(node, ast.expr)]
    return changed(text, changes) if changes else None


def with_builtins(text: str) -> str | None:
    """``text`` with the module ``builtins`` where attributes of ``__builtins__`` are used."""
    tree = parsed(text)
    if tree is None:
        return None
    changes = [Change(node, BUILTINS) for node in _used_builtins(tree)]
    return changed(text, changes) if changes else None


def with_folder_on_path(text: str, folder: str = "") -> str | None:
    """``text`` that looks for modules in its own folder, or in ``folder`` below it."""
    tree = parsed(text)
    if tree is None:
        return None
    below = "".join(f', "{part}"' for part in folder.split("/") if part)
    place = "os.path.dirname(os.path.abspath(__file__))"
    place = f"os.path.join({place}{below})" if below else place
    lines = f"import os\nimport sys\n\nsys.path.insert(0, {place})\n"
    return with_first_lines(text, tree, lines)


def _asks_for_file(node: ast.AST, inside: Mapping[ast.AST, ast.AST]) -> bool:
    if isinstance(node, ast.Call):
        return dotted(node.func).rpartition(".")[2] in _INSPECTING
    if isinstance(node, ast.Attribute):
        return node.attr == FILE and isinstance(node.ctx, ast.Load) and _is_main(node.value)
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        return _is_argv(node, inside) or _is_stack_file(node)
    return False


def _is_main(node: ast.expr) -> bool:
    """``__main__``, ``sys.modules["__main__"]``, ``inspect.getmodule(…)``."""
    if isinstance(node, ast.Call):
        return dotted(node.func).rpartition(".")[2] == "getmodule"
    if isinstance(node, ast.Subscript):
        key = node.slice
        named = isinstance(key, ast.Constant) and key.value == "__main__"
        own = isinstance(key, ast.Name) and key.id == "__name__"
        return dotted(node.value) == "sys.modules" and (named or own)
    return dotted(node) == "__main__"


def _is_argv(node: ast.Subscript, inside: Mapping[ast.AST, ast.AST]) -> bool:
    """``sys.argv[0]`` as a path: within a call that takes one."""
    if dotted(node.value) != "sys.argv" or not _is_index(node, 0):
        return False
    return any(isinstance(one, ast.Call) and _takes_path(one) for one in around(node, inside))


def _takes_path(call: ast.Call) -> bool:
    name = dotted(call.func)
    return name.rpartition(".")[2] in {*_ABSOLUTE_MAKERS, "dirname", "split", "Path", "chdir"}


def _is_stack_file(node: ast.Subscript) -> bool:
    """``inspect.stack()[0][1]``."""
    first = node.value
    return (
        _is_index(node, 1)
        and isinstance(first, ast.Subscript)
        and isinstance(first.value, ast.Call)
        and dotted(first.value.func) in {"inspect.stack", "stack"}
    )


def _is_index(node: ast.Subscript, index: int) -> bool:
    return isinstance(node.slice, ast.Constant) and node.slice.value == index


def _file(node: ast.AST, inside: Mapping[ast.AST, ast.AST]) -> str:
    """``__file__``, made absolute where nothing around it does: old backends give the bare name."""
    for one in around(node, inside):
        if isinstance(one, ast.Call):
            name = dotted(one.func) or (
                one.func.attr if isinstance(one.func, ast.Attribute) else ""
            )
            if name.rpartition(".")[2] in _ABSOLUTE_MAKERS:
                return FILE
    return ABSOLUTE


def _used_builtins(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and dotted(node.value) == "__builtins__":
            yield node.value
        if isinstance(node, ast.Call) and dotted(node.func) in {"setattr", "getattr", "delattr"}:
            yield from (one for one in node.args[:1] if dotted(one) == "__builtins__")

"""Python source as coloured pieces."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from buildscope.tui.view.rows import Piece

_PYTHON = (".py", ".pyi", ".pyx", ".pxd", ".pxi")
_STYLES = (
    ("Token.Keyword.Constant", "number"),
    ("Token.Keyword", "keyword"),
    ("Token.Operator.Word", "keyword"),
    ("Token.Literal.String", "string"),
    ("Token.Literal.Number", "number"),
    ("Token.Comment", "dim"),
    ("Token.Name.Namespace", "name"),
    ("Token.Name.Function", "name"),
    ("Token.Name.Class", "name"),
    ("Token.Name.Decorator", "name"),
)


def highlight(lines: tuple[str, ...], file: str) -> tuple[tuple[Piece, ...], ...]:
    """Each of ``lines`` as pieces; the name of the file says whether it is Python."""
    if not file.endswith(_PYTHON):
        return tuple(((line, ""),) for line in lines)
    return _python(lines)


def warm() -> None:
    """Load what colouring needs, which takes as long as a dozen redraws."""
    _python(("import this",))


@lru_cache(maxsize=256)
def _python(lines: tuple[str, ...]) -> tuple[tuple[Piece, ...], ...]:
    rows: list[list[Piece]] = [[]]
    for token, text in _lexer().get_tokens("\n".join(lines)):
        style = _style(str(token))
        first, *others = text.split("\n")
        rows[-1].append((first, style))
        rows.extend([(other, style)] for other in others)
    return tuple(tuple(pieces) for pieces in rows[: len(lines)])


def _style(token: str) -> str:
    return next((style for prefix, style in _STYLES if token.startswith(prefix)), "")


@lru_cache(maxsize=1)
def _lexer() -> Any:
    from pygments.lexers.python import PythonLexer  # type: ignore[import-untyped]

    return PythonLexer(stripnl=False, ensurenl=False)

"""Local values: a row each, which opens to what is inside; rows are made for what is open only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from buildscope.tui.view.rows import Row, row
from buildscope.tui.view.units import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from buildscope.model.failure import Frame, Value

_LAST_COLUMN = 200
_LONGEST_VALUE = 400
_WIDEST_NAME = 24
_LITERALS = frozenset({"str", "int", "float", "bool", "NoneType", "bytes"})


@dataclass(frozen=True, slots=True)
class _Line:
    """A value to be shown: ``path`` names its fold, ``reached`` is the expression for it."""

    name: str
    text: str
    path: str
    reached: str
    value: Value | None

    @property
    def opens(self) -> bool:
        value = self.value
        return value is not None and bool(value.members or value.more or value.content)

    @property
    def whole(self) -> str:
        """All that is known of the value, in one expression."""
        value = self.value
        if value is None or not value.content:
            return self.text
        content, remaining = _content(value)
        return f"{content!r}{remaining}"


def local_rows(frame: Frame, path: str, opened: frozenset[str]) -> Iterator[Row]:
    """The locals of a frame in one row, and when that is open, a row each."""
    if not frame.locals:
        return
    count = len(frame.locals) + frame.more_locals
    if path not in opened:
        names = ", ".join(frame.locals)[:_LAST_COLUMN]
        yield row((f"▸ {plural(count, 'local')}: {names}", "dim"), key=f"fold:{path}")
        return
    yield row((f"▾ {plural(count, 'local')}", "dim"), key=f"fold:{path}")
    inside = {value.name: value for value in frame.values}
    lines = [
        _Line(name, text, f"{path}/{at}", name, inside.get(name))
        for at, (name, text) in enumerate(frame.locals.items())
    ]
    yield from _rows(lines, "  ", opened)
    if frame.more_locals:
        yield row((f"    … {frame.more_locals} more", "dim"))


def _rows(lines: Sequence[_Line], indent: str, opened: frozenset[str]) -> Iterator[Row]:
    width = min(max((len(line.name) for line in lines), default=0), _WIDEST_NAME)
    for line in lines:
        is_open = line.opens and line.path in opened
        mark = "▾ " if is_open else "▸ " if line.opens else "  "
        kind = line.value.kind if line.value is not None else ""
        told = f"  {kind}" if kind not in _LITERALS and kind not in line.text else ""
        yield row(
            (indent + mark, "dim"),
            (f"{line.name:<{width}} ", "name"),
            ("= ", "dim"),
            " ".join(line.text[:_LONGEST_VALUE].split()),
            (told, "dim"),
            key=f"fold:{line.path}" if line.opens else None,
            copy=f"{line.reached} = {line.whole}",
        )
        if is_open and line.value is not None:
            yield from _inside(line, line.value, f"{indent}  ", opened)


def _inside(line: _Line, value: Value, indent: str, opened: frozenset[str]) -> Iterator[Row]:
    content, remaining = _content(value)
    for text in content.splitlines():
        yield row((f"{indent}  │ ", "dim"), (text, "string"), copy=text)
    if remaining:
        yield row((f"{indent}  {remaining}", "dim"))
    lines = [
        _Line(one.name, one.text, f"{line.path}/{at}", f"{line.reached}{one.name}", one)
        for at, one in enumerate(value.members)
    ]
    yield from _rows(lines, indent, opened)
    if value.more:
        yield row((f"{indent}  … {value.more} more", "dim"))


def _content(value: Value) -> tuple[str, str]:
    """The beginning of a text, and what is said of the rest where that is not all."""
    content = value.content
    if not content.endswith("…") or value.length <= len(content):
        return content, ""
    return content[:-1], f"… ({value.length} characters in all)"

"""Where a file does not parse, as a frame: views then show the line as they show any other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List

from . import frames, kinds, sources, values

if TYPE_CHECKING:
    from typing import Optional, Sequence

    from .places import Places

_LARGEST = 1_000_000


def places_of(
    error: BaseException, scopes: Sequence[Dict[str, Any]], places: Places
) -> List[Dict[str, Any]]:
    """The innermost frame of a syntax error; none where it does not say a file and a line."""
    filename, stated = kinds.attribute(error, "filename"), kinds.attribute(error, "lineno")
    if type(filename) is not str or type(stated) is not int or not 0 <= stated < _LARGEST:
        return []
    line = stated or 1  # where its encoding is unknown
    path = places.file_of_syntax_error(_copied(error, filename, stated), list(scopes))
    place = frames.located(path, line, sources.lines_of(path, {}), places)
    place.update(function="<syntax error>", owner=places.owner(path))
    text = (_text(error, "text") or "").rstrip("\r\n")
    if not place["source"] and text:
        shown = values.printable(text[:400])
        place.update(source=shown.strip(), context=[shown], context_line=line)
    return [{**place, **_marked(error, line, text)}]


def _marked(error: BaseException, line: int, text: str) -> Dict[str, Any]:
    offset = _number(error, "offset")
    if not offset:
        return {}
    start, end_line = offset - 1, _number(error, "end_lineno") or line
    end = max(_number(error, "end_offset") - 1, start + 1)
    if end_line <= line:
        return {"columns": (start, end)}
    last = max(_number(error, "end_offset") - 1, 0)
    return {"columns": (start, max(len(text), start + 1)), "end": (end_line, last)}


def _copied(error: BaseException, filename: str, line: int) -> SyntaxError:
    """The facts of ``error`` in one of Python's own: a subclass may have changed how to ask."""
    offset = kinds.attribute(error, "offset")
    known = offset if type(offset) is int else None
    return SyntaxError(_text(error, "msg") or "", (filename, line, known, _text(error, "text")))


def _number(error: BaseException, name: str) -> int:
    """A position; 0 where it is none."""
    found = kinds.attribute(error, name)
    return found if type(found) is int and 0 < found < _LARGEST else 0


def _text(error: BaseException, name: str) -> Optional[str]:
    found = kinds.attribute(error, name)
    return kinds.plain(found, _LARGEST) if kinds.is_a(found, str) else None

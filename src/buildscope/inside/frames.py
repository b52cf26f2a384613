"""Frames of a traceback or a stack as plain dictionaries."""

from __future__ import annotations

import linecache
from itertools import islice
from typing import TYPE_CHECKING, Any, Dict, List, NamedTuple, Optional, Tuple

from . import values

if TYPE_CHECKING:
    from types import CodeType, FrameType, TracebackType

    from .places import Places

BEFORE, AFTER = 5, 3
_OUTERMOST, _INNERMOST = 30, 40
_LONGEST_LINE = 400
_DEEPEST = 100_000


class Step(NamedTuple):
    """A frame and where in it the execution stands."""

    frame: FrameType
    line: int
    instruction: int


def steps_of(traceback: Optional[TracebackType]) -> List[Step]:
    """Frames of a traceback, outermost first."""
    found: List[Step] = []
    while traceback is not None and len(found) < _DEEPEST:
        line = traceback.tb_lineno or traceback.tb_frame.f_code.co_firstlineno
        found.append(Step(traceback.tb_frame, line, traceback.tb_lasti))
        traceback = traceback.tb_next
    return found


def of_stack(frame: Optional[FrameType], places: Places) -> List[Dict[str, Any]]:
    """Stack that ends in ``frame``, outermost first."""
    found: List[Step] = []
    while frame is not None and len(found) < _DEEPEST:
        line = frame.f_lineno or frame.f_code.co_firstlineno
        found.append(Step(frame, line, frame.f_lasti))
        frame = frame.f_back
    found.reverse()
    return describe(folded(found), places)


def folded(steps: List[Step]) -> List[Step]:
    """Without the middle of a very deep recursion."""
    if len(steps) <= _OUTERMOST + _INNERMOST:
        return steps
    return steps[:_OUTERMOST] + steps[-_INNERMOST:]


def describe(steps: List[Step], places: Places) -> List[Dict[str, Any]]:
    """Each frame with file, line, function, owner, source and (project, innermost) locals."""
    linecache.checkcache()
    return [
        _describe(step, places, innermost=number == len(steps))
        for number, step in enumerate(steps, 1)
    ]


def _describe(step: Step, places: Places, *, innermost: bool) -> Dict[str, Any]:
    code = step.frame.f_code
    path = places.file_of(code, step.frame.f_globals)
    owner = places.owner(path)
    if path.startswith("<") and not path.startswith("<frozen"):
        owner = _owner_of_unknown(step.frame, places)
    described = located(path, step.line, places, scope=step.frame.f_globals)
    described.update(function=values.printable(code.co_name), owner=owner)
    if owner == "project" or innermost:
        described["locals"] = values.of_frame(step.frame)
    line = linecache.getline(path, step.line)
    columns = _columns(code, step, line)
    if columns is not None:
        described["columns"] = columns
    return described


def located(
    path: str, line: int, places: Places, scope: Optional[Dict[str, Any]] = None
) -> Dict[str, Any]:
    """File, line, source and the lines around it, as far as there is a source."""
    lines = linecache.getlines(path, scope) if scope else linecache.getlines(path)
    first = max(1, line - BEFORE)
    context = [text.rstrip("\r\n")[:_LONGEST_LINE] for text in lines[first - 1 : line + AFTER]]
    return {
        "file": values.printable(places.display(path)),
        "line": line,
        "source": values.printable(lines[line - 1].strip()[:_LONGEST_LINE])
        if 0 < line <= len(lines)
        else "",
        "context": [values.printable(text) for text in context],
        "context_line": first if context else 0,
    }


def _owner_of_unknown(frame: FrameType, places: Places) -> str:
    """Code without a file belongs to the file whose names it uses."""
    named = frame.f_globals.get("__file__")
    return places.owner(named) if type(named) is str else "backend"


def _columns(code: CodeType, step: Step, line: str) -> Optional[Tuple[int, int]]:
    """Start and end of the failing expression in ``line``, in characters (3.11 and later)."""
    if not hasattr(code, "co_positions") or step.instruction < 0 or not line:
        return None
    position = next(islice(code.co_positions(), step.instruction // 2, None), None)
    if position is None:
        return None
    start_line, end_line, start, end = position
    if start_line != step.line or start is None or end is None:
        return None
    first = _characters(line, start)
    last = _characters(line, end) if end_line == start_line else len(line.rstrip())
    return (first, last) if first < last else None


def _characters(line: str, offset: int) -> int:
    return len(line.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "replace"))

"""Frames of a traceback or a stack as plain dictionaries."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Dict, List, NamedTuple, Optional, Tuple

from . import sources, trees, values

if TYPE_CHECKING:
    from types import CodeType, FrameType, TracebackType

    from .places import Places

BEFORE, AFTER = 5, 3
_OUTERMOST, _INNERMOST = 30, 40
_LONGEST_LINE = 400
_DEEPEST = 100_000
_LONGEST_CYCLE = 6
_FEWEST_ROUNDS = 4
_ORDER = {"project": 1, "backend": 2, "stdlib": 2}
"""Whose values are told first; the frontend's never."""


class Step(NamedTuple):
    """A frame and where in it the execution stands; what follows it and is left out.

    ``left_out`` frames come after it; they are repetitions of the last ``cycle`` ones, if any.
    """

    frame: FrameType
    line: int
    instruction: int
    left_out: int = 0
    cycle: int = 0


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
    return describe(folded(found), places, trees.Budget())


def folded(steps: List[Step]) -> List[Step]:
    """Without the rounds of a recursion but the first and the last, nor the middle of the rest."""
    kept = _without_rounds(steps)
    left_out = len(kept) - _OUTERMOST - _INNERMOST
    if left_out <= 0:
        return kept
    last = kept[_OUTERMOST - 1]
    left_out += sum(step.left_out for step in kept[_OUTERMOST - 1 : -_INNERMOST])
    outermost = [*kept[: _OUTERMOST - 1], last._replace(left_out=left_out, cycle=0)]
    return outermost + kept[-_INNERMOST:]


def _without_rounds(steps: List[Step]) -> List[Step]:
    places = [(id(step.frame.f_code), step.line) for step in steps]
    kept: List[Step] = []
    at = 0
    while at < len(steps):
        cycle, rounds = _rounds(places, at)
        if rounds < _FEWEST_ROUNDS:
            kept.append(steps[at])
            at += 1
            continue
        first, end = steps[at : at + cycle], at + cycle * rounds
        left_out = cycle * (rounds - 2)
        kept += [*first[:-1], first[-1]._replace(left_out=left_out, cycle=cycle)]
        kept += steps[end - cycle : end]
        at = end
    return kept


def _rounds(places: List[Tuple[int, int]], start: int) -> Tuple[int, int]:
    """Length of the shortest cycle that begins at ``start``, and how often it comes in a row."""
    for cycle in range(1, _LONGEST_CYCLE + 1):
        at = start + cycle
        while at < len(places) and places[at] == places[at - cycle]:
            at += 1
        rounds = (at - start) // cycle
        if rounds >= _FEWEST_ROUNDS:
            return cycle, rounds
    return 1, 1


def describe(steps: List[Step], places: Places, budget: trees.Budget) -> List[Dict[str, Any]]:
    """Each frame with file, line, function, owner, source, and values as far as they are told."""
    sources.check()
    described = [_describe(step, places) for step in steps]
    told = [at for at, frame in enumerate(described) if frame["owner"] in _ORDER]
    innermost = len(steps) - 1
    told.sort(key=lambda at: (at != innermost, _ORDER[described[at]["owner"]], -at))
    of_frames = [(described[at], steps[at].frame) for at in told]
    _add_values(of_frames, budget)
    return described


def _add_values(of_frames: List[Tuple[Dict[str, Any], FrameType]], budget: trees.Budget) -> None:
    """Short texts of as many frames as possible, then what is inside."""
    texts = budget.half()
    named: List[Dict[str, Any]] = []
    for described, frame in of_frames:
        if texts.late or texts.characters <= 0:
            texts.lack()
            break
        found, left_out = values.of_frame(frame)
        named.append(found)
        told = {values.printable(name): values.short(it) for name, it in found.items()}
        described.update(locals=told, more_locals=left_out)
        texts.pay([*told, *told.values()])
    for (described, _), found in zip(of_frames, named):  # noqa: B905 - not in Python 3.8
        described["values"] = trees.of_values(found, budget.half())


def _describe(step: Step, places: Places) -> Dict[str, Any]:
    code, scope = step.frame.f_code, sources.scope_of(step.frame.f_globals)
    path = places.file_of(code, scope)
    owner = places.owner(path)
    if path.startswith("<") and not path.startswith("<frozen"):
        owner = _owner_of_unknown(scope, places)
    lines = sources.lines_of(path, scope)
    described = located(path, step.line, lines, places)
    described.update(function=values.printable(code.co_name), owner=owner)
    described.update(left_out=step.left_out, cycle=step.cycle)
    described.update(_expression(code, step, lines))
    return described


def located(path: str, line: int, lines: List[str], places: Places) -> Dict[str, Any]:
    """File, line, source and the lines around it, as far as there is a source."""
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


def _owner_of_unknown(scope: Dict[str, Any], places: Places) -> str:
    """Code without a file belongs to the file whose names it uses."""
    named = scope.get("__file__")
    return places.owner(named) if type(named) is str else "backend"


def _expression(code: CodeType, step: Step, lines: List[str]) -> Dict[str, Any]:
    """Where the failing expression stands, in characters (Python 3.11 and later)."""
    if not hasattr(code, "co_positions") or step.instruction < 0:
        return {}
    position = next(islice(code.co_positions(), step.instruction // 2, None), None)
    if position is None or None in position:
        return {}
    start_line, end_line, start, end = position
    if start_line != step.line or not start_line <= end_line <= len(lines):
        return {}
    line = lines[start_line - 1]
    first, last = _characters(line, start), _characters(lines[end_line - 1], end)
    if end_line > start_line:
        ends = {"end": (end_line, last)}
        return {**ends, "columns": (first, max(first + 1, len(line.rstrip())))}
    return {"columns": (first, last)} if first < last else {}


def _characters(line: str, offset: int) -> int:
    return len(line.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "replace"))

"""An exception, with everything it came from, as a plain dictionary."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Set, Tuple

from . import frames, values

if TYPE_CHECKING:
    from .places import Places

_LONGEST_CHAIN = 20
_LARGEST_GROUP = 10
_MOST_EXCEPTIONS = 50
_LONGEST_MESSAGE = 20_000
_ATTRIBUTES = {
    "ImportError": ("name", "path", "name_from"),
    "NameError": ("name",),
    "AttributeError": ("name",),
    "OSError": ("filename", "filename2", "winerror"),
    "SyntaxError": ("filename", "lineno", "offset", "msg"),
    "SubprocessError": ("cmd", "returncode", "timeout", "output", "stderr"),
    "SystemExit": ("code",),
}


def describe(error: BaseException, places: Places) -> Dict[str, Any]:
    """``error`` in the shape of buildscope's ``ExceptionRecord``."""
    return _Walk(places).describe(error, _LONGEST_CHAIN) or {}


class _Walk:
    """Describes each exception once: chains may be long, and may be circles."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._seen: Set[int] = set()

    def describe(self, error: BaseException, links: int) -> Optional[Dict[str, Any]]:
        if id(error) in self._seen or len(self._seen) >= _MOST_EXCEPTIONS:
            return None
        self._seen.add(id(error))
        steps = frames.steps_of(error.__traceback__)
        shown = frames.folded(steps)
        described = frames.describe(shown, self._places)
        notes = _notes(error)
        if len(shown) < len(steps):
            notes.append(f"({len(steps) - len(shown)} of {len(steps)} frames are left out)")
        if isinstance(error, SyntaxError) and error.filename and error.lineno:
            scopes = [step.frame.f_globals for step in reversed(shown)]
            scopes += [step.frame.f_locals for step in reversed(shown)]
            described.append(_place_of_syntax_error(error, scopes, self._places))
        cause, implicit = self._cause(error, links)
        if links <= 1 and _origin(error)[0] is not None:
            notes.append("(what it came from is left out: the chain is too long)")
        return {
            "type": values.printable(type(error).__name__),
            "qualified": values.printable(_qualified(type(error))),
            "message": _message(error),
            "frames": described,
            "cause": cause,
            "implicit": implicit,
            "notes": notes,
            "group": self._group(error, links),
            "attributes": _attributes(error),
        }

    def _cause(self, error: BaseException, links: int) -> Tuple[Optional[Dict[str, Any]], bool]:
        origin, implicit = _origin(error)
        if origin is None or links <= 1:
            return None, False
        described = self.describe(origin, links - 1)
        return described, implicit and described is not None

    def _group(self, error: BaseException, links: int) -> List[Dict[str, Any]]:
        """Members of an exception group, the backport's included."""
        if not any(kind.__name__ == "BaseExceptionGroup" for kind in type(error).__mro__):
            return []
        members = list(getattr(error, "exceptions", ()))[:_LARGEST_GROUP]
        return [found for it in members if (found := self.describe(it, links - 1)) is not None]


def _origin(error: BaseException) -> Tuple[Optional[BaseException], bool]:
    """Where ``error`` comes from, and whether only by being raised while that was handled."""
    if error.__cause__ is not None:
        return error.__cause__, False
    if error.__suppress_context__:
        return None, False
    return error.__context__, True


def _place_of_syntax_error(
    error: SyntaxError, scopes: List[Dict[str, Any]], places: Places
) -> Dict[str, Any]:
    """Make a frame of its own, the innermost: views then show the line that does not parse."""
    path = places.file_of_syntax_error(error, scopes)
    line = int(error.lineno or 0)
    place = frames.located(path, line, places)
    place.update(function="<syntax error>", owner=places.owner(path))
    text = (error.text or "").rstrip("\r\n")
    if not place["source"]:
        place["source"] = values.printable(text.strip())
    start = max(0, (error.offset or 0) - 1)
    end = getattr(error, "end_offset", None) or 0
    same_line = getattr(error, "end_lineno", None) in (None, 0, error.lineno)
    end = end - 1 if same_line and end - 1 > start else (start + 1 if same_line else len(text))
    if error.offset:
        place["columns"] = (start, max(end, start + 1))
    return place


def _message(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception as fault:  # an exception class of the hook's
        text = f"(its __str__ raised {type(fault).__name__})"
    return values.printable(text[:_LONGEST_MESSAGE])


def _notes(error: BaseException) -> List[str]:
    notes = getattr(error, "__notes__", None)
    if not isinstance(notes, (list, tuple)):
        return []
    return [values.printable(note)[:_LONGEST_MESSAGE] for note in notes[:20] if type(note) is str]


def _qualified(kind: type) -> str:
    module = str(kind.__module__)
    return kind.__qualname__ if module == "builtins" else f"{module}.{kind.__qualname__}"


def _attributes(error: BaseException) -> Dict[str, str]:
    """Facts that a rule wants to know without parsing the message."""
    kinds = [kind.__name__ for kind in type(error).__mro__]
    wanted = [name for kind in kinds for name in _ATTRIBUTES.get(kind, ())]
    found: Dict[str, str] = {}
    for name in wanted:
        value = getattr(error, name, None)
        if value is not None:
            text = type(value) is str
            found[name] = values.printable(value)[:2000] if text else values.short(value, 2000)
    if isinstance(error, OSError) and error.errno is not None:
        found["errno"] = errno.errorcode.get(error.errno, str(error.errno))
    return found

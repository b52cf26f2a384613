"""An exception, with everything it came from, as a plain dictionary.

Its class is the hook's: every fact is read from the real attributes of ``BaseException``, and
only ``__str__`` is ever called, by ``messages``.
"""

from __future__ import annotations

import builtins
import errno
import json
from time import monotonic
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Set, Tuple

from . import frames, kinds, messages, sources, syntax, trees, values

if TYPE_CHECKING:
    from .places import Places

_LONGEST_CHAIN = 20
_LARGEST_GROUP = 10
_MOST_EXCEPTIONS = 50
_MOST_NOTES = 20
_LARGEST_REPORT = 12_000_000
"""In characters; ``reports`` sends nothing that is much larger."""
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
    walk = _Walk(places)
    described = walk.describe(error, _LONGEST_CHAIN) or {}
    if walk.budget.lacking:
        described["notes"].append(walk.budget.lacking)
    return _fitting(described)


class _Walk:
    """Describes each exception once: chains may be long, and may be circles."""

    def __init__(self, places: Places) -> None:
        self.budget = trees.Budget()
        self._places = places
        self._messages = messages.Messages()
        self._seen: Set[int] = set()

    def describe(self, error: BaseException, links: int) -> Optional[Dict[str, Any]]:
        if id(error) in self._seen or len(self._seen) >= _MOST_EXCEPTIONS:
            return None
        self._seen.add(id(error))
        steps = frames.steps_of(kinds.attribute(error, "__traceback__"))
        shown = frames.folded(steps)
        described = frames.describe(shown, self._places, self.budget.half())
        if kinds.is_a(error, SyntaxError):
            scopes = [sources.scope_of(step.frame.f_globals) for step in reversed(shown)]
            scopes += [sources.scope_of(step.frame.f_locals) for step in reversed(shown)]
            described += syntax.places_of(error, scopes, self._places)
        notes = _notes(error) + _on_frames(shown, len(steps))
        message = self._message(error)
        cause, implicit = self._cause(error, links, notes)
        return {
            "type": values.printable(kinds.short_name(type(error))),
            "qualified": values.printable(kinds.name_of(type(error))),
            "message": message,
            "frames": described,
            "cause": cause,
            "implicit": implicit,
            "notes": notes,
            "group": self._group(error, links, notes),
            "attributes": _attributes(error),
        }

    def _message(self, error: BaseException) -> str:
        """Asking for it may take long, which must not cost what is told of values."""
        started = monotonic()
        message = self._messages.of(error)
        self.budget.until += monotonic() - started
        return message

    def _cause(
        self, error: BaseException, links: int, notes: List[str]
    ) -> Tuple[Optional[Dict[str, Any]], bool]:
        origin, implicit = _origin(error)
        if origin is None:
            return None, False
        if links <= 1 or len(self._seen) >= _MOST_EXCEPTIONS:
            notes.append("(what it came from is left out: the chain is too long)")
            return None, False
        described = self.describe(origin, links - 1)
        return described, implicit and described is not None

    def _group(self, error: BaseException, links: int, notes: List[str]) -> List[Dict[str, Any]]:
        members = _members(error)
        if len(members) > _LARGEST_GROUP:
            notes.append(f"({len(members) - _LARGEST_GROUP} more in the group are left out)")
        if links <= 1:
            return []
        described = (self.describe(it, links - 1) for it in members[:_LARGEST_GROUP])
        return [found for found in described if found is not None]


def _members(error: BaseException) -> List[BaseException]:
    """Members of an exception group, the backport's included."""
    group = getattr(builtins, "BaseExceptionGroup", None)
    found: Any = ()
    if group is not None and kinds.is_a(error, group):
        found = kinds.attribute(error, "exceptions")
    elif any(kinds.short_name(kind) == "BaseExceptionGroup" for kind in kinds.mro(error)):
        found = kinds.attribute(error, "_exceptions")
    if not kinds.exactly(found, list, tuple):
        return []
    return [it for it in found if kinds.is_a(it, BaseException)]


def _origin(error: BaseException) -> Tuple[Optional[BaseException], bool]:
    """Where ``error`` comes from, and whether only by being raised while that was handled."""
    cause: Optional[BaseException] = kinds.attribute(error, "__cause__")
    if cause is not None:
        return cause, False
    if kinds.attribute(error, "__suppress_context__"):
        return None, False
    return kinds.attribute(error, "__context__"), True


def _notes(error: BaseException) -> List[str]:
    notes = kinds.attribute(error, "__notes__")
    if not kinds.is_a(notes, list, tuple):
        return []
    kind = list if kinds.is_a(notes, list) else tuple
    found = values.first_of(notes, kind, _MOST_NOTES)
    return [messages.cut(note) for note in found if kinds.is_a(note, str)]


def _on_frames(shown: List[frames.Step], total: int) -> List[str]:
    left_out = sum(step.left_out for step in shown if not step.cycle)
    return [f"({left_out} of {total} frames are left out)"] if left_out else []


def _attributes(error: BaseException) -> Dict[str, str]:
    """Facts that a rule wants to know without parsing the message."""
    names = [kinds.short_name(kind) for kind in kinds.mro(error)]
    wanted = [name for kind in names for name in _ATTRIBUTES.get(kind, ())]
    found: Dict[str, str] = {}
    for name in wanted:
        value = kinds.attribute(error, name)
        if value is not None and value is not kinds.MISSING:
            text = kinds.is_a(value, str)
            found[name] = messages.cut(value, 2000) if text else values.short(value, 2000)
    number = kinds.attribute(error, "errno") if kinds.is_a(error, OSError) else None
    if type(number) is int:
        found["errno"] = errno.errorcode.get(number, str(number))
    return found


def _fitting(described: Dict[str, Any]) -> Dict[str, Any]:
    """``described``, less of it where it is too large to be reported."""
    for less in (("values",), ("locals", "context"), ("cause", "group")):
        if len(json.dumps(described)) <= _LARGEST_REPORT:
            break
        described = _without(less, described)
        described["notes"].append(f"(too large to report: {', '.join(less)} left out)")
    return described


def _without(names: Tuple[str, ...], described: Any) -> Any:
    if isinstance(described, list):
        return [_without(names, it) for it in described]
    if isinstance(described, dict):
        kept = {name: it for name, it in described.items() if name not in names}
        return {name: _without(names, it) for name, it in kept.items()}
    return described

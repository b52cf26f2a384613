"""Local values as short text: never raises, never hangs, never calls code of the hook's.

Only exact knowledge of the built-in types is used, through the types' own methods; a value of
another class is named, not asked for its ``repr``, which may run anything.
"""

from __future__ import annotations

import os
from collections import deque
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Tuple

from . import kinds

if TYPE_CHECKING:
    from types import FrameType

LONGEST = 200
_MOST_LOCALS = 100
_MOST_ITEMS = 8
DEPTH = 2
_LARGEST_INT_BITS = 512
_BRACKETS = ((list, "[]"), (tuple, "()"), (set, "{}"), (frozenset, "{}"), (deque, "[]"))
_PURE_PATH = "PurePath"
_LITERALS = (bool, float, complex, type(Ellipsis), type(NotImplemented))


def of_frame(frame: FrameType) -> Tuple[Dict[str, Any], int]:
    """Locals of a frame, values first, then functions, classes and modules; how many are not told.

    Left out: dunder names, and what ``exec(text, locals())`` handed down from the caller.
    """
    inherited = _handed_down(frame)
    values: Dict[str, Any] = {}
    definitions: Dict[str, Any] = {}
    for name, value in kinds.locals_of(frame).items():
        if name.startswith("__") or (name in inherited and inherited[name] is value):
            continue
        defined = kinds.is_a(value, ModuleType, FunctionType, BuiltinFunctionType, type)
        (definitions if defined else values)[name] = value
    found = [*values.items(), *definitions.items()]
    return dict(found[:_MOST_LOCALS]), max(0, len(found) - _MOST_LOCALS)


def _handed_down(frame: FrameType) -> Dict[str, Any]:
    """Variables of the calling function that are locals here too.

    Before Python 3.13 ``locals()`` is one dictionary for both, so its keys do not tell.
    """
    caller = frame.f_back
    if caller is None or frame.f_code.co_name != "<module>":
        return {}
    names = {*caller.f_code.co_varnames, *caller.f_code.co_cellvars}
    return {name: it for name, it in kinds.locals_of(caller).items() if name in names}


def short(value: Any, limit: int = LONGEST, depth: int = DEPTH) -> str:
    """``value`` in at most ``limit`` characters; ``depth`` containers in each other are told."""
    try:
        text = printable(_text(value, depth))
    except Exception as fault:  # a buffer that was released, say
        return f"(unreadable: {type(fault).__name__})"
    return text if len(text) <= limit else text[: limit - 1] + "…"


def printable(text: str) -> str:
    """``text`` with what cannot be encoded as UTF-8 escaped."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _text(value: Any, depth: int) -> str:
    if value is None or kinds.exactly(value, *_LITERALS):
        return repr(value)
    for told in (_scalar, _collection, _definition):
        text: str = told(value, depth)
        if text:
            return text
    return _instance(value, depth)


def _scalar(value: Any, _: int) -> str:
    """Numbers and text, those of a subclass within its name."""
    if kinds.is_a(value, int):
        bits = int.bit_length(value)
        text = f"<int of {bits} bits>" if bits > _LARGEST_INT_BITS else int.__repr__(value)
        return _named(value, int, text)
    if kinds.is_a(value, float):
        return _named(value, float, float.__repr__(value))
    for kind in (str, bytes, bytearray):
        if kinds.is_a(value, kind):
            return _named(value, kind, _cut(value, kind))
    if type(value) is range or type(value) is slice:
        parts = (_text(part, 0) for part in (value.start, value.stop, value.step))
        return f"{type(value).__name__}({', '.join(parts)})"
    return ""


def _named(value: Any, kind: type, text: str) -> str:
    return text if type(value) is kind else f"{kinds.name_of(type(value))}({text})"


def _cut(value: Any, kind: Any) -> str:
    """Beginning of a text; the length when that was not all."""
    size = kind.__len__(value)
    whole = repr(kind.__getitem__(value, slice(0, LONGEST)))
    if size <= LONGEST and len(whole) <= LONGEST:
        return whole
    escaped = len(whole) > LONGEST + 20
    return f"{kind.__getitem__(value, slice(0, 40 if escaped else 100))!r}… ({size} in all)"


def _collection(value: Any, depth: int) -> str:
    if kinds.is_a(value, dict):
        return _named(value, dict, _mapping(value, depth))
    for kind, brackets in _BRACKETS:
        if kinds.is_a(value, kind):
            return _sequence(value, kind, brackets, depth)
    return ""


def _sequence(value: Any, kind: Any, brackets: str, depth: int) -> str:
    size = kind.__len__(value)
    items = [_text(item, depth - 1) for item in first_of(value, kind)] if depth > 0 else []
    fields = field_names(value) if kind is tuple else []
    if fields and items:
        pairs = zip(fields, items)  # noqa: B905 - not in Python 3.8
        named = [f"{name}={item}" for name, item in pairs]
        return f"{kinds.short_name(type(value))}({_joined(named, size)})"
    body = _joined(items, size) if items or not size else "…"
    body += "," if kind is tuple and size == 1 and items else ""
    text = f"{brackets[0]}{body}{brackets[1]}"
    if kinds.exactly(value, list, tuple) or (type(value) is set and size):
        return text
    return f"{kinds.name_of(type(value))}({text if size else ''})"


def first_of(value: Any, kind: Any, most: int = _MOST_ITEMS) -> List[Any]:
    """The first items of a list, tuple, set or the like of any subclass."""
    return kinds.taken(lambda: kind.__iter__(value), most)


def field_names(value: Any) -> List[str]:
    """The names of a named tuple's items; none for another tuple."""
    for kind in kinds.mro(value):
        found = kinds.namespace(kind).get("_fields")
        if type(found) is tuple and all(type(name) is str for name in found):
            return list(found) if len(found) == tuple.__len__(value) else []
    return []


def _mapping(value: Any, depth: int) -> str:
    size = dict.__len__(value)
    if depth <= 0:
        return "{…}" if size else "{}"
    pairs = kinds.items_of(value, _MOST_ITEMS)
    texts = (f"{_text(key, depth - 1)}: {_text(item, depth - 1)}" for key, item in pairs)
    return "{" + _joined(texts, size) + "}"


def _joined(texts: Iterable[str], total: int) -> str:
    shown = list(texts)
    more = [f"… {total - len(shown)} more"] if total > len(shown) else []
    return ", ".join(shown + more)


def _definition(value: Any, _: int) -> str:
    """Classes, modules and functions."""
    if kinds.is_a(value, type):
        return f"<class {kinds.name_of(value)}>"
    if kinds.is_a(value, ModuleType):
        return f"<module {_own_text(value, '__name__') or '?'}>"
    if type(value) is FunctionType:
        return f"<function {kinds.plain(value.__qualname__, LONGEST)}>"
    if type(value) is BuiltinFunctionType:  # its __qualname__ asks the class that it is bound to
        return f"<function {value.__name__}>"
    if type(value) is MethodType and type(value.__func__) is FunctionType:
        return f"<method {kinds.plain(value.__func__.__qualname__, LONGEST)}>"
    return ""


def _instance(value: Any, depth: int) -> str:
    """Something of a class that is not built in."""
    name = kinds.name_of(type(value))
    if kinds.is_a(value, BaseException) and depth > 0:
        args = kinds.attribute(value, "args")
        items = [_text(item, 0) for item in first_of(args, tuple)]
        return f"{name}({_joined(items, tuple.__len__(args))})"
    path = path_text(value)
    if path:
        return f"{kinds.short_name(type(value))}({_cut(path, str)})"
    member = _own_text(value, "_name_")
    if member and "_value_" in kinds.attributes(value):
        return f"{kinds.short_name(type(value))}.{member}"
    return f"<{name} object>"


def _own_text(value: Any, name: str) -> str:
    found = kinds.attribute(value, name)
    return kinds.plain(found, LONGEST) if kinds.is_a(found, str) else ""


def path_text(value: Any) -> str:
    """A path of ``pathlib`` from its slots, whose names differ between Python versions."""
    if not any(kinds.short_name(kind) == _PURE_PATH for kind in kinds.mro(value)):
        return ""
    known = kinds.attributes(value)
    whole = known.get("_str")
    parts = [whole] if type(whole) is str else known.get("_raw_paths", known.get("_parts"))
    if type(parts) is not list or not all(type(part) is str for part in parts):
        return ""
    return os.path.join(*parts) if parts else "."

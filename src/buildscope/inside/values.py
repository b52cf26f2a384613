"""Local values as short text: never raises, never hangs, never calls code of the hook's.

Only exact knowledge of the built-in types is used, through the types' own methods; a value of
another class is named, not asked for its ``repr``, which may run anything.
"""

from __future__ import annotations

from itertools import islice
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Tuple

if TYPE_CHECKING:
    from types import FrameType

_MOST_LOCALS = 40
_LONGEST = 200
_MOST_ITEMS = 8
_DEPTH = 2
_LARGEST_INT_BITS = 512
_BRACKETS = {"list": "[]", "tuple": "()", "set": "{}", "frozenset": "{}"}
_MRO = type.__dict__["__mro__"].__get__
_MODULE = type.__dict__["__module__"].__get__
_QUALNAME = type.__dict__["__qualname__"].__get__
_PATHS = ("PosixPath", "WindowsPath", "PurePosixPath", "PureWindowsPath")


def of_frame(frame: FrameType) -> Dict[str, str]:
    """Names and values of a frame, values first, then functions, classes and modules.

    Left out: dunder names, and what ``exec(text, locals())`` handed down from the caller.
    """
    inherited = _handed_down(frame)
    plain: List[Tuple[str, Any]] = []
    definitions: List[Tuple[str, Any]] = []
    for name, value in _locals(frame).items():
        if name.startswith("__") or (name in inherited and inherited[name] is value):
            continue
        defined = isinstance_of(value, ModuleType, FunctionType, BuiltinFunctionType, type)
        (definitions if defined else plain).append((name, value))
    kept = (plain + definitions)[:_MOST_LOCALS]
    return {printable(name): short(value) for name, value in kept}


def _handed_down(frame: FrameType) -> Dict[str, Any]:
    """Variables of the calling function that are locals here too.

    Before Python 3.13 ``locals()`` is one dictionary for both, so its keys do not tell.
    """
    caller = frame.f_back
    if caller is None or frame.f_code.co_name != "<module>":
        return {}
    names = {*caller.f_code.co_varnames, *caller.f_code.co_cellvars}
    return {name: it for name, it in _locals(caller).items() if name in names}


def _locals(frame: FrameType) -> Dict[str, Any]:
    """Copy the locals, unless they are in a mapping of the hook's own."""
    found: Any = frame.f_locals
    if isinstance_of(found, dict):
        return {name: it for name, it in dict.items(found) if type(name) is str}
    return dict(found) if type(found).__name__ == "FrameLocalsProxy" else {}


def short(value: Any, limit: int = _LONGEST) -> str:
    """``value`` in at most ``limit`` characters."""
    try:
        text = printable(_text(value, _DEPTH))
    except Exception as fault:  # another thread changes it, say
        return f"(unreadable: {type(fault).__name__})"
    return text if len(text) <= limit else text[: limit - 1] + "…"


def printable(text: str) -> str:
    """``text`` with what cannot be encoded as UTF-8 escaped."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def isinstance_of(value: Any, *kinds: type) -> bool:
    """``isinstance`` that neither the value's class nor its metaclass can answer for."""
    return any(kind in _MRO(type(value)) for kind in kinds)


def _text(value: Any, depth: int) -> str:
    kind = type(value)
    if value is None or kind in (bool, float, complex, type(Ellipsis), range):
        return repr(value)
    if kind is int:
        large = value.bit_length() > _LARGEST_INT_BITS
        return f"<int of {value.bit_length()} bits>" if large else repr(value)
    if kind in (str, bytes, bytearray):
        return _cut(value)
    if kind in (list, tuple, set, frozenset):
        return _sequence(value, depth)
    if kind is dict:
        return _mapping(value, depth)
    return _other(value, depth)


def _other(value: Any, depth: int) -> str:  # noqa: PLR0911 - a case each
    """Something of a class that is not built in."""
    if isinstance_of(value, type):
        return f"<class {_name(value)}>"
    if type(value) is ModuleType:
        return f"<module {dict.get(value.__dict__, '__name__', '?')}>"
    if type(value) in (FunctionType, BuiltinFunctionType):
        return f"<function {value.__qualname__}>"
    name = _name(type(value))
    if isinstance_of(value, str):
        return f"{name}({_cut(str.__getitem__(value, slice(0, _LONGEST)))})"
    if isinstance_of(value, dict) and depth > 0:
        return f"{name}({_mapping(value, depth)})"
    if name.startswith("pathlib.") and name.rpartition(".")[2] in _PATHS:
        return f"{name.rpartition('.')[2]}({_cut(str(value))})"
    return f"<{name} object>"


def _cut(value: Any) -> str:
    """Beginning of a text; the length when that was not all."""
    if len(value) <= _LONGEST:
        return repr(value)
    return f"{value[: _LONGEST // 2]!r}… ({len(value)} in all)"


def _sequence(value: Any, depth: int) -> str:
    brackets = _BRACKETS[type(value).__name__]
    if not value:
        return repr(value)
    if depth <= 0:
        return f"{brackets[0]}…{brackets[1]}"
    items = _items((_text(item, depth - 1) for item in value), len(value))
    if type(value) is tuple and len(value) == 1:
        items += ","
    body = f"{brackets[0]}{items}{brackets[1]}"
    return f"frozenset({body})" if type(value) is frozenset else body


def _mapping(value: Any, depth: int) -> str:
    if depth <= 0:
        return "{…}" if dict.__len__(value) else "{}"
    pairs = (
        f"{_text(key, depth - 1)}: {_text(item, depth - 1)}" for key, item in dict.items(value)
    )
    return "{" + _items(pairs, dict.__len__(value)) + "}"


def _items(texts: Iterable[str], total: int) -> str:
    shown = list(islice(texts, _MOST_ITEMS))
    more = [f"… {total - len(shown)} more"] if total > len(shown) else []
    return ", ".join(shown + more)


def _name(kind: type) -> str:
    module, name = _MODULE(kind), _QUALNAME(kind)
    return str(name) if type(module) is not str or module == "builtins" else f"{module}.{name}"

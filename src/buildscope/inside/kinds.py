"""What a value really is, read through the built-in types' own descriptors.

Neither the value nor its class nor its metaclass is asked: each could run anything. Types are
compared with ``is``, since ``==`` and hashing are a metaclass's to define.
"""

from __future__ import annotations

from itertools import islice
from sys import _getframe
from types import GetSetDescriptorType, MemberDescriptorType
from typing import TYPE_CHECKING, Any, Dict, List, Tuple

if TYPE_CHECKING:
    from typing import Callable, Iterator

MISSING = object()
_MRO = type.__dict__["__mro__"].__get__
_NAMESPACE = type.__dict__["__dict__"].__get__
_FLAGS = type.__dict__["__flags__"].__get__
_MODULE = type.__dict__["__module__"].__get__
_QUALNAME = type.__dict__["__qualname__"].__get__
_MADE_AT_RUN_TIME = 1 << 9  # Py_TPFLAGS_HEAPTYPE
_ATTEMPTS = 3
_known: Dict[int, Tuple[type, Dict[str, Any]]] = {}
"""By id: to hash a class is its metaclass's business."""


def _mapping_of_locals() -> Any:
    """A dictionary, or since Python 3.13 a proxy of the interpreter's own."""
    return type(_getframe().f_locals)


_LOCALS = _mapping_of_locals()


def mro(value: Any) -> Tuple[type, ...]:
    """The classes that the type of ``value`` is made of."""
    found: Tuple[type, ...] = _MRO(type(value))
    return found


def is_a(value: Any, *kinds: type) -> bool:
    """``isinstance`` that neither the value's class nor its metaclass can answer for."""
    for one in _MRO(type(value)):
        for kind in kinds:
            if one is kind:
                return True
    return False


def exactly(value: Any, *kinds: type) -> bool:
    """Whether the type of ``value`` is one of ``kinds``, and no subclass."""
    found = type(value)
    for kind in kinds:  # noqa: SIM110 - three times as fast as `any`, and asked for every value
        if found is kind:
            return True
    return False


def plain(text: str, most: int) -> str:
    """At most ``most`` characters of a string, as a plain string where it is of a subclass."""
    return str.__getitem__(text, slice(0, most))


def name_of(kind: type) -> str:
    """The name of a class, with its module unless that is ``builtins``."""
    try:
        module = _MODULE(kind)
    except AttributeError:  # it was deleted
        module = None
    name = short_name(kind)
    known = type(module) is str and module != "builtins"
    return f"{plain(module, 200)}.{name}" if known else name


def short_name(kind: type) -> str:
    """The name of a class as it stands in its source."""
    return plain(_QUALNAME(kind), 200)


def namespace(kind: type) -> Dict[str, Any]:
    """What a class defines itself, as it was when it was first asked for."""
    known = _known.get(id(kind))
    if known is None:
        found = {name: it for name, it in _NAMESPACE(kind).items() if type(name) is str}
        known = _known[id(kind)] = (kind, found)
    return known[1]


def attributes(value: Any) -> Dict[str, Any]:
    """Those in an instance's dictionary, then those in slots that are set; no dunder names."""
    own = items_of(own_dictionary(value))
    found = {name: it for name, it in own if type(name) is str and name[:2] != "__"}
    for kind in mro(value):
        if not _FLAGS(kind) & _MADE_AT_RUN_TIME:
            continue
        for name, descriptor in namespace(kind).items():
            if type(descriptor) is MemberDescriptorType and name[:2] != "__":
                it = _read(descriptor, value)
                if it is not MISSING:
                    found.setdefault(name, it)
    return found


def attribute(value: Any, name: str) -> Any:
    """One attribute, also of a built-in type's own; ``MISSING`` where only code could tell."""
    for kind in mro(value):
        descriptor = namespace(kind).get(name)
        if exactly(descriptor, MemberDescriptorType, GetSetDescriptorType):
            found = _read(descriptor, value)
            if found is not MISSING:
                return found
    return dict.get(own_dictionary(value), name, MISSING)


def own_dictionary(value: Any) -> Dict[Any, Any]:
    """The real ``__dict__`` of an instance or a module; an empty one where there is none."""
    for kind in mro(value):
        descriptor = namespace(kind).get("__dict__")
        if exactly(descriptor, MemberDescriptorType, GetSetDescriptorType):
            found: Any = _read(descriptor, value)
            return found if is_a(found, dict) else {}
    return {}


def _read(descriptor: Any, value: Any) -> Any:
    try:
        return descriptor.__get__(value)
    except (AttributeError, TypeError):  # not set; or of another class
        return MISSING


def items_of(mapping: Dict[Any, Any], most: int = 10_000) -> List[Tuple[Any, Any]]:
    """The first items of a dictionary of any class."""
    return taken(lambda: dict.items(mapping).__iter__(), most)


def taken(begin: Callable[[], Iterator[Any]], most: int) -> List[Any]:
    """The first items of a built-in container that another thread may be changing."""
    longest: List[Any] = []
    for _ in range(_ATTEMPTS):
        found: List[Any] = []
        try:
            found.extend(islice(begin(), most))
        except RuntimeError:  # changed while it was read
            longest = max(longest, found, key=len)
        else:
            return found
    return longest


def locals_of(frame: Any) -> Dict[str, Any]:
    """A copy of the locals of a frame; none where they are in a mapping of the hook's own."""
    found: Any = frame.f_locals
    if is_a(found, dict):
        return {name: it for name, it in items_of(found) if type(name) is str}
    if type(found) is not _LOCALS:
        return {}
    return {name: it for name, it in found.items() if type(name) is str}


def scope_of(mapping: Any, *names: str) -> Dict[str, Any]:
    """Some names of a frame's globals or locals, whose mapping may be the hook's own."""
    if not is_a(mapping, dict):
        return {}
    found = ((name, dict.get(mapping, name, MISSING)) for name in names)
    return {name: it for name, it in found if it is not MISSING}

"""What is inside local values: trees of plain dictionaries, bounded in size, depth and time.

The small ones come first, so that a large one does not take the room of its neighbours. Nothing
here is recursive, since the stack may be nearly used up.
"""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush
from itertools import chain, count
from time import monotonic
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, NamedTuple, Tuple

from . import kinds, values

if TYPE_CHECKING:
    from typing import Iterable, Optional

SECONDS = 1.0
_MOST_NODES = 8_000
_MOST_CHARACTERS = 2_000_000
_FEWEST_NODES, _FEWEST_CHARACTERS = 200, 50_000
_MOST_MEMBERS = 50
_DEEPEST = 4
_LONGEST = 120
_LONGEST_CONTENT = 2_000
_INSIDE = ("members", "more", "content")
_SEQUENCES: Tuple[Any, ...] = (list, tuple, set, frozenset, deque)
_CLOSED = (int, float, complex, bytes, bytearray, range, type, FunctionType)
_OF_A_MODULE = ("__file__", "__version__", "__path__")


class Budget:
    """How much may be told of all values of an exception and of what it came from.

    A character counts as it does in JSON that is pure ASCII.
    """

    def __init__(
        self, nodes: int = _MOST_NODES, characters: int = _MOST_CHARACTERS, seconds: float = SECONDS
    ) -> None:
        self.nodes = nodes
        self.characters = characters
        self.until = monotonic() + seconds
        self.lacking = ""
        self.whole: Optional[Budget] = None

    @property
    def late(self) -> bool:
        """Whether the time is over."""
        return monotonic() >= self.until

    @property
    def spent(self) -> bool:
        """Whether nothing more may be told."""
        return self.nodes <= 0 or self.characters <= 0 or self.late

    def lack(self) -> None:
        """Remember that values of a frame were left out, and why."""
        why = f"telling all takes more than {SECONDS:g} s" if self.late else "there are too many"
        payer: Optional[Budget] = self
        while payer is not None:
            payer.lacking = payer.lacking or f"(values are left out: {why})"
            payer = payer.whole

    def half(self) -> Budget:
        """Half of what is left, for one of several that want some; the whole pays for it."""
        part = Budget(
            min(self.nodes, max(self.nodes // 2, _FEWEST_NODES)),
            min(self.characters, max(self.characters // 2, _FEWEST_CHARACTERS)),
        )
        part.until, part.whole = self.until, self
        return part

    def pay(self, texts: Iterable[str], nodes: int = 0) -> None:
        """Count what is told."""
        characters = sum(len(it) if it.isascii() else 12 * len(it) for it in texts)
        payer: Optional[Budget] = self
        while payer is not None:
            payer.nodes -= nodes
            payer.characters -= characters
            payer = payer.whole


class _Open(NamedTuple):
    """A node whose members are not made yet; ``above`` are the ids of the values it is in."""

    node: Dict[str, Any]
    value: Any
    above: Tuple[int, ...]
    inside: _Inside


class _Inside(NamedTuple):
    """The first members of a value, and how many it has."""

    members: List[Tuple[str, Any]]
    size: int


def of_values(named: Dict[str, Any], budget: Budget) -> List[Dict[str, Any]]:
    """Trees, in the shape of buildscope's ``Value``, of those values that have anything inside."""
    roots: List[Dict[str, Any]] = []
    waiting: List[Tuple[int, int, _Open]] = []
    numbers = count()
    for name, value in named.items():
        if budget.spent:
            budget.lack()
            break
        root = _node(values.printable(name), value, budget, depth=values.DEPTH)
        roots.append(root)
        for it in _openable(root, value, (), budget):
            heappush(waiting, (_cost(it), next(numbers), it))
    while waiting and not budget.late:
        for it in _opened(heappop(waiting)[-1], budget):
            heappush(waiting, (_cost(it), next(numbers), it))
    return [root for root in roots if not root.keys().isdisjoint(_INSIDE)]


def _cost(it: _Open) -> int:
    """What comes first: few members, and not deep."""
    return len(it.inside.members) * (len(it.above) + 1)


def _node(name: str, value: Any, budget: Budget, depth: int = 1) -> Dict[str, Any]:
    node = {
        "name": name,
        "text": values.short(value, _LONGEST, depth),
        "kind": values.printable(kinds.name_of(type(value))),
    }
    budget.pay(node.values(), nodes=1)
    return node


def _openable(
    node: Dict[str, Any], value: Any, above: Tuple[int, ...], budget: Budget
) -> List[_Open]:
    """The node of a value, if it has members."""
    if kinds.is_a(value, str):
        _add_content(node, value, budget)
        return []
    try:
        inside = inside_of(value)
    except Exception as fault:  # it is changed all the time
        node["text"] = f"(unreadable: {type(fault).__name__})"
        return []
    if inside.size:
        node["more"] = inside.size
    return [_Open(node, value, above, inside)] if inside.members else []


def _opened(it: _Open, budget: Budget) -> List[_Open]:
    """Give a node its members; those that have members themselves are returned."""
    above = (*it.above, id(it.value))
    found: List[_Open] = []
    members: List[Dict[str, Any]] = []
    for name, value in it.inside.members:
        if budget.spent:
            break
        node = _node(name, value, budget)
        members.append(node)
        if id(value) in above:
            node["text"] = _same(len(above) - above.index(id(value)))
        else:
            found += _openable(node, value, above, budget)
    it.node["members"] = members
    it.node["more"] = it.inside.size - len(members)
    return found if len(above) < _DEEPEST else []


def _same(levels: int) -> str:
    return f"(the same as {levels} level{'s' if levels > 1 else ''} up)"


def _add_content(node: Dict[str, Any], value: str, budget: Budget) -> None:
    """The beginning of a long text as it stands, so that buildscope can find secrets in it."""
    size = str.__len__(value)
    long = size > values.LONGEST or "\n" in str.__getitem__(value, slice(0, -1))
    if budget.spent or not long:
        return
    content = kinds.plain(value, _LONGEST_CONTENT)
    if size > _LONGEST_CONTENT:
        content = content[:-2] + "…"  # shorter than all of it, which tells it apart
    node["content"] = content = values.printable(content)
    node["length"] = size
    budget.pay([content])


def inside_of(value: Any) -> _Inside:
    """Items of containers, attributes of instances, what tells modules apart."""
    if value is None or kinds.is_a(value, *_CLOSED):
        return _Inside([], 0)
    if kinds.is_a(value, ModuleType):
        known = kinds.scope_of(kinds.own_dictionary(value), *_OF_A_MODULE)
        return _attributes(known)
    found = _items(value)
    if values.path_text(value):
        return _Inside([], 0)
    own = _attributes(kinds.attributes(value))
    room = max(0, _MOST_MEMBERS - len(found.members))
    return _Inside(found.members + own.members[:room], found.size + own.size)


def _items(value: Any) -> _Inside:
    if kinds.is_a(value, dict):
        pairs = kinds.items_of(value, _MOST_MEMBERS)
        named = [(f"[{values.short(key, 60, 1)}]", it) for key, it in pairs]
        return _Inside(named, dict.__len__(value))
    for kind in _SEQUENCES:
        if kinds.is_a(value, kind):
            items = values.first_of(value, kind, _MOST_MEMBERS)
            members = list(zip(_labels(value, kind), items))  # noqa: B905 - not in Python 3.8
            return _Inside(members, kind.__len__(value))
    if kinds.is_a(value, BaseException):
        return _attributes({"args": kinds.attribute(value, "args")})
    return _Inside([], 0)


def _labels(value: Any, kind: type) -> Iterator[str]:
    if kind is set or kind is frozenset:
        return iter(["{}"] * _MOST_MEMBERS)
    fields = values.field_names(value) if kind is tuple else []
    numbers = (f"[{at}]" for at in range(len(fields), _MOST_MEMBERS))
    return chain((f".{name}" for name in fields), numbers)


def _attributes(found: Dict[str, Any]) -> _Inside:
    named = [(f".{values.printable(name)}", it) for name, it in found.items()]
    return _Inside(named[:_MOST_MEMBERS], len(named))

"""Rows that cost something to make are made again only when what they are made of has changed."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")


def remembered(make: Callable[P, T]) -> Callable[P, T]:
    """Return what the last call returned while its positional arguments are the very same objects.

    Records and their parts are immutable, and the screen is redrawn many times a second from
    the same ones; comparing or hashing thousands of lines would cost as much as making rows.
    """
    last: list[tuple[tuple[object, ...], T]] = []

    @wraps(make)
    def recall(*args: P.args, **kwargs: P.kwargs) -> T:
        if not kwargs and last and _same(last[0][0], args):
            return last[0][1]
        made = make(*args, **kwargs)
        last[:] = [] if kwargs else [(args, made)]
        return made

    return recall


def _same(before: tuple[object, ...], now: tuple[object, ...]) -> bool:
    return len(before) == len(now) and all(a is b for a, b in zip(before, now, strict=True))

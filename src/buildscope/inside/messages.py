"""The message of an exception, although its ``__str__`` may raise, exit, hang or be endless."""

from __future__ import annotations

from _thread import allocate_lock, start_new_thread
from time import monotonic
from typing import TYPE_CHECKING, Any, List

from . import kinds, values

if TYPE_CHECKING:
    from typing import Optional

_LONGEST = 20_000
_SECONDS = 1.0
_SECONDS_IN_ALL = 2.0


def cut(text: str, most: int = _LONGEST) -> str:
    """The beginning of a text of any class, as it is reported."""
    shown = kinds.plain(text, most)
    return values.printable(shown if str.__len__(text) <= most else f"{shown[:-1]}…")


class Messages:
    """Asks the exceptions of one chain, with a limit on how long that takes together."""

    def __init__(self) -> None:
        self._left = _SECONDS_IN_ALL

    def of(self, error: BaseException) -> str:
        """The message, or why there is none and what the exception was made of."""
        args = kinds.attribute(error, "args") or ()
        known = _without_asking(error, args)
        if known is not None:
            return cut(known)
        started = monotonic()
        asked = _Asked(error)
        asked.wait(min(_SECONDS, max(self._left, 0.01)))
        self._left -= monotonic() - started
        if asked.text is not None:
            return cut(asked.text)
        told = ", ".join(values.short(it) for it in values.first_of(args, tuple))
        return f"(its __str__ {asked.fault}) {told}".rstrip()


def _without_asking(error: BaseException, args: Any) -> Optional[str]:
    """What Python's own ``__str__`` gives for the commonest arguments: none, or one text."""
    owner = next(kind for kind in kinds.mro(error) if "__str__" in kinds.namespace(kind))
    if owner is BaseException and not args:
        return ""
    if len(args) != 1 or type(args[0]) is not str:
        return None
    if owner is KeyError:
        return repr(kinds.plain(args[0], _LONGEST))
    return kinds.plain(args[0], _LONGEST) if owner is BaseException else None


class _Asked:
    """Calls ``__str__`` in a thread that may be left behind.

    A thread and not a fork: it sees the hook's own state, and nothing is reported twice. One
    that never gives way to others (a loop in C) also hangs Python when it prints the traceback.
    """

    def __init__(self, error: BaseException) -> None:
        self.text: Optional[str] = None
        self.fault = "does not end"
        self._error: List[BaseException] = [error]
        self._done = allocate_lock()
        self._done.acquire()

    def wait(self, seconds: float) -> None:
        try:
            start_new_thread(self._ask, ())
        except RuntimeError:  # no more threads
            self.fault = "could not be called"
            return
        self._done.acquire(timeout=seconds)

    def _ask(self) -> None:
        try:
            self.text = str(self._error.pop())
        except BaseException as fault:  # its own code
            self.fault = f"raised {values.printable(kinds.short_name(type(fault)))}"
        finally:
            self._done.release()

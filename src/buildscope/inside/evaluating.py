"""Evaluates what is typed at the prompt of a held process; errors come as text."""

from __future__ import annotations

import ast
import builtins
import linecache
import os
import pprint
import signal
import traceback
from contextlib import contextmanager
from typing import Any, Dict, Iterator, Optional

from . import values

LARGEST = 400_000
"""Characters of a value or a traceback that are told: the first ones."""
_HERE = os.path.dirname(os.path.abspath(__file__))


class Interrupts:
    """Ctrl-C ends what is evaluated; at any other time it does nothing."""

    def __init__(self) -> None:
        self._open = False

    def listen(self) -> None:
        """Take over the signal, whatever handler what was typed has set."""
        signal.signal(signal.SIGINT, self._came)

    def close(self) -> None:
        """Nothing is evaluated any more."""
        self._open = False

    @contextmanager
    def allowed(self) -> Iterator[None]:
        """Meanwhile one raises ``KeyboardInterrupt``."""
        self.listen()
        self._open = True
        try:
            yield
        finally:
            self._open = False

    def _came(self, _number: int, _frame: Any) -> None:
        if self._open:
            raise KeyboardInterrupt


class Evaluator:
    """Runs code in the names of a frame; ``held`` is the exception that the process waits at."""

    def __init__(self, held: BaseException) -> None:
        self._held = held
        self._count = 0

    def value_of(
        self, code: str, scope: Dict[str, Any], names: Dict[str, Any], width: int
    ) -> Optional[str]:
        """Run statements; the value of the last one as text, if it is an expression of some value.

        The text has lines of ``width`` characters where its parts allow that. Like Python's own
        prompt it keeps that value as ``_``. Raises what the code raises.
        """
        self._count += 1
        file = f"<prompt {self._count}>"
        code = code.strip(" \t") + "\n"
        lines = code.splitlines(keepends=True)
        linecache.cache[file] = (len(code), None, lines, file)  # for tracebacks
        parsed = ast.parse(code, file)
        last = parsed.body.pop() if parsed.body and isinstance(parsed.body[-1], ast.Expr) else None
        exec(compile(parsed, file, "exec", dont_inherit=True), scope, names)  # noqa: S102
        if not isinstance(last, ast.Expr):
            return None
        asked = compile(ast.Expression(last.value), file, "eval", dont_inherit=True)
        value = eval(asked, scope, names)  # noqa: S307
        if value is None:
            return None
        vars(builtins)["_"] = value
        return cut(pprint.pformat(value, width=width, sort_dicts=False))

    def error_text(self, error: BaseException) -> str:
        """Traceback of what was typed, without the frames that run it and the exception held."""
        link, seen = error, {id(error)}
        while link.__context__ is not None and link.__context__ is not self._held:
            link = link.__context__
            if id(link) in seen:
                break
            seen.add(id(link))
        if link.__context__ is self._held:
            link.__context__ = None
        trace = error.__traceback__
        if isinstance(error, SyntaxError) and (error.filename or "").startswith("<prompt "):
            trace = None
        while trace is not None and _ours(trace.tb_frame.f_code.co_filename):
            trace = trace.tb_next
        return cut("".join(traceback.format_exception(type(error), error, trace)).rstrip())


def cut(text: str) -> str:
    """Not more than is told, and all of it printable."""
    told = values.printable(text[:LARGEST])
    return told if len(text) <= LARGEST else f"{told}… ({len(text)} in all)"


def _ours(file: str) -> bool:
    return os.path.dirname(file) == _HERE

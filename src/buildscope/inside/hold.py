"""Keeps a process alive at its exception, and answers what a debugger asks of the frames.

Over a socket that ``run`` handed over: a JSON line with ``op``, and a JSON line back. Ends at
``{"op": "end"}``, and when the other end is closed.
"""

from __future__ import annotations

import array
import builtins
import json
import linecache
import os
import signal
import socket
import sys
import traceback
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Tuple

from . import frames, streams, trees, values
from .evaluating import Evaluator, Interrupts

if TYPE_CHECKING:
    from types import FrameType

    from .places import Places

_MOST_FRAMES = 400
_MOST_NAMES = 200


class _Place(NamedTuple):
    """A frame of the chain: whose exception it is of, and how many are below it there."""

    error: BaseException
    step: frames.Step
    below: int


class Holder:
    """Answers, in the thread of the exception, until it is told to end."""

    def __init__(self, error: BaseException, places: Places, channel: socket.socket) -> None:
        self._places = places
        self._channel = channel
        self._frames = list(_frames_of(error))
        self._scopes: Dict[int, Tuple[Dict[str, Any], Dict[str, Any]]] = {}
        self._pending = b""
        self._terminals: List[int] = []
        self._evaluator = Evaluator(error)
        self._interrupts = Interrupts()
        self._pid = os.getpid()

    def serve(self) -> None:
        """Answer until the end."""
        self._interrupts.listen()
        while (request := self._next()) is not None and request["op"] != "end":
            answer = self._answer(**request)
            if os.getpid() != self._pid:  # what was typed has forked
                os._exit(0)
            self._channel.sendall(json.dumps(answer).encode("ascii") + b"\n")

    def _answer(self, op: str, **request: Any) -> Dict[str, Any]:
        answers: Dict[str, Callable[..., Dict[str, Any]]] = {
            "frames": self._tell_frames,
            "run": self._run,
            "complete": self._complete,
            "locals": self._locals,
            "pdb": self._pdb,
        }
        try:
            return answers[op](**request)
        except BaseException as error:  # SystemExit and Ctrl-C, too, end only what was typed
            self._interrupts.close()
            return {"error": self._evaluator.error_text(error)}

    def _next(self) -> Optional[Dict[str, Any]]:
        while b"\n" not in self._pending:
            chunk, extra, _, _ = self._channel.recvmsg(1 << 16, socket.CMSG_SPACE(4))
            for level, kind, data in extra:
                if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                    found = array.array("i")
                    found.frombytes(data[: len(data) // 4 * 4])
                    self._terminals += found
            if not chunk:
                return None
            self._pending += chunk
        line, _, self._pending = self._pending.partition(b"\n")
        request = json.loads(line)
        assert isinstance(request, dict)
        return request

    def _lend_source(self, frame: FrameType) -> None:
        """Let ``pdb`` show the lines of a file that was run as ``<string>``."""
        code = frame.f_code
        file = self._places.file_of(code, frame.f_globals)
        if file != code.co_filename:
            lines = linecache.getlines(file)
            linecache.cache[code.co_filename] = (sum(map(len, lines)), None, lines, file)

    def _tell_frames(self) -> Dict[str, Any]:
        """All frames, innermost first, and which one to begin at."""
        steps = [place.step for place in self._frames]
        described = frames.describe(steps, self._places, trees.Budget(0, 0))
        for number, frame in enumerate(described):
            place = self._frames[number]
            said = traceback.format_exception_only(type(place.error), place.error)[-1].strip()
            frame.update(number=number, exception=values.printable(said)[:500])
        own = [frame["number"] for frame in described if frame["owner"] == "project"]
        return {"frames": described, "first": own[0] if own else 0}

    def _scope(self, number: int) -> Tuple[Dict[str, Any], Dict[str, Any]]:
        """Globals and locals to evaluate in; the same ones each time, so that names stay set.

        Locals of a function are merged into a copy of its globals: what is nested in the
        code, a comprehension say, sees only globals.
        """
        if number not in self._scopes:
            frame = self._frames[number].step.frame
            if frame.f_locals is frame.f_globals or frame.f_code.co_name == "<module>":
                self._scopes[number] = (frame.f_globals, _dict_of(frame.f_locals))
            else:
                merged = {**frame.f_globals, **frame.f_locals}
                self._scopes[number] = (merged, merged)
        return self._scopes[number]

    def _run(self, frame: int, code: str, width: int) -> Dict[str, Any]:
        """Evaluate an expression or run statements; what they printed, the value, the error."""
        scope = self._scope(frame)
        value = error = None
        with streams.captured() as output:
            try:
                with self._interrupts.allowed():
                    value = self._evaluator.value_of(code, *scope, width)
            except BaseException as raised:  # SystemExit and Ctrl-C, too, end only what was typed
                error = self._evaluator.error_text(raised)
        return {"value": value, "error": error, "output": output.text}

    def _complete(self, frame: int, text: str) -> Dict[str, Any]:
        """Names that ``text`` may go on to; the frame's own for nothing."""
        import rlcompleter

        if not text.strip():
            return {"names": sorted(self._names(frame)), "error": None}
        scope, names = self._scope(frame)
        completer = rlcompleter.Completer({**scope, **names})
        found: List[str] = []
        with streams.captured(), self._interrupts.allowed():
            while len(found) < _MOST_NAMES and (name := completer.complete(text, len(found))):
                found.append(name)
        return {"names": list(dict.fromkeys(found)), "error": None}

    def _names(self, number: int) -> Dict[str, Any]:
        """Names of a frame with their values as they are now, those set here too."""
        frame = self._frames[number].step.frame
        scope, names = self._scope(number)
        found, _ = values.of_frame(frame)
        if scope is names and scope is not frame.f_globals:
            apart = object()
            known = frame.f_globals
            told = {name for name, it in scope.items() if known.get(name, apart) is not it}
            found = {name: scope[name] for name in (*found, *told) if name in scope}
        return {name: it for name, it in found.items() if not name.startswith("__")}

    def _locals(self, frame: int) -> Dict[str, Any]:
        """Names and short values of a frame."""
        named = self._names(frame).items()
        return {"locals": {values.printable(name): values.short(value) for name, value in named}}

    def _pdb(self, frame: int) -> Dict[str, Any]:
        """Hand a terminal, which came with the request, to ``pdb`` until the user leaves it."""
        import bdb
        import pdb  # noqa: T100 - what was asked for

        terminal = self._terminals.pop()
        place = self._frames[frame]
        self._lend_source(place.step.frame)
        try:
            with streams.on_terminal(terminal), self._interrupts.allowed():
                debugger = pdb.Pdb()
                debugger.reset()
                if place.below:
                    debugger.cmdqueue.append(f"up {place.below}")
                debugger.interaction(None, place.error.__traceback__)
        except (bdb.BdbQuit, KeyboardInterrupt):  # `quit`, and Ctrl-C at its prompt
            return {"error": None}
        finally:
            os.close(terminal)
        return {"error": None}


def hold(
    error: BaseException, places: Places, descriptor: int, reports: Any, *, told: bool
) -> None:
    """Tell that the process waits, wait, and return when it may go on to its end.

    ``descriptor`` is the debugger's socket. ``told``: Python would print the exception.
    """
    streams.fill_standard()
    if told:
        _print(error)
    for stream in (sys.stdout, sys.stderr):
        streams.flush(stream)
    before = signal.getsignal(signal.SIGINT)
    with socket.socket(fileno=os.dup(descriptor)) as channel:
        holder = Holder(error, places, channel)
        reports.write("held")
        holder.serve()
    if before is not None:  # none: it was not set from Python
        signal.signal(signal.SIGINT, before)


def _print(error: BaseException) -> None:
    """Print what Python would print at the end: the output is read now."""
    if isinstance(error, SystemExit):
        if error.code is not None and not isinstance(error.code, int):
            _print_to_stderr(str(error.code))
        return
    try:
        sys.excepthook(type(error), error, error.__traceback__)
    except BaseException as fault:  # the hook's own; Python prints both, too
        lines = traceback.format_exception(type(fault), fault, fault.__traceback__)
        lines += traceback.format_exception(type(error), error, error.__traceback__)
        _print_to_stderr("".join(lines))


def _print_to_stderr(text: str) -> None:
    try:
        sys.stderr.write(f"{text}\n")
    except Exception:  # whatever the hook put there, the descriptor is still ours
        os.write(2, f"{text}\n".encode("utf-8", "backslashreplace"))


def _frames_of(error: BaseException) -> Iterator[_Place]:
    """Frames of the whole chain, each exception's innermost first, bounded.

    Members of a group come after it, and then what led to it.
    """
    seen: set[int] = set()
    waiting: List[Optional[BaseException]] = [error]
    left = _MOST_FRAMES
    while waiting and left:
        found = waiting.pop(0)
        if found is None or id(found) in seen:
            continue
        seen.add(id(found))
        steps = frames.steps_of(found.__traceback__)
        for below, step in enumerate(reversed(steps[-left:])):
            yield _Place(found, step, below)
        left -= min(left, len(steps))
        origin = found.__cause__
        if origin is None and not found.__suppress_context__:
            origin = found.__context__
        waiting[:0] = [*_members(found), origin]


def _members(error: BaseException) -> Tuple[BaseException, ...]:
    """Of a group (Python 3.11 and later), not asked through the hook's own code."""
    group: Any = vars(builtins).get("BaseExceptionGroup")
    if group is None or not issubclass(type(error), group):
        return ()
    found: Tuple[BaseException, ...] = group.exceptions.__get__(error)
    return found


def _dict_of(scope: Any) -> Dict[str, Any]:
    """Locals of a module or class: the dictionary itself, so that what is set stays set."""
    return scope if isinstance(scope, dict) else dict(scope)

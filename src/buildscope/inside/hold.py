"""Keeps a process alive at its exception, and answers what a debugger asks of the frames.

Over a socket that ``run`` handed over: a JSON line with ``op``, and a JSON line back. Ends at
``{"op": "end"}``, and when the other end is closed.
"""

from __future__ import annotations

import array
import io
import json
import linecache
import os
import signal
import socket
import sys
import tempfile
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Tuple

from . import frames, trees, values
from .inspector import HOLD_FD

if TYPE_CHECKING:
    from types import FrameType, TracebackType

    from .places import Places

_MOST_FRAMES = 400
_LARGEST = 400_000
_WIDTH = 100


class _Place(NamedTuple):
    """A frame of the chain: whose exception it is of, and how many are below it there."""

    error: BaseException
    step: frames.Step
    below: int


class Holder:
    """Answers, in the thread of the exception, until it is told to end."""

    def __init__(self, error: BaseException, places: Places, channel: socket.socket) -> None:
        self._error = error
        self._places = places
        self._channel = channel
        self._frames = list(_frames_of(error))
        self._scopes: Dict[int, Tuple[Dict[str, Any], Dict[str, Any]]] = {}
        self._pending = b""
        self._descriptors: List[int] = []

    def serve(self) -> None:
        """Answer until the end."""
        answers: Dict[str, Callable[..., Dict[str, Any]]] = {
            "frames": self._tell_frames,
            "run": self._run,
            "complete": self._complete,
            "locals": self._locals,
            "pdb": self._pdb,
        }
        while (request := self._next()) is not None and request["op"] != "end":
            answer = answers[request.pop("op")](**request)
            self._channel.sendall(json.dumps(answer).encode("ascii") + b"\n")

    def _next(self) -> Optional[Dict[str, Any]]:
        while b"\n" not in self._pending:
            chunk, extra, _, _ = self._channel.recvmsg(1 << 16, socket.CMSG_SPACE(4))
            for level, kind, data in extra:
                if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                    found = array.array("i")
                    found.frombytes(data[: len(data) // 4 * 4])
                    self._descriptors += found
            if not chunk:
                return None
            self._pending += chunk
        line, _, self._pending = self._pending.partition(b"\n")
        found = json.loads(line)
        assert isinstance(found, dict)
        return found

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

    def _run(self, frame: int, code: str) -> Dict[str, Any]:
        """Evaluate an expression or run statements; what they printed, the value, the error."""
        scope = self._scope(frame)
        answer: Dict[str, Any] = {"value": None, "error": None}
        with _captured() as output, _interruptible():
            try:
                answer["value"] = _evaluate(code, *scope)
            except BaseException as error:  # SystemExit and Ctrl-C, too, end only what was typed
                answer["error"] = _error_text(error, self._error)
        answer["output"] = output.text
        return answer

    def _complete(self, frame: int, text: str) -> Dict[str, Any]:
        """Names that ``text`` may go on to."""
        import rlcompleter

        merged = {**self._scope(frame)[0], **self._scope(frame)[1]}
        completer = rlcompleter.Completer(merged)
        found: List[str] = []
        with _captured(), _interruptible():
            try:
                while len(found) < 200 and (name := completer.complete(text, len(found))):
                    found.append(name)
            except BaseException as error:  # an attribute's own code
                return {"names": found, "error": _error_text(error, self._error)}
        return {"names": list(dict.fromkeys(found)), "error": None}

    def _locals(self, frame: int) -> Dict[str, Any]:
        """Names and short values of a frame."""
        named, _ = values.of_frame(self._frames[frame].step.frame)
        texts = {values.printable(name): values.short(value) for name, value in named.items()}
        return {"locals": texts}

    def _pdb(self, frame: int) -> Dict[str, Any]:
        """Hand a terminal, which came with the request, to ``pdb`` until the user leaves it."""
        import pdb  # noqa: T100 - what was asked for

        terminal = self._descriptors.pop()
        place = self._frames[frame]
        self._lend_source(place.step.frame)
        with _on_terminal(terminal), _interruptible():
            debugger = pdb.Pdb()
            debugger.reset()
            debugger.cmdqueue += ["up"] * place.below
            try:
                debugger.interaction(None, place.error.__traceback__)
            except BaseException as error:  # `quit`, and Ctrl-C at its prompt
                return {
                    "error": None
                    if "Quit" in type(error).__name__
                    else _error_text(error, self._error)
                }
        return {"error": None}


def hold(error: BaseException, places: Places, reports: Any) -> None:
    """Tell that the process waits, wait, and return when it may go on to its end."""
    _print(error)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    with socket.socket(fileno=HOLD_FD) as channel:
        holder = Holder(error, places, channel)
        reports.write("held")
        holder.serve()
    signal.signal(signal.SIGINT, before)


def _print(error: BaseException) -> None:
    """Print what Python would print at the end: the output is read now."""
    if isinstance(error, SystemExit):
        if error.code is not None and not isinstance(error.code, int):
            sys.stderr.write(f"{error.code}\n")
    else:
        sys.excepthook(type(error), error, error.__traceback__)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()


def _frames_of(error: Optional[BaseException]) -> Iterator[_Place]:
    """Frames of the whole chain, each exception's innermost first, bounded."""
    seen: set[int] = set()
    count = 0
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        steps = frames.steps_of(error.__traceback__)
        for below, step in enumerate(reversed(steps)):
            if count < _MOST_FRAMES:
                yield _Place(error, step, below)
            count += 1
        origin = error.__cause__
        error = origin if origin is not None or error.__suppress_context__ else error.__context__


def _dict_of(scope: Any) -> Dict[str, Any]:
    """Locals of a module or class: the dictionary itself, so that what is set stays set."""
    return scope if isinstance(scope, dict) else dict(scope)


def _evaluate(code: str, scope: Dict[str, Any], names: Dict[str, Any]) -> Optional[str]:
    """Run statements; the value of the last one as text, if it is an expression of some value."""
    import ast
    import pprint

    parsed = ast.parse(code.strip(" \t") + "\n", "<prompt>")
    last = parsed.body.pop() if parsed.body and isinstance(parsed.body[-1], ast.Expr) else None
    exec(compile(parsed, "<prompt>", "exec"), scope, names)  # noqa: S102
    if not isinstance(last, ast.Expr):
        return None
    value = eval(compile(ast.Expression(last.value), "<prompt>", "eval"), scope, names)  # noqa: S307
    return None if value is None else _cut(pprint.pformat(value, width=_WIDTH))


def _error_text(error: BaseException, held: BaseException) -> str:
    """Traceback of what was typed, without the frames that run it and the exception held."""
    link = error
    while link.__context__ is not None and link.__context__ is not held:
        link = link.__context__
    link.__context__ = None
    trace: Optional[TracebackType] = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename != "<prompt>":
        trace = trace.tb_next
    return _cut("".join(traceback.format_exception(type(error), error, trace)).rstrip())


def _cut(text: str) -> str:
    text = values.printable(text)
    return text if len(text) <= _LARGEST else f"{text[:_LARGEST]}… ({len(text)} in all)"


class _Output:
    text = ""


@contextmanager
def _captured() -> Iterator[_Output]:
    """Everything that is printed meanwhile, by programs that are started too."""
    output = _Output()
    with tempfile.TemporaryFile() as file, _descriptors((1, file.fileno()), (2, file.fileno())):
        kept = sys.stdout, sys.stderr
        stream = _stream(1, "w")
        sys.stdout = sys.stderr = stream
        try:
            yield output
        finally:
            stream.close()
            sys.stdout, sys.stderr = kept
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _LARGEST))
            text = file.read().decode("utf-8", "backslashreplace")
            output.text = text if size <= _LARGEST else f"… ({size} bytes in all)\n{text}"


@contextmanager
def _on_terminal(terminal: int) -> Iterator[None]:
    """Standard streams are the terminal: only then does Python use its line editing."""
    pairs = tuple((number, terminal) for number in (0, 1, 2))
    with _descriptors(*pairs):
        os.close(terminal)
        kept = sys.stdin, sys.stdout, sys.stderr
        sys.stdin, sys.stdout = _stream(0, "r"), _stream(1, "w")
        sys.stderr = sys.stdout
        try:
            yield
        finally:
            sys.stdout.close()
            sys.stdin, sys.stdout, sys.stderr = kept


def _stream(descriptor: int, mode: str) -> Any:
    return io.open(descriptor, mode, 1, encoding="utf-8", errors="backslashreplace", closefd=False)


@contextmanager
def _descriptors(*pairs: Tuple[int, int]) -> Iterator[None]:
    """Stand ``source`` in for each ``target``, descriptors both, until the end."""
    kept = [(target, os.dup(target)) for target, _ in pairs]
    try:
        for target, source in pairs:
            os.dup2(source, target)
        yield
    finally:
        for target, copy in kept:
            os.dup2(copy, target)
            os.close(copy)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C ends what was typed; at any other time it does nothing."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)

"""The processes that a hook starts, and which line of Python starts them."""

from __future__ import annotations

import json
import os
import sys
import time
from _thread import get_ident
from itertools import count

from .owners import Owners, calling_frame, source_line

TYPE_CHECKING = False  # importing `typing` costs 5 ms
if TYPE_CHECKING:
    from types import CodeType, FrameType
    from typing import Any, Callable, Dict, Iterable, List, Optional, Set, Tuple

    from .places import Places
    from .reports import Reports

_MOST = {"spawned": 20_000, "opened": 500, "sought": 300, "connected": 500, "resolved": 500}
_LONGEST_COMMAND = 1_000_000
"""Characters of arguments, and of variables, that are told; systems take about twice as many."""
_ROOM_IN_FORK = (2400, 1200, 400, 0)
"""The same in a fork, tried in turn."""
_LONGEST_IN_FORK = 4000
"""Characters of JSON: such a line must fit a pipe's atomic write."""


class Commands:
    """Reports what is done, by whom; here processes, in ``Did`` all the rest."""

    def __init__(self, reports: Reports, config: Dict[str, Any], own: List[Optional[str]]) -> None:
        self.opened: Dict[str, None] = {}
        self._reports = reports
        self._config = config
        self._own = own
        self._started = time.monotonic()
        self._variables = dict(os.environ)
        self._raw_variables = dict(_raw(os.environ))
        self._owners = Owners(config["project"], config["environment_paths"], own)
        self._places: Optional[Places] = None
        self._files: Dict[CodeType, Tuple[str, str]] = {}
        self._calls: Dict[Tuple[CodeType, int], Dict[str, Any]] = {}
        self._busy: Set[int] = set()
        self._counts: Dict[str, int] = {}
        self._numbers = count(1)
        self._seen: Set[Any] = set()

    def watch_processes(self) -> None:
        """Notice what raises no audit event: the ends, and what ``os`` starts by itself."""
        os.system = self._telling_system(os.system)  # type: ignore[assignment]
        if hasattr(os, "waitpid"):
            os.waitpid = self._telling_waitpid(os.waitpid)
        for name in ("posix_spawn", "posix_spawnp"):
            if hasattr(os, name):
                setattr(os, name, self._telling_spawn(getattr(os, name)))

    def places(self) -> Places:
        """Make what maps code to files; costs some milliseconds the first time."""
        if self._places is None:
            from .places import Places

            config = self._config
            self._places = Places(
                config["project"], config["environment_paths"], self._own, self.opened
            )
        return self._places

    def _report(self, event: str, **content: Any) -> None:
        told = self._counts[event] = self._counts.get(event, 0) + 1
        if told <= _MOST[event]:
            content["at"] = self._now()
            self._reports.write_from_fork(event, **content)
        elif told == _MOST[event] + 1:
            self._reports.write("more", kind=event, most=_MOST[event])

    def _now(self) -> float:
        return round(time.monotonic() - self._started, 4)

    def _is_new(self, *what: Any) -> bool:
        new = what not in self._seen
        self._seen.add(what)
        return new

    def _popen(self, executable: Any, args: Any, cwd: Any, env: Any) -> None:
        name = self._name()
        self._spawned(name, executable, args, cwd, env)
        frame = calling_frame(2)
        popen = frame.f_locals.get("self") if frame is not None else None
        if popen is not None:  # only there is the object
            _tell_return_code(type(popen), self._returned)
            popen.__dict__["_buildscope"] = (name, time.monotonic())

    def _returned(self, popen: Any, code: Any) -> None:
        told = popen.__dict__.pop("_buildscope", None)
        if told is not None and type(code) is int:
            self._exited(told[0], None if _is_starting() else code, told[1])

    def _telling_system(self, system: Callable[[Any], int]) -> Callable[[Any], int]:
        def run(command: Any) -> int:
            name, started = self._name(), time.monotonic()
            shell = ["/bin/sh", "-c", command] if os.name == "posix" else [command]
            self._guarded(lambda: self._spawned(name, None, shell, None, None))
            status = system(command)
            self._exited(name, _code(status), started)
            return status

        return run

    def _telling_spawn(self, spawn: Callable[..., int]) -> Callable[..., int]:
        """Called by itself: ``subprocess`` uses it too, and has told already."""

        def run(path: Any, argv: Any, env: Any, **options: Any) -> int:
            pid = spawn(path, argv, env, **options)
            if sys._getframe(1).f_globals.get("__name__") != "subprocess":  # noqa: SLF001
                self._guarded(lambda: self._spawned(str(pid), path, argv, None, env))
            return pid

        return run

    def _exec(self, path: Any, args: Any, env: Any) -> None:
        """A fork becomes another program: how ``distutils`` ran commands up to Python 3.8."""
        if not self._reports.ours and self._is_new("exec", os.getpid()):
            self._spawned(str(os.getpid()), path, args, None, env)

    def _telling_waitpid(
        self, waitpid: Callable[[int, int], Tuple[int, int]]
    ) -> Callable[[int, int], Tuple[int, int]]:
        def wait(pid: int, options: int) -> Tuple[int, int]:
            found = waitpid(pid, options)
            if found[0] and sys._getframe(1).f_globals.get("__name__") != "subprocess":  # noqa: SLF001
                self._exited(str(found[0]), _code(found[1]), None)
            return found

        return wait

    def _guarded(self, report: Callable[[], None]) -> None:
        thread = get_ident()
        self._busy.add(thread)
        try:
            report()
        except Exception as fault:
            self._reports.write("fault", text=f"watching: {type(fault).__name__}: {fault}")
        finally:
            self._busy.discard(thread)

    def _name(self) -> str:
        return f"{os.getpid()}-{next(self._numbers)}"

    def _spawned(self, name: str, executable: Any, args: Any, cwd: Any, env: Any) -> None:
        arguments = _arguments(args)
        program = None if executable is None else os.fsdecode(executable)
        told = {
            "id": name,
            "argv": arguments,
            "program": None if arguments and program == arguments[0] else program,
            "cwd": os.getcwd() if cwd is None else os.path.abspath(os.fsdecode(cwd)),
            "environ": self._changes(env),
            **self._from(),
        }
        self._report("spawned", **_fitting(told, forked=not self._reports.ours))

    def _changes(self, env: Any) -> Dict[str, Optional[str]]:
        """What differs from the variables that the hook began with; ``None`` for what is gone."""
        if env is None:
            raw = _raw(os.environ)
            return {} if raw == self._raw_variables else _differing(self._variables, os.environ)
        return _differing(self._variables, env)

    def _exited(self, name: str, code: Optional[int], started: Optional[float]) -> None:
        seconds = None if started is None else round(time.monotonic() - started, 4)
        self._reports.write_from_fork("exited", id=name, code=code, seconds=seconds, at=self._now())

    # Where from

    def _from(self) -> Dict[str, Any]:
        """The innermost frame outside the standard library, and the project's, if another."""
        frame: Optional[FrameType] = calling_frame(2)
        found: Dict[str, Any] = {}
        while frame is not None:
            file, owner = self._file(frame)
            if owner == "project" or ("by" not in found and owner == "backend"):
                found["led_by" if "by" in found else "by"] = self._call(frame, file, owner)
                if owner == "project":
                    break
            frame = frame.f_back
        return found

    def _file(self, frame: FrameType) -> Tuple[str, str]:
        code = frame.f_code
        if code not in self._files:
            path = code.co_filename
            if path == "<string>":
                path = self.places().file_of(code, frame.f_globals)
            self._files[code] = (path, self._owners.owner(path))
        return self._files[code]

    def _call(self, frame: FrameType, file: str, owner: str) -> Dict[str, Any]:
        line = frame.f_lineno or frame.f_code.co_firstlineno
        key = (frame.f_code, line)
        if key not in self._calls:
            self._calls[key] = {
                "file": self._owners.display(file).encode("utf-8", "backslashreplace").decode(),
                "line": line,
                "function": frame.f_code.co_name,
                "owner": owner,
                "source": source_line(file, line),
            }
        return self._calls[key]


def _tell_return_code(kind: Any, told: Callable[[Any, Any], None]) -> None:
    """Have ``told`` called when a ``Popen`` learns how its process ended.

    All of its methods, and ``asyncio``, set the attribute.
    """
    for base in reversed(kind.__mro__[:-1]):
        if base.__dict__.get("_execute_child") is None:
            continue
        if isinstance(base.__dict__.get("returncode"), property):
            return

        def get(popen: Any) -> Any:
            return popen.__dict__.get("returncode")

        def put(popen: Any, code: Any) -> None:
            popen.__dict__["returncode"] = code
            if code is not None:
                told(popen, code)

        base.returncode = property(get, put)
        return


def _is_starting() -> bool:
    """Whether ``Popen`` learns of an end while it still starts: the program cannot be run."""
    frame: Optional[FrameType] = calling_frame(3)
    setters = [frame, frame.f_back if frame is not None else None]
    return any(it is not None and it.f_code.co_name == "_execute_child" for it in setters)


def _arguments(args: Any) -> List[str]:
    if isinstance(args, (str, bytes, os.PathLike)):
        args = [args]
    return [os.fsdecode(it) for it in args]


def _raw(environ: Any) -> Any:
    """What ``os.environ`` keeps: decoding it all for every process is half of what one costs."""
    return getattr(environ, "_data", environ)


def _differing(before: Dict[str, str], env: Any) -> Dict[str, Optional[str]]:
    after = {name if type(name) is str else os.fsdecode(name): value for name, value in env.items()}
    changed: Dict[str, Optional[str]] = {
        name: os.fsdecode(value) for name, value in after.items() if before.get(name) != value
    }
    changed.update((name, None) for name in before if name not in after)
    return {name: value for name, value in changed.items() if before.get(name) != value}


def _fitting(told: Dict[str, Any], forked: bool) -> Dict[str, Any]:
    """What is told of a command, ``cut`` where that is too long."""
    if not forked:
        return _cut(told, _LONGEST_COMMAND)
    for room in _ROOM_IN_FORK:
        fitting = _cut(told, room)
        if len(json.dumps(fitting)) <= _LONGEST_IN_FORK:
            break
    return fitting


def _cut(told: Dict[str, Any], room: int) -> Dict[str, Any]:
    argv, environ = _first(told["argv"], room), dict(_first(told["environ"].items(), room))
    cut = len(argv) < len(told["argv"]) or len(environ) < len(told["environ"])
    return {**told, "argv": argv, "environ": environ, "cut": cut}


def _first(items: Iterable[Any], room: int) -> List[Any]:
    """The first of ``items``, of ``room`` characters in all."""
    kept = []
    for it in items:
        room -= len(it) if type(it) is str else len(it[0]) + len(it[1] or "")
        if room < 0:
            break
        kept.append(it)
    return kept


def _code(status: int) -> int:
    """Exit code of a wait status, negative for a signal."""
    if os.name != "posix":
        return status
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)

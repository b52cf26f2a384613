"""What the hook does, seen through audit events (PEP 578): an observer, and not a sandbox.

Sub-processes, connections, files opened outside the tree and the environment, modules that
were sought in vain. What a sub-process does by itself is not seen.
"""

from __future__ import annotations

import os
import sys
from _thread import get_ident

from .commands import Commands
from .owners import below, calling_frame

TYPE_CHECKING = False  # importing `typing` costs 5 ms
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any, Callable, Dict, List, Optional, Tuple

    from .reports import Reports

_MOST_OPENED = 4096


class Did(Commands):
    """Listens, and reports each thing as it happens; ``opened`` are the newest files, last."""

    def __init__(self, reports: Reports, config: Dict[str, Any], own: List[Optional[str]]) -> None:
        super().__init__(reports, config, own)
        self._inside = self._ordinary()
        self._handlers: Dict[str, Callable[..., None]] = {
            "open": self._open,
            "subprocess.Popen": self._popen,
            "os.exec": self._exec,
            "socket.connect": self._connect,
            "socket.getaddrinfo": self._resolve,
            "socket.gethostbyname": self._resolve,
        }

    def handle(self, event: str, handler: Callable[..., None]) -> None:
        """Have ``handler`` called with the arguments of an audit event."""
        self._handlers[event] = handler

    def install(self) -> None:
        """Begin to listen."""
        sys.addaudithook(self._audit)
        if self._reports.connected:
            sys.meta_path.append(_Last(self._sought))
            self.watch_processes()

    def _audit(self, event: str, arguments: Tuple[Any, ...]) -> None:
        handler = self._handlers.get(event)
        if handler is None or get_ident() in self._busy:
            return
        thread = get_ident()
        self._busy.add(thread)
        try:
            handler(*arguments)
        except Exception as fault:  # it must never change what the hook does
            self._reports.write("fault", text=f"watching {event}: {type(fault).__name__}: {fault}")
        finally:
            self._busy.discard(thread)

    # Files

    def _ordinary(self) -> Tuple[str, ...]:
        """Where a hook is expected to open files."""
        config = self._config
        inside = [config["project"], *config["environment_paths"], *config["quiet"]]
        inside += [os.path.dirname(os.__file__), *(path for path in self._own if path)]
        if sys.prefix != sys.base_prefix:
            inside.append(sys.prefix)
        real = [below(path) for path in inside]
        given = [os.path.join(os.path.abspath(path), "") for path in inside]
        devices = ["/dev/", "/proc/", "/sys/"] if os.name == "posix" else []
        files = [path for path in self._own if path and os.path.isfile(path)]
        files += [path for path in sys.path if path.endswith(".zip")]
        return tuple({*real, *given, *devices, *files})

    def _open(self, path: Any, mode: Any, flags: Any) -> None:
        """Which may also be the source of code that is run as ``<string>``."""
        if type(path) is bytes:
            path = os.fsdecode(path)
        if type(path) is not str or path.endswith(".pyc"):
            return
        if path[:1] != "/" or "/." in path or "//" in path:
            try:
                path = os.path.abspath(path)
            except OSError:  # the working directory is gone
                return
        self.opened.pop(path, None)
        self.opened[path] = None
        if len(self.opened) > _MOST_OPENED:
            del self.opened[next(iter(self.opened))]
        if not path.startswith(self._inside):
            writing = _writes(mode, flags)
            if _is_trial(path) or not self._reports.connected:
                return
            if self._is_new("opened", path, writing):
                self._report("opened", path=path, writing=writing, **self._from())

    # Modules

    def _sought(self, name: str) -> None:
        thread = get_ident()
        if thread in self._busy or not self._is_new("sought", name):
            return
        self._guarded(lambda: self._tell_sought(name))

    def _tell_sought(self, name: str) -> None:
        """Unless the standard library tried: it goes on without.

        Who led a backend to it is not told: it tries the same in every build, and to find the
        line of ``setup.py`` costs more than all that is seen of a hook that starts nothing.
        """
        frame: Optional[FrameType] = calling_frame(2)
        while frame is not None:
            file, owner = self._file(frame)
            if owner == "stdlib" and "importlib" not in frame.f_code.co_filename:
                return
            if owner in {"project", "backend"}:
                self._report("sought", name=name, by=self._call(frame, file, owner))
                return
            frame = frame.f_back

    # Network

    def _connect(self, _: Any, address: Any) -> None:
        host, port = address, None
        if type(address) is tuple and len(address) >= 2:
            host, port = address[0], address[1]
        if type(host) is bytes:
            host = os.fsdecode(host)
        number = port if type(port) is int else None
        if host and self._is_new("connected", host, number):
            self._report("connected", host=str(host), port=number, **self._from())

    def _resolve(self, host: Any, port: Any = None, *_: Any) -> None:
        if type(host) is bytes:
            host = host.decode("ascii", "replace")
        number = str(port) if type(port) in (int, str) else None
        if host and self._is_new("resolved", host, number):
            self._report("resolved", host=str(host), port=number, **self._from())


class _Last:
    """A finder after all others (``sys.meta_path``): what it is asked for nobody has."""

    def __init__(self, sought: Callable[[str], None]) -> None:
        self._told = sought

    def find_spec(self, name: str, *_: Any) -> None:
        """Take note of a module that no other finder has."""
        self._told(name)


def _is_trial(path: str) -> bool:
    """Whether ``tempfile`` tries out a directory, or makes a file there that has no name."""
    frame = calling_frame(3)
    asked = frame is not None and frame.f_code.co_name == "_get_default_tempdir"
    return asked or os.path.isdir(path)


def _writes(mode: Any, flags: Any) -> bool:
    if type(mode) is str:
        return any(letter in mode for letter in "wax+")
    return type(flags) is int and bool(flags & (os.O_WRONLY | os.O_RDWR))

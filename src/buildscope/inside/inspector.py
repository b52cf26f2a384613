"""Watches one hook: what every hook pays for is here, the rest is imported when it is needed."""

from __future__ import annotations

import atexit
import faulthandler
import json
import os
import signal
import sys
import warnings
from importlib.machinery import SourceFileLoader

from .did import Did
from .reports import REPORT_FD, Reports, identity

TYPE_CHECKING = False  # importing `typing` costs 5 ms
if TYPE_CHECKING:
    from types import FrameType, ModuleType
    from typing import Any, Callable, Dict, List, Optional

    from .logs import Logs

_MOST_WARNINGS = 200
_HERE = os.path.dirname(os.path.abspath(__file__))
HOLD_FD = 4
"""The socket of a debugger that may hold the process (see ``hold``)."""


def load_library(path: str) -> ModuleType:
    """Load the hook library's in-process script as a module, by path, with cached bytecode."""
    name = "pyproject_hooks._in_process._in_process"
    module = type(sys)(name)
    module.__file__ = path
    code = SourceFileLoader(name, path).get_code(name)
    assert code is not None
    exec(code, module.__dict__)  # noqa: S102
    return module


def inspect(library: ModuleType, *, config_path: str, argv: List[str]) -> None:
    """Run the hook that ``argv`` (script, hook, control directory) names, and report on it.

    ``config_path`` is a JSON file: ``project``, ``environment_paths``, ``layer``,
    ``bytecode_dirs``, ``quiet`` (where files that are opened are not told of), ``hold`` (wait at
    an exception). Raises whatever leaves the library's ``main``.
    """
    with open(config_path, encoding="utf-8") as file:
        config = json.load(file)
    if config["bytecode_dirs"]:
        from . import bytecode

        bytecode.cache_below(config["bytecode_dirs"])
    if config["layer"]:
        from . import layer

        layer.put_in_front(config["layer"])
    sys.argv[:] = argv
    inspector = Inspector(config, library, hook=argv[1], control=argv[-1])
    inspector.install()
    try:
        library.main()
    except BaseException as error:
        inspector.failed(error)
        raise


class Inspector:
    """Reports what happens in the process that it was made in, not in forks of it."""

    def __init__(
        self, config: Dict[str, Any], library: ModuleType, hook: str, control: str
    ) -> None:
        self.config = config
        self.library = library
        self.hook = hook
        self.reports = Reports(REPORT_FD)
        layer = config["layer"]
        known = {
            **config,
            "quiet": [*config["quiet"], control],
            "environment_paths": [*config["environment_paths"], *([layer] if layer else [])],
        }
        own = [_HERE, library.__file__]
        self.did = Did(self.reports, known, own)
        self._known, self._own = known, own
        self._known_logs: Optional[Logs] = None
        self._reported: Optional[BaseException] = None
        self._warned = 0
        self._telling = False
        self._debugger: Any = None

    def install(self) -> None:
        """Wrap the library's functions, listen to the interpreter and to the stop signal."""
        scope = self.library.__dict__
        if self.hook in scope:
            scope[self.hook] = self._watched(scope[self.hook])
        scope["_build_backend"] = self._noticing_absence(scope["_build_backend"])
        scope["warnings"] = _Warnings(self.warned)
        if self.reports.connected:
            _keep_from_children(HOLD_FD)
            self._debugger = identity(HOLD_FD)
            self._listen()
            self._save_logs()
        self.did.install()

    def failed(self, error: BaseException) -> None:
        """Report an exception, once, with its chain; wait where that is wished."""
        if error is self._reported or not self.reports.ours:
            return
        self._reported = error
        if type(error) is self.library.HookMissing:
            self.reports.write("missing")
            return
        self._report("exception", lambda: self._described(error))
        if self.config["hold"] and type(error) is not self.library.GotUnsupportedOperation:
            self._hold(error)

    def _described(self, error: BaseException) -> Any:
        from . import chain

        return chain.describe(error, self._places())

    def _hold(self, error: BaseException) -> None:
        """Wait, where the hook has left whole what that takes."""
        if not self.reports.reachable or identity(HOLD_FD) != self._debugger:
            return
        told = type(error) is not self.library.BackendUnavailable
        try:
            from . import hold

            hold.hold(error, self._places(), HOLD_FD, self.reports, told=told)
        except Exception:
            self._tell_fault()

    def stack(self, _: int, frame: Optional[FrameType]) -> None:
        """At the stop signal: report where the main thread is, and let go of held output."""
        if self._telling or not self.reports.ours or _importing():
            return  # faulthandler has told already
        while frame is not None and os.path.dirname(frame.f_code.co_filename) == _HERE:
            frame = frame.f_back  # the signal came while something was noted here
        self._telling = True
        try:
            from . import frames

            self._report("stack", lambda: frames.of_stack(frame, self._places()))
            for stream in (sys.stdout, sys.stderr):
                _flush(stream)
        finally:
            self._telling = False

    def warned(self, warning: warnings.WarningMessage) -> None:
        """Report a warning; the first ones only."""
        self._warned += 1
        if self._warned <= _MOST_WARNINGS and self.reports.ours:
            category = warning.category.__name__
            where = {"file": warning.filename, "line": warning.lineno}
            self.reports.write("warning", category=category, text=str(warning.message), **where)

    def _watched(self, hook: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap a hook: ``main`` swallows BackendUnavailable, HookMissing, UnsupportedOperation."""

        def call(**kwargs: Any) -> Any:
            try:
                return hook(**kwargs)
            except BaseException as error:
                self.failed(error)
                raise

        return call

    def _noticing_absence(self, build_backend: Callable[[], Any]) -> Callable[[], Any]:
        """Wrap the import: the library answers for a missing get_requires with an empty list."""

        def load() -> Any:
            backend = build_backend()
            if self.reports.ours and not hasattr(backend, self.hook):
                self.reports.write("missing")
            return backend

        return load

    def _save_logs(self) -> None:
        """Before anything is deleted; most hooks delete nothing, and do not pay for the import."""
        self.did.handle("shutil.rmtree", lambda *given: self._logs().removing_tree(*given))
        self.did.handle("os.remove", lambda *given: self._logs().removing(*given))
        self.did.handle("os.rename", self._renaming)

    def _renaming(self, *given: Any) -> None:
        """Importing renames as well, every time that bytecode is written."""
        if str(given[1]).endswith((".log", "_log", "log.txt", "Log.yaml")):
            self._logs().renaming(*given)

    def _logs(self) -> Logs:
        if self._known_logs is None:
            from .logs import Logs

            self._known_logs = Logs(self.reports)
        return self._known_logs

    def _listen(self) -> None:
        """Python's handler tells more; the C one also works inside an extension's loop."""
        if not hasattr(signal, "SIGUSR1"):
            return
        signal.signal(signal.SIGUSR1, self.stack)
        faulthandler.register(signal.SIGUSR1, file=REPORT_FD, all_threads=False, chain=True)
        atexit.register(self._deafen)

    def _deafen(self) -> None:
        """Python is about to restore the default of the signal, which ends the process."""
        faulthandler.unregister(signal.SIGUSR1)
        if signal.getsignal(signal.SIGUSR1) == self.stack:
            signal.signal(signal.SIGUSR1, signal.SIG_IGN)

    def _places(self) -> Any:
        from . import places

        known = self._known
        return places.Places(
            known["project"], known["environment_paths"], self._own, self.did.opened
        )

    def _report(self, event: str, describe: Callable[[], Any]) -> None:
        """Report, and never let a fault of the reporting change how the hook ends."""
        try:
            self.reports.write(event, content=describe())
        except Exception:
            self._tell_fault()

    def _tell_fault(self) -> None:
        try:
            import traceback
        except Exception:  # the hook has taken it, or what it needs, away
            text = repr(sys.exc_info()[1])
        else:
            text = traceback.format_exc()
        self.reports.write("fault", text=text)


def _importing() -> bool:
    """Whether a module of ours is being imported by what a signal has interrupted."""
    package = __name__.rpartition(".")[0] + "."
    return any(
        getattr(module.__spec__, "_initializing", False)
        for name, module in list(sys.modules.items())
        if name.startswith(package)
    )


def _keep_from_children(descriptor: int) -> None:
    try:
        os.set_inheritable(descriptor, False)
    except OSError:  # nobody could hold the process
        return


def _flush(stream: Any) -> None:
    try:
        stream.flush()
    except (AttributeError, OSError, RuntimeError, ValueError):
        return  # gone, closed, or interrupted in a write of its own


class _Warnings:
    """Stands in for the module ``warnings`` in the library's script.

    The library takes warnings off stderr, and keeps them only when the hook succeeds. Here they
    are printed as usual, told to ``warned``, and the library is handed none of them.
    """

    def __init__(self, warned: Callable[[warnings.WarningMessage], None]) -> None:
        self._warned = warned

    def catch_warnings(self, **_: Any) -> _Recording:
        return _Recording(self._warned)


class _Recording(warnings.catch_warnings):
    def __init__(self, warned: Callable[[warnings.WarningMessage], None]) -> None:
        super().__init__(record=False)
        self._warned = warned

    def __enter__(self) -> List[Any]:
        super().__enter__()
        usual = warnings.showwarning

        def show(  # noqa: PLR0917 - its signature is the library's
            message: Any,
            category: Any,
            filename: str,
            lineno: int,
            file: Any = None,
            line: Optional[str] = None,
        ) -> None:
            self._warned(warnings.WarningMessage(message, category, filename, lineno, file, line))
            usual(message, category, filename, lineno, file, line)

        warnings.showwarning = show
        return []

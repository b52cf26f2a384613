"""Calls one hook through ``pyproject_hooks``, under the inspector and a supervisor."""

from __future__ import annotations

import json
import os
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyproject_hooks

from buildscope.errors import PhaseError
from buildscope.hooks.logs import LogKeeper
from buildscope.hooks.reported import ReportLog, valid_text
from buildscope.model.base import Record
from buildscope.model.failure import ExceptionRecord, Frame
from buildscope.model.run import BackendLog
from buildscope.model.waiting import ProcessState
from buildscope.process.ended import Ended
from buildscope.process.run import run
from buildscope.process.waiting import look

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from buildscope.journal.redact import Redactor
    from buildscope.journal.spool import Spool
    from buildscope.process.handle import Handle
    from buildscope.process.stop import Stop

_INSPECTOR = Path(__file__).parent.parent / "inside" / "__main__.py"
_WITHOUT_FALLBACK = ("prepare_metadata_for_build_wheel", "prepare_metadata_for_build_editable")


class HookOutcome(Record, frozen=True):
    """How a hook ended and what it returned.

    ``result`` is what it returned, not redacted, and only there if ``has_result``. ``missing``: the
    backend has no such hook; for ``get_requires_*`` there is a result then too, the empty
    list. ``unsupported``: it raised the backend's ``UnsupportedOperation``. ``exception`` also
    tells a backend that cannot be imported. ``warnings`` are Python's, as
    ``file:line: Category: text``. ``stack`` is where it was when it was stopped or timed out,
    ``waiting`` what its processes did then.
    ``told`` is the last line of a traceback that the library alone has seen, without the inspector.
    ``faults`` are tracebacks of the inspector itself. ``logs`` are the backend's own, their files
    relative to the hook's ``directory``.
    """

    ended: Ended
    result: Any = None
    has_result: bool = False
    missing: bool = False
    unsupported: bool = False
    told: str = ""
    exception: ExceptionRecord | None = None
    warnings: tuple[str, ...] = ()
    stack: tuple[Frame, ...] = ()
    waiting: tuple[ProcessState, ...] = ()
    faults: tuple[str, ...] = ()
    logs: tuple[BackendLog, ...] = ()


def call_hook(
    hook: str,
    kwargs: dict[str, Any],
    *,
    python: str,
    project: Path,
    backend: str,
    backend_path: tuple[str, ...],
    environ: Mapping[str, str],
    directory: Path,
    spool: Spool,
    stop: Stop,
    timeout: float | None,
    redactor: Redactor,
    environment_paths: tuple[str, ...] = (),
    layer: str | None = None,
    bytecode_dirs: tuple[str, ...] = (),
    quiet: tuple[str, ...] = (),
    inspect: bool = True,
    handle: Handle | None = None,
) -> HookOutcome:
    """Call the hook of PEP 517 or 660 named ``hook`` in ``project`` with ``kwargs``.

    ``environ`` is the hook's whole environment. ``input.json``, ``output.json`` and
    ``reports.jsonl`` are left in ``directory``, redacted. ``timeout`` is in seconds. Files opened
    below ``quiet`` are not told of. Without ``inspect`` the library's script runs by itself: no
    exception, nothing that the hook did is seen then. ``handle`` may keep the process alive at
    its exception. A hook that fails is no error; raises ``PhaseError`` for a ``backend_path`` that is not inside the
    project, ``BuildscopeError`` when ``python`` cannot be run.
    """
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    facts = {
        "project": os.path.realpath(project),
        "environment_paths": list(environment_paths),
        "layer": layer,
        "bytecode_dirs": list(bytecode_dirs),
        "quiet": list(quiet),
        "hold": handle is not None and handle.hold,
    }
    config = directory / "inspect.json"
    config.write_text(json.dumps(facts, indent=1), encoding="utf-8")
    logs = LogKeeper(directory, project, redactor)
    held = handle.tell_held if handle is not None and handle.hold else _nobody
    reports = ReportLog(directory, redactor, project, held=held, keep_log=logs.keep)
    began, waiting = time.time(), list[ProcessState]()

    def start(command: Sequence[str], cwd: str, env: Mapping[str, str]) -> Ended:
        return run(
            command,
            cwd=cwd,
            env=env,
            spool=spool,
            stop=stop,
            timeout=timeout,
            reports=reports.feed if inspect else None,
            handle=handle,
            ending=lambda pid: waiting.extend(look(pid, redactor.text)),
        )

    runner = _Runner(config if inspect else None, environ, directory, redactor, start)
    with closing(reports):
        caller = _caller(project, backend, backend_path, runner, python)
        method = getattr(caller, hook)
        if hook in _WITHOUT_FALLBACK:
            kwargs = {**kwargs, "_allow_fallback": False}
        returned = _returned(method, kwargs)
        assert runner.ended is not None
        if not returned.get("has_result"):
            logs.collect(began)
        traceback = returned.pop("traceback", None)
        if traceback and reports.exception is None:  # the library has taken it off the output
            spool.write("stderr", traceback.encode(errors="replace"))
            returned["told"] = redactor.text(traceback.strip().rpartition("\n")[2])
        return HookOutcome(
            ended=runner.ended,
            missing=returned.pop("missing", False) or reports.missing,
            exception=reports.exception,
            warnings=reports.warnings,
            stack=reports.stack,
            waiting=tuple(waiting),
            faults=reports.faults,
            logs=logs.logs,
            **returned,
        )


def _nobody() -> None:
    """Nobody waits for a process that is held."""


class _FailedError(Exception):
    """The process of the hook did not end with exit code 0."""


class _Runner:
    """The library's ``runner``: starts its command, the inspector put around the script.

    No ``config``: without the inspector.
    """

    def __init__(
        self,
        config: Path | None,
        environ: Mapping[str, str],
        directory: Path,
        redactor: Redactor,
        start: Callable[[Sequence[str], str, Mapping[str, str]], Ended],
    ) -> None:
        self.ended: Ended | None = None
        self._config = config
        self._environ = environ
        self._directory = directory
        self._redactor = redactor
        self._start = start

    def __call__(
        self,
        cmd: Sequence[str],
        cwd: str | None = None,
        extra_environ: Mapping[str, str] | None = None,
    ) -> None:
        """Run it; raises ``_FailedError`` unless it ended with exit code 0."""
        python, *arguments = cmd
        control = Path(arguments[-1])
        self._keep(control / "input.json")
        inspector = [str(_INSPECTOR), str(self._config)] if self._config is not None else []
        self.ended = self._start(
            [python, *inspector, *arguments], cwd or "", {**self._environ, **(extra_environ or {})}
        )
        self._keep(control / "output.json")
        if not self.ended.ok:
            raise _FailedError

    def _keep(self, file: Path) -> None:
        """Copy what the library is going to delete, redacted, if it is there and complete."""
        try:
            content = valid_text(json.loads(file.read_bytes()))
        except (OSError, ValueError):
            return
        kept = json.dumps(self._redactor.plain(content), indent=2)
        (self._directory / file.name).write_text(kept, encoding="utf-8")


def _caller(
    project: Path, backend: str, backend_path: tuple[str, ...], runner: _Runner, python: str
) -> pyproject_hooks.BuildBackendHookCaller:
    try:
        return pyproject_hooks.BuildBackendHookCaller(
            str(project), backend, list(backend_path), runner, python
        )
    except ValueError as error:
        raise PhaseError(
            f"backend-path {list(backend_path)} of pyproject.toml: {error}",
            cause="invalid-pyproject",
            hint="name directories of the project, relative to it",
        ) from error


def _returned(method: Callable[..., Any], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Call it; fields of the outcome as the library sees it."""
    try:
        return {"result": valid_text(method(**kwargs)), "has_result": True}
    except pyproject_hooks.HookMissing:
        return {"missing": True}
    except pyproject_hooks.UnsupportedOperation as error:
        return {"unsupported": True, "traceback": error.traceback}
    except pyproject_hooks.BackendUnavailable as error:
        return {"traceback": error.traceback}
    except _FailedError:
        return {}
    except (FileNotFoundError, ValueError):  # exit code 0, and no output.json or half of one
        return {}

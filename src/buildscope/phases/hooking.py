"""Calls a hook of the backend for a phase, and tells how it went wrong."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from buildscope.environments.environ import hook_environ
from buildscope.errors import Cancelled, PhaseError
from buildscope.hooks.call import call_hook
from buildscope.model import events as ev
from buildscope.sources import checkpoint

if TYPE_CHECKING:
    from buildscope.hooks.call import HookOutcome
    from buildscope.model.failure import ExceptionRecord
    from buildscope.phases.context import Context, Recorder
    from buildscope.process.ended import Ended


def call(context: Context, recorder: Recorder, hook: str, kwargs: dict[str, Any]) -> HookOutcome:
    """Call ``hook``; the outcome has a result, or says that the hook is missing.

    Raises ``PhaseError`` for every other end and ``Cancelled`` when it was stopped.
    """
    keep_tree(context, recorder)
    environment = context.environment
    outcome = call_hook(
        hook,
        {"config_settings": context.settings.config_settings or None, **kwargs},
        python=environment.python,
        project=Path(context.source.project),
        backend=context.backend.backend,
        backend_path=context.backend.backend_path,
        environ=_environ(context),
        directory=recorder.directory,
        spool=recorder.spool,
        stop=context.stop,
        timeout=context.settings.timeout,
        redactor=context.redactor,
        environment_paths=environment.site_packages,
        layer=environment.layer,
        bytecode_dirs=environment.site_packages if environment.isolated else (),
        quiet=(str(context.places.work), str(context.places.evidence)),
        inspect=context.settings.inspect,
        handle=context.handle,
    )
    base = recorder.directory.relative_to(context.places.session)
    recorder.set(
        exit_code=outcome.ended.exit_code,
        signal=outcome.ended.signal,
        exception=outcome.exception,
        held=outcome.ended.held,
        stack=outcome.stack if outcome.exception is None else (),
        waiting=outcome.waiting,
        logs=tuple(msgspec.structs.replace(log, file=str(base / log.file)) for log in outcome.logs),
    )
    if outcome.ended.held:
        _tell_release(context, recorder)
    _refuse(context, hook, outcome)
    return outcome


def _tell_release(context: Context, recorder: Recorder) -> None:
    """Have the journal told when the process that is held has ended."""
    held = context.handle.held
    assert held is not None

    def tell(ended: Ended) -> None:
        context.journal.write(
            ev.Released(
                at=time.time(),
                attempt=context.attempt,
                phase=recorder.name,
                exit_code=ended.exit_code,
                signal=ended.signal,
            )
        )

    held.on_end = tell


def keep_tree(context: Context, recorder: Recorder) -> None:
    """Keep the tree as it is before the phase, for retries from here; a dirty one is no start."""
    if context.dirty:
        return
    source, to = context.source, checkpoint.place(context.places.work, recorder.name)
    try:
        checkpoint.take(context.facts.pristine, Path(source.tree), to, whole=not source.in_place)
    except OSError as error:
        raise PhaseError(
            f"the source tree cannot be kept as it is before {recorder.name}: "
            f"{error.filename}: {error.strerror or error}",
            hint="look at free space and permissions of the cache",
        ) from error


def _environ(context: Context) -> dict[str, str]:
    environ = hook_environ(
        context.environment,
        context.settings,
        context.environ,
        pycache=context.places.work / "pycache",
    )
    if not context.source.in_place:
        environ.setdefault("GIT_CEILING_DIRECTORIES", str(Path(context.source.tree).parent))
    return environ


def _refuse(context: Context, hook: str, outcome: HookOutcome) -> None:
    ended = outcome.ended
    if ended.stopped:
        raise Cancelled(context.stop.reason)
    if ended.timed_out:
        raise _timed_out(context, hook, outcome)
    if outcome.missing or (ended.ok and outcome.has_result):
        return
    if outcome.exception is not None:
        raise PhaseError(f"{hook} raised {_exception_words(outcome.exception)}")
    if outcome.told:
        raise PhaseError(f"{hook} raised {outcome.told}")
    raise PhaseError(f"{hook} {_died(outcome)}", cause="hook-died")


def _timed_out(context: Context, hook: str, outcome: HookOutcome) -> PhaseError:
    limit = context.settings.timeout or 0.0
    hint = "allow more with --timeout, or look at where it stands"
    if not outcome.stack:
        return PhaseError(
            f"{hook} had not ended after {limit:g} s and was stopped", cause="timeout", hint=hint
        )
    frame = next(
        (frame for frame in reversed(outcome.stack) if frame.owner == "project"), outcome.stack[-1]
    )
    return PhaseError(
        f"{hook} had not ended after {limit:g} s and was stopped; "
        f"it stood at {frame.file} line {frame.line}, {frame.source.strip()!r}",
        cause="timeout",
        hint=hint,
        file=frame.file,
        line=frame.line,
    )


def _exception_words(exception: ExceptionRecord) -> str:
    return f"{exception.type}: {exception.message}" if exception.message else exception.type


def _died(outcome: HookOutcome) -> str:
    ended = outcome.ended
    if ended.signal is not None:
        return f"was killed by {ended.signal}"
    if ended.exit_code:
        return f"exited with code {ended.exit_code} and reported no exception"
    return "exited with code 0 without returning a result"

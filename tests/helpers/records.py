"""Session records with one failed phase, and the files they point at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from buildscope.journal.redact import Redactor
from buildscope.journal.spool import Spool
from buildscope.model.failure import ExceptionRecord, Failure, Frame
from buildscope.model.names import PHASES
from buildscope.model.run import Attempt, Distribution, Interpreter, PhaseRun, SessionRecord
from buildscope.model.target import SourceFacts, Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from buildscope.model.names import Owner, Phase

MODERN = {"setuptools": "84.2.1", "wheel": "0.48.0"}


def exception(text: str, frames: Iterable[str] = (), cause: str | None = None) -> ExceptionRecord:
    """``"Type: message"`` and frames as ``"owner file line source"``."""
    type_, _, message = text.partition(": ")
    return ExceptionRecord(
        type=type_,
        message=message,
        frames=tuple(_frame(text) for text in frames),
        cause=exception(cause) if cause else None,
        implicit=cause is not None,
    )


def write_output(directory: Path, stdout: str = "", stderr: str = "") -> dict[str, Any]:
    """A spool with that output; the fields of a ``PhaseRun`` that point at it."""
    spool = Spool(directory, Redactor())
    spool.write("stdout", stdout.encode())
    spool.write("stderr", stderr.encode())
    spool.close()
    return {
        "stdout": str(directory / "stdout"),
        "stderr": str(directory / "stderr"),
        "index": str(directory / "lines"),
        "stdout_lines": spool.counts["stdout"],
        "stderr_lines": spool.counts["stderr"],
    }


def failed_session(
    directory: Path,
    *,
    phase: Phase = "get_requires",
    raised: ExceptionRecord | None = None,
    stdout: str = "",
    stderr: str = "",
    installed: Mapping[str, str] | None = None,
    python: str = "3.11.7",
    failure: Failure | None = None,
    **attempt: Any,
) -> SessionRecord:
    """A session whose only attempt failed at ``phase``; the project is ``directory/tree``."""
    project = directory / "tree"
    project.mkdir(parents=True, exist_ok=True)
    fields = write_output(directory / "evidence", stdout, stderr)
    held = tuple(
        Distribution(name=name, version=version)
        for name, version in (MODERN if installed is None else installed).items()
    )
    runs = [PhaseRun(name=name, status="passed") for name in PHASES[: PHASES.index(phase)]]
    runs.append(
        PhaseRun(
            name=phase,
            status="failed",
            exit_code=1,
            seconds=0.4,
            exception=raised,
            failure=failure,
            installed=held,
            **fields,
        )
    )
    runs += [PhaseRun(name=name) for name in PHASES[len(runs) :]]
    made = Attempt(
        id=1,
        outcome="failed",
        failed_phase=phase,
        phases=tuple(runs),
        interpreter=Interpreter(path="python", version=python, implementation="cpython"),
        source=SourceFacts(
            origin="sdist", tree=str(project), project=str(project), name="x", version="1.4"
        ),
        **attempt,
    )
    return session(directory, made)


def session(directory: Path, *attempts: Attempt) -> SessionRecord:
    """A session of those attempts."""
    return SessionRecord(
        id="s",
        directory=str(directory),
        target=Target(text="x==1.4", kind="requirement", requirement="x==1.4"),
        buildscope="0.1.0",
        started=0.0,
        attempts=attempts,
    )


def _frame(text: str) -> Frame:
    owner, file, line, source = text.split(" ", 3)
    return Frame(file=file, line=int(line), function="<module>", source=source, owner=_owner(owner))


def _owner(text: str) -> Owner:
    return {"project": "project", "backend": "backend", "stdlib": "stdlib"}[text]  # type: ignore[return-value]

"""What the rules may look at: one failed phase, its exceptions, its output, its settings."""

from __future__ import annotations

import re
import sys
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from packaging.utils import canonicalize_name

from buildscope.diagnosis.compiling import blamed
from buildscope.diagnosis.messages import SourceFinder, read_severity
from buildscope.diagnosis.nested import nested
from buildscope.diagnosis.output import Output
from buildscope.model.base import Record
from buildscope.model.failure import Evidence, ExceptionRecord, Frame

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from buildscope.diagnosis.nested import Nested
    from buildscope.diagnosis.output import Line
    from buildscope.model.names import Confidence, Phase, Stream
    from buildscope.model.run import Attempt, PhaseRun, SessionRecord
    from buildscope.model.settings import Settings

INSTALLS: Final = ("environment", "install_static", "install_dynamic")
_TOOL_ERRORS: Final = frozenset(
    [
        "SystemExit",
        "CalledProcessError",
        "CompileError",
        "LinkError",
        "LibError",
        "ExecError",
        "DistutilsExecError",
        "DistutilsError",
        "SetupError",
        "BaseError",
        "BuildError",
        "CMakeNotFoundError",
        "BackendSubprocessError",
        "SKBuildError",
        "FailedLiveCommand",
        "CMakeConfigError",
        "ConfigError",
        "DistutilsPlatformError",
    ]
)
_SAYS_TOOL = re.compile(
    r"exit (status|code)|returned non-zero|command .* failed|Command |No distribution was found",
    re.IGNORECASE,
)
_INTERNAL = re.compile(r"^<frozen importlib|_sitebuiltins(?:\.py|>)$")
_PYTHON = re.compile(r"(\d+)\.(\d+)")
_DEEPEST: Final = 40
_TELLING: Final = 12
_AROUND: Final = 3
_LONGEST: Final = 400


class Raised(Record, frozen=True):
    """An exception of the chain.

    ``depth`` is 0 for the one that ended the hook. ``implicit`` says that on the way to it
    an exception was being handled and not raised from: it may have been dealt with.
    """

    exception: ExceptionRecord
    depth: int = 0
    implicit: bool = False

    @property
    def text(self) -> str:
        """``Type: message``, as the last line of a traceback has it."""
        return f"{self.exception.type}: {self.exception.message}"

    @property
    def confidence(self) -> Confidence:
        """How sure a claim is that rests on this exception alone."""
        return "likely" if self.implicit else "certain"

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The frames without those of the import system and of ``exit``, outermost first."""
        frames = self.exception.frames
        return tuple(frame for frame in frames if not _INTERNAL.search(frame.file))

    @property
    def origin(self) -> Frame | None:
        """The innermost frame, where it was raised."""
        return self.frames[-1] if self.frames else None

    @property
    def project_frame(self) -> Frame | None:
        """The innermost frame that belongs to the project."""
        return next((f for f in reversed(self.frames) if f.owner == "project"), None)


class FailedPhase:
    """A failed phase of one attempt; whatever is read from disk is read when it is used."""

    def __init__(self, record: SessionRecord, attempt: Attempt, run: PhaseRun) -> None:
        self.record = record
        self.attempt = attempt
        self.run = run
        self.output = Output(_paths(run))

    @property
    def phase(self) -> Phase:
        """The phase that failed."""
        return self.run.name

    @property
    def settings(self) -> Settings:
        """The settings of the attempt."""
        return self.attempt.settings

    @property
    def nested(self) -> bool:
        """Whether an installer ran, so that errors are those of a build inside a build."""
        return self.phase in INSTALLS

    @property
    def subject(self) -> str:
        """What is being built, where a sentence has nothing better to begin with."""
        if not self.nested:
            return "This project"
        inner = self.inner
        if inner is None:
            return "A build requirement that is itself built"
        return f"The build requirement {inner.text}, which is itself built here,"

    @cached_property
    def inner(self) -> Nested | None:
        """The requirement whose own build failed, where an installer ran and says so."""
        return nested(self.output) if self.nested else None

    @cached_property
    def chain(self) -> tuple[Raised, ...]:
        """The exception that ended the hook, then those behind it, groups flattened."""
        first = self.run.exception
        return tuple(_flatten(first, 0, implicit=False)) if first is not None else ()

    @cached_property
    def installed(self) -> Mapping[str, str]:
        """Versions of what the build environment holds, by canonical name."""
        return {canonicalize_name(d.name): d.version for d in self.attempt.installed}

    @cached_property
    def python(self) -> tuple[int, int]:
        """Major and minor version of the build's interpreter."""
        interpreter = self.attempt.interpreter
        found = _PYTHON.match(interpreter.version) if interpreter is not None else None
        return (int(found[1]), int(found[2])) if found else sys.version_info[:2]

    @cached_property
    def project(self) -> Path | None:
        """The directory that the build runs in, if it is still there."""
        if self.attempt.source is None:
            return None
        project = Path(self.attempt.source.project)
        return project if project.is_dir() else None

    @property
    def name(self) -> str:
        """The project's name, as well as it is known."""
        source, backend = self.attempt.source, self.attempt.backend
        return (backend and backend.name) or (source and source.name) or ""

    @property
    def output_decides(self) -> bool:
        """Whether the reason is to be sought in the output: a tool failed, not Python code."""
        if self.run.failure is not None and self.run.failure.cause == "timeout":
            return False
        if not self.chain:
            return True
        return any(
            raised.exception.type in _TOOL_ERRORS or _SAYS_TOOL.search(raised.exception.message)
            for raised in self.chain
        )

    def output_confidence(self, best: Confidence = "certain") -> Confidence:
        """How sure a claim is that rests on a line of output alone."""
        return best if self.output_decides else "guess"

    def source(self, file: str) -> str:
        """A file of the project as text, empty where there is none; at most 1 MB."""
        if self.project is None:
            return ""
        path = self.project / file
        try:
            with path.open(encoding="utf-8", errors="replace") as opened:
                return opened.read(1 << 20)
        except OSError:
            return ""

    @property
    def said(self) -> Iterator[Raised | Line]:
        """The exceptions, then the lines of output that complain."""
        yield from self.chain
        yield from self.output.suspects

    def where(self, said: Raised | Line) -> Evidence:
        """An exception or a line of output as evidence."""
        return self.at_exception(said) if isinstance(said, Raised) else self.at_line(said)

    def at_line(self, line: Line) -> Evidence:
        """A line of output as evidence, with the source that it is about."""
        return Evidence(
            phase=self.phase,
            stream=line.stream,
            line=line.number,
            text=line.text.strip()[:500],
            source=self._source_of(line),
        )

    def _source_of(self, line: Line) -> Frame | None:
        """The line of the project's own source that an error names, with those around it."""
        place = blamed(self.output, line) if read_severity(line.text) == "error" else None
        if place is None or not place.line or self.project is None:
            return None
        file = SourceFinder(self.project).find(place.file)
        lines = self.source(file).split("\n") if file and not Path(file).is_absolute() else []
        if file is None or place.line > len(lines):
            return None
        first = max(1, place.line - _AROUND)
        context = tuple(
            text[:_LONGEST].rstrip() for text in lines[first - 1 : place.line + _AROUND]
        )
        source = context[place.line - first]
        column = place.column - 1
        return Frame(
            file=file,
            line=place.line,
            function="",
            source=source.strip(),
            context=context,
            context_line=first,
            columns=(column, column + 1) if 0 <= column < len(source) else None,
        )

    def at_exception(self, raised: Raised, frame: Frame | None = None) -> Evidence:
        """The line of stderr that shows an exception, else the frame that raised it."""
        first = raised.text.partition("\n")[0].rstrip(": ")
        said = raised.exception.message.strip().partition("\n")[0]
        for line in self.output.suspects:
            text = line.text.strip()
            if text.endswith(first) or (len(said) > _TELLING and text == said):
                return self.at_line(line)
        shown = frame or raised.project_frame or raised.origin
        return Evidence(
            phase=self.phase,
            file=shown.file if shown else None,
            line=shown.line if shown else None,
            text=first[:500],
        )


def place(frame: Frame | None) -> str:
    """A frame in words: ``setup.py line 19``."""
    return f"{frame.file} line {frame.line}" if frame is not None else "the build"


def _flatten(exception: ExceptionRecord, depth: int, *, implicit: bool) -> Iterator[Raised]:
    yield Raised(exception=exception, depth=depth, implicit=implicit)
    if depth >= _DEEPEST:
        return
    for member in exception.group:
        yield from _flatten(member, depth + 1, implicit=implicit)
    if exception.cause is not None:
        hidden = implicit or exception.implicit
        yield from _flatten(exception.cause, depth + 1, implicit=hidden)


def _paths(run: PhaseRun) -> dict[Stream, Path]:
    paths: dict[Stream, Path] = {}
    if run.stdout is not None:
        paths["stdout"] = Path(run.stdout)
    if run.stderr is not None:
        paths["stderr"] = Path(run.stderr)
    return paths

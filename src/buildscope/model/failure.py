"""Failures as they were seen, causes as they were diagnosed, warnings, remedies."""

from __future__ import annotations

from typing import Any, Literal

from buildscope.model.base import Record
from buildscope.model.names import CauseId, Confidence, Owner, Phase, Stream, WarningId


class Value(Record, frozen=True, omit_defaults=True):
    """A value and what is inside it; ``name`` is how it is reached from what it is in.

    That is a variable, ``.attribute``, ``['key']`` or ``[3]``, or ``{}`` in a set. ``text`` is
    one line, ``kind`` its type. ``members`` are the first ones, ``more`` counts those that are
    left out. Of a long text or one of several lines, ``content`` is the beginning as it stands,
    with an ellipsis at its end where that is not all, and ``length`` counts all characters.
    """

    name: str
    text: str
    kind: str
    members: tuple[Value, ...] = ()
    more: int = 0
    content: str = ""
    length: int = 0


class Frame(Record, frozen=True):
    """One frame of a traceback; ``line`` counts from 1, ``source`` is that line, stripped.

    ``file`` is relative to the project for its own files, else absolute. ``context`` holds
    the lines around it, the first being line ``context_line``. ``columns`` are the start and
    end of the failing expression in that line as it stands in the file (0-based, 3.11+); where
    it goes on, ``columns`` reach to the end of the line and ``end`` is its last line and the
    column after it. ``locals`` are names and short texts, ``more_locals`` counts those left
    out, and ``values`` are those that have something inside. ``left_out`` frames follow that
    are not told: repetitions of the last ``cycle`` ones, unless that is 0.
    """

    file: str
    line: int
    function: str
    source: str = ""
    owner: Owner = "project"
    locals: dict[str, str] = {}
    context: tuple[str, ...] = ()
    context_line: int = 0
    columns: tuple[int, int] | None = None
    end: tuple[int, int] | None = None
    more_locals: int = 0
    values: tuple[Value, ...] = ()
    left_out: int = 0
    cycle: int = 0


class ExceptionRecord(Record, frozen=True):
    """An exception; ``frames`` run from the outermost call to the innermost.

    ``cause`` is what it was raised from (``__cause__``, else an unsuppressed
    ``__context__``; ``implicit`` tells which). ``qualified`` is the type with its module.
    """

    type: str
    message: str
    frames: tuple[Frame, ...] = ()
    cause: ExceptionRecord | None = None
    implicit: bool = False
    qualified: str = ""
    notes: tuple[str, ...] = ()
    group: tuple[ExceptionRecord, ...] = ()
    attributes: dict[str, str] = {}


class Failure(Record, frozen=True):
    """Why a phase did not pass, as the engine saw it, before any diagnosis.

    ``cause`` is set where the engine itself knows (a refused archive, a time-out); where it
    is ``None`` the rules of ``diagnosis`` read the exception and the output.
    """

    message: str
    hint: str | None = None
    cause: CauseId | None = None
    file: str | None = None
    line: int | None = None
    column: int | None = None


class Evidence(Record, frozen=True):
    """Where a claim comes from: a phase, and a line (from 1) of a stream or a file.

    ``source`` is the line of the project's source that an error in the output is about.
    """

    phase: Phase
    stream: Stream | None = None
    line: int | None = None
    file: str | None = None
    text: str | None = None
    source: Frame | None = None


class SystemNeed(Record, frozen=True):
    """Something that the machine lacks, and the packages that have it under each manager.

    ``kind`` and ``name`` are what the build looked for: a header, a library, a program, …
    """

    kind: Literal["header", "library", "program", "pkg-config", "cmake", "toolchain"]
    name: str
    apt: str | None = None
    dnf: str | None = None
    brew: str | None = None


class Remedy(Record, frozen=True):
    """A change that may cure a cause; ``settings`` is a delta, where lists append.

    ``label`` is the change in the words of the retry line (``+torch``); empty where no
    setting cures it (a system package), and ``summary`` then says what to do. ``files`` are
    files of the project (relative, ``/`` between parts) and their whole new text. ``system``
    is what the machine needs. ``loses`` says what a build with it does without.
    """

    summary: str
    label: str = ""
    settings: dict[str, Any] = {}
    files: dict[str, str] = {}
    system: tuple[SystemNeed, ...] = ()
    loses: str = ""


class Cause(Record, frozen=True):
    """What went wrong, in one sentence that a beginner understands."""

    id: CauseId
    confidence: Confidence
    attempt: int
    summary: str
    evidence: Evidence | None = None
    remedies: tuple[Remedy, ...] = ()


class Warned(Record, frozen=True):
    """What is wrong with a build that passed."""

    id: WarningId
    attempt: int
    summary: str
    evidence: Evidence | None = None
    reason: str | None = None
    remedies: tuple[Remedy, ...] = ()

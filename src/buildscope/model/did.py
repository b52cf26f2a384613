"""What a hook did, as the inspector saw it: lines of ``reports.jsonl``.

``at`` is seconds since the hook began. This is observation, and not a sandbox: only the hook's
own Python process is seen.
"""

from __future__ import annotations

from typing import TypeAlias

from buildscope.model.base import Record
from buildscope.model.failure import Frame
from buildscope.model.names import Owner


class Call(Record, frozen=True):
    """A line of Python that did something; ``source`` is that line, stripped.

    ``file`` is relative to the project for its own files, else absolute.
    """

    file: str
    line: int
    function: str
    owner: Owner = "project"
    source: str = ""


class _Seen(Record, frozen=True, kw_only=True, tag_field="event", tag=str.lower):
    """Something that the hook did.

    ``by`` is the innermost call outside the standard library, ``led_by`` the project's
    innermost call where that is another.
    """

    at: float
    by: Call | None = None
    led_by: Call | None = None


class Spawned(_Seen, frozen=True, kw_only=True):
    """A sub-process was started.

    ``environ`` holds the variables that differ from the hook's own (``None``: not set there),
    ``program`` what was run where that is not ``argv[0]``; ``cut``: arguments or variables are
    left out, since there were too many of them to report.
    """

    id: str
    argv: tuple[str, ...]
    cwd: str
    environ: dict[str, str | None] = {}
    program: str | None = None
    cut: bool = False


class Exited(_Seen, frozen=True, kw_only=True):
    """Its end was noticed, ``seconds`` after its start.

    ``code`` is negative for a signal; there is none where it could not be started.
    """

    id: str
    code: int | None = None
    seconds: float | None = None


class Connected(_Seen, frozen=True, kw_only=True):
    """A socket was connected; no ``port``: to a path."""

    host: str
    port: int | None = None


class Resolved(_Seen, frozen=True, kw_only=True):
    """The addresses of a host were asked for."""

    host: str
    port: str | None = None


class Opened(_Seen, frozen=True, kw_only=True):
    """A file outside the source tree and the build environment was opened."""

    path: str
    writing: bool = False


class Sought(_Seen, frozen=True, kw_only=True):
    """A module was to be imported that no finder had."""

    name: str


class More(Record, frozen=True, tag_field="event", tag="more"):
    """There was more of a kind than the ``most`` that are told."""

    kind: str
    most: int


class Stack(Record, frozen=True, tag_field="event", tag="stack"):
    """Where the main thread was when it was asked, the outermost call first."""

    content: tuple[Frame, ...]


class Command(Record, frozen=True):
    """A sub-process from its start to its end; ``end`` is ``None`` where none was noticed."""

    start: Spawned
    end: Exited | None = None

    @property
    def at(self) -> float:
        """Seconds from the beginning of the hook to its start."""
        return self.start.at

    @property
    def by(self) -> Call | None:
        """As that of every deed."""
        return self.start.by

    @property
    def led_by(self) -> Call | None:
        """As that of every deed."""
        return self.start.led_by

    @property
    def failed(self) -> bool:
        """Whether it ended otherwise than with exit code 0, or could not be started."""
        return self.end is not None and self.end.code != 0


Deed: TypeAlias = Command | Connected | Resolved | Opened | Sought
DidEvent: TypeAlias = Spawned | Exited | Connected | Resolved | Opened | Sought | More | Stack

"""The frames of a process that waits at its exception: choose one, evaluate, complete, ``pdb``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from buildscope.errors import BuildscopeError
from buildscope.model.base import Record
from buildscope.model.failure import Frame
from buildscope.reports.sanitize import strip_escapes

if TYPE_CHECKING:
    from buildscope.process.held import HeldProcess
    from buildscope.session.at_failure import TreeAtFailure

WIDTH = 100


class HeldFrame(Record, frozen=True):
    """One frame of the chain: ``number`` counts from the innermost of the last exception."""

    number: int
    exception: str
    frame: Frame


class Answer(Record, frozen=True):
    """What came of a line: its ``value`` (pretty, ``None`` for none), output, traceback."""

    value: str | None = None
    output: str = ""
    error: str | None = None


class FramePrompt:
    """Asks the held process; every method but ``interrupt`` and ``end`` waits for its answer.

    All of them raise ``BuildscopeError`` when the process is gone.
    """

    def __init__(self, process: HeldProcess, tree: TreeAtFailure) -> None:
        self._process = process
        self._tree = tree
        told = _answered(process.ask("frames"), "frames")
        self.frames = tuple(_frame(one) for one in told["frames"])
        self.number: int = told["first"]

    @property
    def current(self) -> HeldFrame:
        """The frame that lines are evaluated in."""
        return self.frames[self.number]

    @property
    def alive(self) -> bool:
        """Whether the process still waits."""
        return self._process.alive

    def choose(self, number: int) -> HeldFrame:
        """Take another frame; raises ``BuildscopeError`` when there is none of that number."""
        if not 0 <= number < len(self.frames):
            raise BuildscopeError(
                f"there is no frame {number}", hint=f"they go from 0 to {len(self.frames) - 1}"
            )
        self.number = number
        return self.current

    def run(self, code: str, width: int = WIDTH) -> Answer:
        """Evaluate an expression, or run statements, in the current frame.

        Values are laid out for ``width`` columns.
        """
        answer = self._process.ask("run", frame=self.number, code=code, width=width)
        texts = {name: strip_escapes(text) for name, text in answer.items() if text is not None}
        return msgspec.convert(texts, Answer)

    def complete(self, text: str) -> tuple[str, ...]:
        """What the name or attribute at the end of ``text`` may go on to."""
        return tuple(self._process.ask("complete", frame=self.number, text=text).get("names", ()))

    def locals(self) -> dict[str, str]:
        """Names and values in the current frame, as they are now."""
        told = _answered(self._process.ask("locals", frame=self.number), "locals")
        return {strip_escapes(name): strip_escapes(text) for name, text in told["locals"].items()}

    def pdb(self, terminal: int) -> str | None:
        """Lend the terminal that is descriptor ``terminal`` to ``pdb``; what went wrong, if it did."""
        error: str | None = self._process.ask("pdb", terminal=terminal, frame=self.number)["error"]
        return error

    def interrupt(self) -> None:
        """End what is evaluated, as Ctrl-C does."""
        self._process.interrupt()

    def end(self) -> None:
        """Let the process end; the tree is then as it was at the failure."""
        self._process.end()
        self._tree.put_back()


def _answered(told: dict[str, Any], what: str) -> dict[str, Any]:
    if what not in told:
        raise BuildscopeError(f"the process cannot tell its {what}: {told['error']}")
    return told


def _frame(told: dict[str, Any]) -> HeldFrame:
    number, exception = told.pop("number"), told.pop("exception")
    return HeldFrame(number=number, exception=exception, frame=msgspec.convert(told, Frame))

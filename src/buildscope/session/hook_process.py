"""The process of a session's hook: looked at while it runs, asked and ended while it is held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildscope.errors import UsageError
from buildscope.process.handle import Handle

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from buildscope.model.run import Attempt
    from buildscope.model.waiting import ProcessState
    from buildscope.session.frame import FramePrompt


class HookProcess:
    """One for all attempts of a session; with ``hold`` it waits at an uncaught exception."""

    def __init__(self, *, hold: bool, redact: Callable[[str], str]) -> None:
        self.handle = Handle(hold=hold)
        self._redact = redact
        self._frame: FramePrompt | None = None

    def look(self) -> tuple[ProcessState, ...]:
        """What the processes of the hook that runs do now, and have it report its stack.

        Empty when none runs; the stack is among the hook's reports a moment later.
        """
        pid = self.handle.pid
        if pid is None:
            return ()
        from buildscope.process.waiting import look

        found = look(pid, self._redact)  # before its main thread is disturbed
        return found if self.handle.ask_stack() else ()

    def frame(self, last: Attempt | None, work: Path) -> FramePrompt:
        """The prompt in the frame of attempt ``last``, whose tree is copied below ``work`` first.

        Raises ``UsageError`` when no process waits, ``BuildscopeError`` when it has gone or the
        tree cannot be copied.
        """
        held = self.handle.held
        if held is None or not held.alive or last is None or last.source is None:
            raise UsageError(
                "no failing frame is alive",
                hint="a hook's process waits at its exception where that is asked for (--hold) "
                "and the inspector is not left out (--no-inspect)",
            )
        if self._frame is None:
            from buildscope.session.at_failure import TreeAtFailure
            from buildscope.session.frame import FramePrompt

            tree = TreeAtFailure(last.source, work / str(last.id))
            try:
                self._frame = FramePrompt(held, tree)
            except BaseException:
                tree.put_back()
                raise
        return self._frame

    def release(self) -> None:
        """End the process that waits, if there is one; the tree is as it was at the failure."""
        frame, self._frame = self._frame, None
        if frame is not None:
            frame.end()
        self.handle.release()

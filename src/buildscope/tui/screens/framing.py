"""The verb that opens a prompt in the frame of a failure, and why there may be none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work

from buildscope.errors import BuildscopeError
from buildscope.tui.screens.acting import Acting

if TYPE_CHECKING:
    from buildscope.session.frame import FramePrompt
    from buildscope.tui.terminal import Terminal
    from buildscope.tui.view.scene import Scene
    from buildscope.tui.watch import Watcher


class Framing(Acting):
    """The process waits since it failed; leaving its frame ends it."""

    terminal: Terminal

    def __init__(self, watcher: Watcher) -> None:
        super().__init__(watcher)
        self.evaluated: list[str] = []

    def action_frame(self) -> None:
        """Open a prompt in the frame of the failure, which waits since then."""
        if not self.scene.live.held:
            self.say(_no_frame(self.scene))
            return
        self.say("opening the frame: its tree is kept first")
        self._open_frame()

    @work(thread=True, exclusive=True, group="frame")
    def _open_frame(self) -> None:
        """The tree is copied first, so it is done in a thread."""
        try:
            prompt = self.runner.session.frame()
        except BuildscopeError as error:
            self.app.call_from_thread(self.say, error.message, "failed")
            return
        self.app.call_from_thread(self._show_frame, prompt)

    def _show_frame(self, prompt: FramePrompt) -> None:
        from buildscope.tui.screens.frame import FrameScreen

        if not self.is_current:  # d was pressed twice
            return
        self.hush()
        self.app.push_screen(FrameScreen(prompt, self.terminal, self.evaluated, self._left_frame))

    def _left_frame(self, said: str) -> None:
        self._release()
        self.say(said or "the process of the frame has ended; r retries")

    @work(thread=True, exclusive=True, group="release")
    def _release(self) -> None:
        """It is given time to end by itself."""
        self.runner.session.release()
        self.app.call_from_thread(self.redraw)


def _no_frame(scene: Scene) -> str:
    """Why there is no frame to enter."""
    run, attempt = scene.run, scene.attempt
    newest = scene.record.last if scene.record is not None else None
    if scene.live.recorded:
        return "recorded: its process is gone; r builds it here, and holds the frame"
    if run is None or run.status == "running":
        return "nothing has failed yet; d opens a prompt in the frame of a failure"
    if attempt is not None and not attempt.settings.inspect:
        return "the inspector was off (--no-inspect), so no frame waits"
    if newest is not None and newest is not attempt and any(it.held for it in newest.phases):
        return f"only the newest attempt's frame is alive: choose #{newest.id} for it"
    if run.exception is None:
        return f"no Python exception left {run.name}, so there is no frame to enter"
    return "that frame's process has ended; r retries and holds again"

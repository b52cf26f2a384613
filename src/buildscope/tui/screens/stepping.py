"""Verbs that drive a build as a debugger drives a program: step, continue, break, until."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildscope.tui.screens.prompting import Prompting
from buildscope.tui.view.paused import breaks
from buildscope.tui.view.place import Place

if TYPE_CHECKING:
    from buildscope.model.names import Phase
    from buildscope.phases.gate import Gate


class Stepping(Prompting):
    """The gate of the session does the work; these tell it, and say what will come of it."""

    @property
    def gate(self) -> Gate:
        """Where attempts pause."""
        return self.runner.session.gate

    @property
    def paused(self) -> bool:
        """Whether the newest attempt waits for a key."""
        return self.gate.waiting is not None

    def action_step(self) -> None:
        """Run the next phase and pause before the one after it."""
        if self.paused:
            self._go_on()
            self.gate.step()
        elif self.runner.running:
            self.gate.step()
            self.say(f"{self.what_runs()} is running: it will pause before the next phase")
        else:
            self.say("nothing is running; r retries, and b sets where it is to pause")

    def action_continue(self) -> None:
        """Run to the next breakpoint or the end."""
        if self.paused or (self.runner.running and self.gate.stepping):
            self._go_on()
            self.gate.resume()
        elif self.runner.running:
            self.say(f"{self.what_runs()} is running already, to the next breakpoint or the end")
        else:
            self.say("nothing is paused; r retries")

    def run_until(self, phase: Phase) -> None:
        """Run on, and pause after ``phase``."""
        if self.runner.running:
            self._go_on()
            self.gate.run_until(phase)
        else:
            self.say(f"nothing is running; b sets a breakpoint at {phase}, r retries")

    def action_break(self) -> None:
        """Cycle the breakpoint of the phase that is shown: before, after, off."""
        run = self.scene.run
        if run is None:
            self.say("no phase is selected to break at")
            return
        self.cycle_break(run.name)

    def cycle_break(self, phase: Phase) -> None:
        """Cycle the breakpoint of ``phase``, and say what there is."""
        now = self.gate.cycle(phase)
        self.redraw()
        option = {"before": f"--break {phase}", "after": f"--break-after {phase}"}.get(now)
        twin = f" = {option}" if option else ""
        self.say(
            f"break {now} {phase}{twin}" if option else f"no break at {phase}; {self._breaks()}"
        )

    def _breaks(self) -> str:
        return breaks(self.watcher.live(self.scene.attempt))

    def _go_on(self) -> None:
        """Follow the newest attempt again: what was chosen to look at is over."""
        self.place = Place()
        self.hush()

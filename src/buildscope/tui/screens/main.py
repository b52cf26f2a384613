"""The main screen: bindings, the timer that polls, and why a key does not apply."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding

from buildscope.tui.keys import KEYS
from buildscope.tui.screens.palette import Palette
from buildscope.tui.view.stuck import SILENT_SECONDS, silent_seconds

if TYPE_CHECKING:
    from textual import events
    from textual.binding import BindingType

    from buildscope.errors import BuildscopeError
    from buildscope.model.run import PhaseRun
    from buildscope.tui.terminal import Terminal
    from buildscope.tui.watch import Watcher

POLL_SECONDS = 1 / 20
LOOK_SECONDS = 10.0
VERBS = frozenset(key.action.partition("(")[0] for key in KEYS)


class MainScreen(Palette):
    """Reads the journal some twenty times a second and redraws what changed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key.keys, key.action, key.help or key.label, show=False, priority=True, id=key.id)
        for key in KEYS
    ]
    """With priority, so that a key has acted before the next one is looked at."""

    def __init__(self, watcher: Watcher, terminal: Terminal) -> None:
        super().__init__(watcher)
        self.phases.chosen, self.attempts.chosen = self.choose_phase, self.choose_attempt
        self.terminal = terminal
        self._was_running = True
        self._looked_at = 0.0
        self._told_refusal: BuildscopeError | None = None

    def on_mount(self) -> None:
        """Show what there is, then follow."""
        self.watcher.poll()
        self.redraw()
        self.set_interval(POLL_SECONDS, self.tick)
        self.call_after_refresh(self.warm)
        if self.runner.recorded:
            self.say("recorded: r builds it here, with what has changed since", "warned")

    @work(thread=True, group="ready")
    def make_ready(self) -> None:
        """Begin what makes the next retry fast, while the user looks at the failure."""
        attempt = self.scene.attempt
        if attempt is not None and attempt.outcome == "failed":
            self.runner.session.ready()

    def on_resize(self) -> None:
        """Panes come and go with the size."""
        self.fit_to_size()
        self.call_after_refresh(self.redraw)

    def tick(self) -> None:
        """Redraw when there is anything new, or while time is shown."""
        running = self.runner.running
        if self.watcher.poll() or running or self._was_running:
            self.redraw()
        if self._was_running and not running:
            self.settle()
            self.make_ready()
        self._was_running = running
        self._look_at_silence()
        refusal = self.runner.refusal
        if refusal is not None and refusal is not self._told_refusal:
            self._told_refusal = refusal
            self.say(". ".join(filter(None, (refusal.message, refusal.hint))), "failed")

    def _look_at_silence(self) -> None:
        """See where a hook stands that has said nothing for a while, from time to time."""
        run, live = self.scene.run, self.scene.live
        silent = silent_seconds(run, live)
        if run is None or run.call is None or silent is None or silent < SILENT_SECONDS:
            self._looked_at = 0.0
        elif silent - self._looked_at >= LOOK_SECONDS:
            self._looked_at = silent
            self._look(run)

    @work(thread=True, exclusive=True, group="look")
    def _look(self, run: PhaseRun) -> None:
        self.watcher.look(run)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the keys to the prompt while somebody types in it; all apply otherwise."""
        if action in VERBS and self.typing:
            return False
        return super().check_action(action, parameters)

    def action_help(self) -> None:
        """Show all keys."""
        from buildscope.tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self.keymap))

    def on_key(self, event: events.Key) -> None:
        """Say that nothing is bound to a key."""
        if event.is_printable:
            self.say(f"{event.character} does nothing here; ? lists the keys")

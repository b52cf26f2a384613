"""``--step`` and breakpoints on the command line: a plain prompt at each pause."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from buildscope.errors import BuildscopeError
from buildscope.model.names import PHASES, Phase

if TYPE_CHECKING:
    from collections.abc import Callable

    from buildscope.model.run import Attempt, Pause
    from buildscope.phases.gate import Gate
    from buildscope.session.runner import Runner
    from buildscope.session.session import Session

HELP = """\
  s, enter      step: run the next phase, pause before the one after it
  c             continue to the next breakpoint or the end
  u PHASE       continue, pause after PHASE
  b PHASE       breakpoint before PHASE, after it, none (cycles)
  e             what is installed in the environment
  !             your shell in this state
  q             stop here; everything is kept"""


class Stepper:
    """Asks at each pause what to do; prompts go to stderr, answers come from stdin."""

    def __init__(self, session: Session, runner: Runner) -> None:
        self._session = session
        self._runner = runner
        self._gate: Gate = session.gate

    @property
    def waiting(self) -> bool:
        """Whether the attempt waits for an answer."""
        return self._gate.waiting is not None

    def ask(self) -> None:
        """Say where it stands and read answers until one lets it go on."""
        attempt = self._session.record.last
        pause = self._gate.waiting
        if attempt is None or pause is None:
            return
        _say(told(attempt, pause))
        while self.waiting:
            word, _, rest = _read().partition(" ")
            answer = self._answers.get(word)
            if answer is None:
                _say(f"{word!r} is none of s, c, u PHASE, b PHASE, e, !, q; ? explains them")
                continue
            answer(rest.strip())

    @property
    def _answers(self) -> dict[str, Callable[[str], None]]:
        return {
            "": lambda _: self._gate.step(),
            "s": lambda _: self._gate.step(),
            "c": lambda _: self._gate.resume(),
            "u": lambda rest: self._at_phase(rest, self._gate.run_until),
            "b": lambda rest: self._at_phase(rest, self._cycle),
            "e": lambda _: self._environment(),
            "!": lambda _: self._shell(),
            "q": lambda _: self._quit(),
            "?": lambda _: _say(HELP),
        }

    def _at_phase(self, named: str, act: Callable[[Phase], object]) -> None:
        found = [phase for phase in PHASES if named and phase.startswith(named)]
        if len(found) == 1 or named in found:
            act(found[0] if len(found) == 1 else next(p for p in found if p == named))
        else:
            _say(f"{named!r} names no single phase of: {', '.join(PHASES)}")

    def _cycle(self, phase: Phase) -> None:
        _say(f"break {self._gate.cycle(phase)} {phase}")

    def _environment(self) -> None:
        attempt = self._session.record.last
        found = attempt.installed if attempt is not None else ()
        _say("\n".join(f"  {one.name} {one.version}" for one in found) or "  nothing is installed")

    def _shell(self) -> None:
        from buildscope.session.shell import run_shell
        from buildscope.session.states import enter

        record = self._session.record
        pause = self._gate.waiting
        assert record.last is not None
        assert pause is not None
        try:
            entered = enter(
                record,
                record.last.id,
                pause.phase,
                before=pause.when == "before",
                environ=os.environ,
                cwd=Path.cwd(),
            )
        except BuildscopeError as error:
            _say(error.message)
            return
        run_shell(entered, os.environ)

    def _quit(self) -> None:
        self._runner.stop("stopped by you")
        self._gate.resume()


def told(attempt: Attempt, pause: Pause) -> str:
    """Where an attempt stands, what comes next and whose code that runs."""
    from buildscope.reports.explain import next_call
    from buildscope.reports.lessons import LESSONS

    line = f"paused {pause.when} {pause.phase} ({pause.why})"
    if pause.when == "before":
        lesson = LESSONS[pause.phase]
        call = next_call(attempt, pause.phase)
        line += f"\n  next: {call}" if call != lesson.does else ""
        line += f"\n  it {lesson.does}. {lesson.runs}"
    return line


def _say(text: str) -> None:
    click.echo(text, err=True)


def _read() -> str:
    """One answer; the end of input is ``q``."""
    click.echo("(s)tep (c)ontinue (u)ntil (b)reak (e)nv (!)shell (q)uit ? ", err=True, nl=False)
    line = sys.stdin.readline()
    return line.strip() if line else "q"

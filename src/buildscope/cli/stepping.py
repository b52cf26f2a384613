"""``--step`` and breakpoints on the command line: a plain prompt at each pause."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from buildscope.errors import BuildscopeError
from buildscope.model.names import PHASES, Phase, phase_index

if TYPE_CHECKING:
    from collections.abc import Callable

    from buildscope.model.run import Attempt, Pause
    from buildscope.session.runner import Runner
    from buildscope.session.session import Session

PROMPT = "(s)tep (c)ontinue (u)ntil (b)reak (e)nvironment (!)shell (q)uit (?)help > "
HELP = """\
  s, step           run the next phase, pause before the one after it
  c, continue       run to the next breakpoint or the end
  u, until PHASE    run on, pause after PHASE
  b, break PHASE    a breakpoint before PHASE, after it, none (cycles)
  e, environment    what is installed in the environment
  !, shell          your shell in this state
  q, quit           stop here; everything is kept (so does the end of input)
A phase may be cut short: `u get` is `until get_requires`."""


class Stepper:
    """Asks at each pause what to do; prompts go to stderr, answers come from stdin."""

    def __init__(self, session: Session, runner: Runner) -> None:
        self._session = session
        self._runner = runner
        self._gate = session.gate

    @property
    def waiting(self) -> bool:
        """Whether the attempt waits for an answer."""
        return self._gate.waiting is not None and not self._runner.stopping

    def ask(self) -> None:
        """Say where it stands and read answers until one lets it go on or stops it."""
        attempt, pause = self._session.record.last, self._gate.waiting
        if attempt is None or pause is None:
            return
        _say(told(attempt, pause))
        while self.waiting:
            words = _read().split(maxsplit=1) or ["?"]
            answer = self._answer(words[0])
            if answer is None:
                _say(f"{words[0]!r} is none of s, c, u PHASE, b PHASE, e, !, q; ? explains them")
            else:
                answer(words[1].strip() if len(words) > 1 else "")

    def _answer(self, word: str) -> Callable[[str], None] | None:
        answers: dict[str, Callable[[str], None]] = {
            "step": lambda _: self._gate.step(),
            "continue": lambda _: self._gate.resume(),
            "until": lambda rest: self._at_phase(rest, self._gate.run_until),
            "break": lambda rest: self._at_phase(rest, self._cycle),
            "environment": lambda _: self._environment(),
            "!": lambda _: self._shell(),
            "shell": lambda _: self._shell(),
            "quit": lambda _: self._runner.stop("stopped by you"),
            "?": lambda _: _say(HELP),
        }
        return next((act for name, act in answers.items() if name.startswith(word)), None)

    def _at_phase(self, named: str, act: Callable[[Phase], object]) -> None:
        found = [phase for phase in PHASES if named and phase.startswith(named)]
        if len(found) == 1:
            act(found[0])
        else:
            _say(f"{named!r} names no single phase of: {', '.join(PHASES)}")

    def _cycle(self, phase: Phase) -> None:
        now = self._gate.cycle(phase)
        _say(f"no breakpoint at {phase}" if now == "off" else f"breakpoint {now} {phase}")

    def _environment(self) -> None:
        attempt = self._session.record.last
        found = attempt.installed if attempt is not None else ()
        _say("\n".join(f"  {one.name} {one.version}" for one in found) or "  nothing is installed")

    def _shell(self) -> None:
        from buildscope.session.shell import run_shell
        from buildscope.session.states import enter

        record, pause = self._session.record, self._gate.waiting
        if record.last is None or pause is None:
            return
        before = pause.when == "before"
        number, cwd = record.last.id, Path.cwd()
        try:
            entered = enter(record, number, pause.phase, before=before, environ=os.environ, cwd=cwd)
            run_shell(entered, os.environ)
        except BuildscopeError as error:
            _say(error.message)
        except OSError as error:
            _say(f"the shell cannot be run: {error.strerror}: {error.filename}")


def told(attempt: Attempt, pause: Pause) -> str:
    """Where an attempt stands, what comes next and whose code that runs, a line each."""
    from buildscope.reports.explain import next_call
    from buildscope.reports.lessons import LESSONS

    stands = f"Paused {pause.when} {pause.phase} ({pause.why})"
    upcoming = phase_index(pause.phase) + (pause.when == "after")
    if upcoming == len(PHASES):
        return f"{stands}\n  next: the end"
    phase = PHASES[upcoming]
    lesson = LESSONS[phase]
    call = next_call(attempt, phase)
    does = lesson.does if call == lesson.does else f"calls {call}"
    return f"{stands}\n  next: {phase} {does}\n  {lesson.runs}"


def _say(text: str) -> None:
    click.echo(text, err=True)


def _read() -> str:
    """One answer; the end of input is ``quit``."""
    click.echo(PROMPT, err=True, nl=False)
    return sys.stdin.readline() or "quit"

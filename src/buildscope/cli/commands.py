"""The commands, with a target as the default one: ``buildscope flash-attn==2.5.0``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from buildscope import __version__
from buildscope.cli.export import export
from buildscope.cli.options import building_options, gate_from, given_options, pauses
from buildscope.cli.sessions import sessions
from buildscope.errors import UsageError
from buildscope.model.names import PHASES

if TYPE_CHECKING:
    from collections.abc import Callable

    from buildscope.cli.defaults import Defaults
    from buildscope.model.names import Phase
    from buildscope.model.settings import Settings

_LATER = {
    "compare": "the same target under several frontends or settings",
    "learn": "lessons",
    "survey": "many targets",
}


class _TargetFirst(click.Group):
    """A group whose first word may be a target instead of a command."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = {"--help", "-h", "--version", *self.commands}
        if args and args[0] not in own:
            args = ["debug", *args]
        return super().parse_args(ctx, args)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path, "TARGET [OPTIONS]\nCOMMAND …")


@click.group(
    cls=_TargetFirst,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Building runs the target's code, with your rights. buildscope watches; it is no sandbox.",
)
@click.version_option(__version__, prog_name="buildscope")
@click.pass_context
def cli(ctx: click.Context) -> int:
    """A terminal debugger for Python package builds.

    TARGET is a directory, an sdist, a requirement (name==1.0) or a direct reference
    (git+https://…). Without a command it is built in the debugger; with no terminal, as `run`.
    Nothing named opens the debugger's home. `buildscope run --help` lists the options.

    Options have defaults in [tool.buildscope] of the pyproject.toml here or above, and in
    config.toml of the user's configuration directory.
    """
    if ctx.invoked_subcommand is None and _terminal():
        from buildscope.cli.debugger import from_home

        defaults = _defaults()
        return from_home(_settings({}, defaults, quiet=False), gate_from({}), defaults.look)
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_usage())
        click.echo("name a target, for example: buildscope flash-attn==2.5.0", err=True)
        return 2
    return 0


@cli.command(hidden=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("target")
@building_options
def debug(target: str, *, as_json: bool, **_options: Any) -> int:
    """Build TARGET in the debugger; with no terminal, as `run`."""
    if as_json or not _terminal():
        return _headless(target, as_json=as_json)
    from buildscope.cli.debugger import run_debugger

    given, defaults = given_options(), _defaults()
    settings = _settings(given, defaults, quiet=False)
    return run_debugger(target, settings, gate_from(given), defaults.look)


@cli.command()
@click.argument("target")
@building_options
def run(target: str, *, as_json: bool, **_options: Any) -> int:
    """Build TARGET headless: progress, then the cause and what to try."""
    return _headless(target, as_json=as_json)


@cli.command()
@click.argument("target")
@click.option(
    "--budget",
    type=click.FloatRange(min=1),
    default=300.0,
    metavar="SECONDS",
    help="How long the search may take; default 300. The first build is not cut off.",
)
@click.option(
    "--max-attempts", type=click.IntRange(min=1), metavar="N", help="At most so many attempts."
)
@click.option(
    "--verify-with", metavar="uv,pip,build", help="Run these frontends with the recipe, and say."
)
@building_options
def fix(
    target: str,
    *,
    budget: float,
    max_attempts: int | None,
    verify_with: str | None,
    as_json: bool,
    **_options: Any,
) -> int:
    """Search for what makes TARGET build, prove it from zero, print the recipe.

    Every trial is an attempt of the session. Exit code 0: a proven recipe, or it builds as it
    is; 1: none was found.
    """
    from buildscope.cli.fixing import Wish, parse_frontends, run_fix

    given = given_options()
    for name in ("budget", "max_attempts", "verify_with"):
        given.pop(name, None)
    if pauses(given):
        raise UsageError(
            "a search does not pause", hint="leave out --step, --break, --break-after and --hold"
        )
    frontends = parse_frontends(verify_with or "")
    wish = Wish(budget=budget, max_attempts=max_attempts, frontends=frontends)
    settings = _settings(given, _defaults(), quiet=as_json)
    return run_fix(target, settings, wish, as_json=as_json)


@cli.command(short_help="Another attempt in a recorded session.")
@click.argument("session")
@click.option("--attempt", type=int, metavar="N", help="Which one is retried; the last.")
@click.option("--from", "start", type=click.Choice(PHASES), metavar="PHASE", help="Start there.")
@click.option("--here", is_flag=True, help="In tree and environment as they were left (dirty).")
@click.option("--change", default="", metavar="WORDS", help="Changes as on the retry line.")
@building_options
def retry(
    session: str,
    *,
    attempt: int | None,
    start: Phase | None,
    here: bool,
    change: str,
    as_json: bool,
    **_options: Any,
) -> int:
    """Make another attempt in a recorded session, headless.

    SESSION is its id, a unique beginning of it, a path, or `last`. Options are changes to the
    attempt's own settings: lists append, and a requirement takes the place of the one on the
    same distribution. What they cannot take back, --change can: `--change 'isolation on -six'`.
    Defaults of options do not apply.
    """
    from buildscope.cli.headless import retry_headless
    from buildscope.cli.retrying import Asked

    given = given_options()
    _refuse_pauses(given)
    asked = Asked(given=given, change=change, start=start, here=here, cwd=Path.cwd())
    gate, hold = gate_from(given), bool(given.get("hold"))
    return retry_headless(session, attempt, asked, as_json=as_json, gate=gate, hold=hold)


@cli.command()
@click.argument("session")
@click.option("--attempt", type=int, metavar="N", help="Which attempt; the last.")
@click.option("--phase", metavar="PHASE", help="Which phase; the last that ran.")
@click.option("--before", is_flag=True, help="As it was before the phase ran.")
def shell(session: str, attempt: int | None, phase: str | None, *, before: bool) -> int:
    """Your shell in the directory and environment of a recorded phase.

    SESSION is its id, a unique beginning of it, a path, or `last`. The exit code is the
    shell's. Commands may come by a pipe: `echo pwd | buildscope shell last`.
    """
    from buildscope.journal.reader import read_session
    from buildscope.session.find import find_attempt, find_session
    from buildscope.session.shell import run_shell
    from buildscope.session.states import enter, phase_named

    record = read_session(find_session(session, os.environ))
    number = find_attempt(record, attempt).id
    named = phase_named(phase) if phase is not None else None
    entered = enter(record, number, named, before=before, environ=os.environ, cwd=Path.cwd())
    code = run_shell(entered, os.environ)
    return 128 - code if code < 0 else code


@cli.command("open")
@click.argument("session")
def open_(session: str) -> int:
    """Look at a recorded session in the debugger, and go on in it.

    SESSION is its id, a unique beginning of it, a path, or `last`.
    """
    if not _terminal():
        raise UsageError(
            "`open` needs a terminal", hint="`buildscope sessions show` prints what it holds"
        )
    from buildscope.cli.debugger import open_debugger

    return open_debugger(session, _defaults().look)


def _headless(target: str, *, as_json: bool) -> int:
    from buildscope.cli.headless import run_headless

    given = given_options()
    _refuse_pauses(given)
    settings = _settings(given, _defaults(), quiet=as_json)
    gate, hold = gate_from(given), bool(given.get("hold"))
    return run_headless(target, settings, as_json=as_json, gate=gate, hold=hold)


def _defaults() -> Defaults:
    from buildscope.cli.defaults import read_defaults

    return read_defaults(Path.cwd())


def _settings(given: dict[str, Any], defaults: Defaults, *, quiet: bool) -> Settings:
    """The command line above the defaults; which files gave some is said once."""
    from buildscope.cli.settings import changes_from
    from buildscope.model.delta import with_delta

    settings = with_delta(defaults.settings, changes_from(given, Path.cwd()))
    if defaults.files and not quiet:
        files = ", ".join(map(str, defaults.files))
        click.echo(f"buildscope: defaults from {files}", err=True)
    return settings


def _refuse_pauses(given: dict[str, Any]) -> None:
    if pauses(given) and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            "--step, --break, --break-after and --hold need a terminal to ask in",
            hint="--until PHASE stops after a phase without asking",
        )


def _terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _later(name: str, summary: str) -> Callable[..., int]:
    @cli.command(
        name,
        help=f"Not yet: {summary}.",
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )
    def command() -> int:
        raise UsageError(f"`buildscope {name}` is not there yet in version {__version__}")

    return command


cli.add_command(sessions)
cli.add_command(export)
for _name, _summary in _LATER.items():
    _later(_name, _summary)

"""The commands, with a target as the default one: ``buildscope flash-attn==2.5.0``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from buildscope import __version__
from buildscope.cli.options import building_options, settings_from
from buildscope.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

_LATER = {
    "retry": "a new attempt in a recorded session",
    "shell": "a shell in the state of a recorded phase",
    "fix": "search for a remedy, prove it, print the recipe",
    "compare": "the same target under several frontends or settings",
    "open": "look at a recorded session, in the debugger",
    "export": "a report of a recorded session",
    "sessions": "list, show and prune recorded sessions",
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
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_usage())
        click.echo("name a target, for example: buildscope flash-attn==2.5.0", err=True)
        return 2
    return 0


@cli.command(hidden=True, context_settings={"help_option_names": ["-h", "--help"]})
@building_options
def debug(target: str, *, as_json: bool, **options: Any) -> int:
    """Build TARGET in the debugger; with no terminal, as `run`."""
    settings = settings_from(options)
    if as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        from buildscope.cli.headless import run_headless

        return run_headless(target, settings, as_json=as_json)
    from buildscope.cli.debugger import run_debugger

    return run_debugger(target, settings)


@cli.command()
@building_options
def run(target: str, *, as_json: bool, **options: Any) -> int:
    """Headless: progress, then the cause and what to try."""
    from buildscope.cli.headless import run_headless

    return run_headless(target, settings_from(options), as_json=as_json)


def _later(name: str, summary: str) -> Callable[..., int]:
    @cli.command(
        name,
        help=f"Not yet: {summary}.",
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )
    def command() -> int:
        raise UsageError(f"`buildscope {name}` is not there yet in version {__version__}")

    return command


for _name, _summary in _LATER.items():
    _later(_name, _summary)

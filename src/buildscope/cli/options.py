"""The options that every building command shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import click
from click.core import ParameterSource

from buildscope.model.names import PHASES, SKIPPABLE, BuildKind, Installer

if TYPE_CHECKING:
    from collections.abc import Callable

    from buildscope.phases.gate import Gate

_option = click.option
_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    _option("-p", "--python", metavar="VERSION|PATH", help="The interpreter to build for."),
    _option("--no-isolation", is_flag=True, help="Build in the environment in use."),
    _option("-x", "--extra", multiple=True, metavar="REQ", help="One more build requirement."),
    _option("-c", "--constraint", multiple=True, metavar="REQ|FILE", help="Constrain versions."),
    _option("-C", "--config-setting", multiple=True, metavar="K=V", help="For the backend."),
    _option("--config-json", metavar="JSON", help="Config settings as a JSON object."),
    _option("-e", "--env", multiple=True, metavar="K=V", help="An environment variable."),
    _option("--exclude-newer", metavar="DATE", help="The index as it was on that date."),
    _option("--index-url", metavar="URL", help="The package index."),
    _option("--extra-index-url", multiple=True, metavar="URL", help="A further index."),
    _option("--find-links", multiple=True, metavar="URL|DIR", help="Archives beside the index."),
    _option("--no-index", is_flag=True, help="Only what --find-links has."),
    _option("--offline", is_flag=True, help="Only what is cached."),
    _option(
        "--installer", metavar="|".join(get_args(Installer)), help="What installs; default uv."
    ),
    _option("--like", metavar="uv|pip|build", help="Not yet: a frontend's own order."),
    _option("--build", metavar="|".join(get_args(BuildKind)), help="What to build; default wheel."),
    _option(
        "--skip",
        multiple=True,
        metavar="PHASE",
        help=f"Leave a phase out, on purpose: {', '.join(SKIPPABLE)}.",
    ),
    _option(
        "--break",
        "break_",
        multiple=True,
        type=click.Choice(PHASES),
        metavar="PHASE",
        help="Pause before a phase.",
    ),
    _option(
        "--break-after",
        multiple=True,
        type=click.Choice(PHASES),
        metavar="PHASE",
        help="Pause after a phase.",
    ),
    _option("--step", is_flag=True, help="Pause before every phase."),
    _option("--until", metavar="PHASE", help="Stop after a phase."),
    _option("--timeout", type=float, metavar="SECONDS", help="The longest a hook may take."),
    _option(
        "--edit",
        multiple=True,
        metavar="PATH=FILE",
        help="FILE in place of the project's file PATH.",
    ),
    _option("--copy", is_flag=True, help="Build a directory in a copy of it, the first time too."),
    _option("--in-place", is_flag=True, help="Retries of a directory in that directory itself."),
    _option(
        "--hold",
        is_flag=True,
        help="Keep the failing frame alive, and ask for what to look at in it.",
    ),
    _option("--no-inspect", is_flag=True, help="Run hooks without the inspector."),
    _option("--out", type=click.Path(file_okay=False), metavar="DIR", help="Where the wheel goes."),
    _option("--record", metavar="FILE", help="Not yet: keep the session in one file."),
    _option("--json", "as_json", is_flag=True, help="One JSON document on stdout."),
)


def building_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command all options of the design's section 6."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def given_options() -> dict[str, Any]:
    """What stands on the command line itself, by the names of the running command's parameters."""
    context = click.get_current_context()
    return {
        name: value
        for name, value in context.params.items()
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    }


def gate_from(given: dict[str, Any]) -> Gate:
    """The breakpoints that the options ask for."""
    from buildscope.phases.gate import Gate

    return Gate(
        given.get("break_", ()), given.get("break_after", ()), stepping=given.get("step", False)
    )


def pauses(given: dict[str, Any]) -> bool:
    """Whether the options ask for something that asks back."""
    return any(given.get(name) for name in ("step", "break_", "break_after", "hold"))

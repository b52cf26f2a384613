"""The options that every building command shares, and the settings they make."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from buildscope.errors import UsageError
from buildscope.model.names import PHASES, SKIPPABLE, BuildKind, Installer
from buildscope.model.settings import ConfigSettings, Settings
from buildscope.phases.gate import Gate
from buildscope.sources.edited import checked_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_NOT_YET = ("like", "hold", "no_inspect", "record")

_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option("-p", "--python", metavar="VERSION|PATH", help="The interpreter to build for."),
    click.option("--no-isolation", is_flag=True, help="Build in the environment in use."),
    click.option("-x", "--extra", multiple=True, metavar="REQ", help="One more build requirement."),
    click.option(
        "-c", "--constraint", multiple=True, metavar="REQ|FILE", help="Constrain versions."
    ),
    click.option("-C", "--config-setting", multiple=True, metavar="K=V", help="For the backend."),
    click.option("--config-json", metavar="JSON", help="Config settings as a JSON object."),
    click.option("-e", "--env", multiple=True, metavar="K=V", help="An environment variable."),
    click.option("--exclude-newer", metavar="DATE", help="The index as it was on that date."),
    click.option("--index-url", metavar="URL", help="The package index."),
    click.option("--extra-index-url", multiple=True, metavar="URL", help="A further index."),
    click.option(
        "--find-links", multiple=True, metavar="URL|DIR", help="Archives beside the index."
    ),
    click.option("--no-index", is_flag=True, help="Only what --find-links has."),
    click.option("--offline", is_flag=True, help="Only what is cached."),
    click.option("--installer", type=click.Choice(get_args(Installer)), default="uv"),
    click.option("--like", metavar="uv|pip|build", help="Not yet: a frontend's own order."),
    click.option("--build", metavar="wheel|metadata", default="wheel", help="What to build."),
    click.option("--skip", multiple=True, metavar="PHASE", help="Leave a phase out, on purpose."),
    click.option(
        "--break",
        "break_",
        multiple=True,
        type=click.Choice(PHASES),
        metavar="PHASE",
        help="Pause before a phase.",
    ),
    click.option(
        "--break-after",
        multiple=True,
        type=click.Choice(PHASES),
        metavar="PHASE",
        help="Pause after a phase.",
    ),
    click.option("--step", is_flag=True, help="Pause before every phase."),
    click.option("--until", type=click.Choice(PHASES), metavar="PHASE", help="Stop after a phase."),
    click.option("--timeout", type=float, metavar="SECONDS", help="The longest a hook may take."),
    click.option(
        "--edit", multiple=True, metavar="PATH=FILE", help="FILE in place of the source's PATH."
    ),
    click.option("--copy", is_flag=True, help="Build a directory in a copy of it."),
    click.option("--in-place", is_flag=True, help="Retries in the directory itself, too."),
    click.option("--hold", is_flag=True, help="Not yet: keep the failing frame alive."),
    click.option("--no-inspect", is_flag=True, help="Not yet: hooks without the inspector."),
    click.option(
        "--out", type=click.Path(file_okay=False), metavar="DIR", help="Where the wheel goes."
    ),
    click.option("--record", metavar="FILE", help="Not yet: keep the session in one file."),
    click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout."),
)


def building_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command all options of the design's section 6."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def settings_from(options: dict[str, Any], *, cwd: Path | None = None) -> Settings:
    """The settings that the options ask for; raises ``UsageError`` for what cannot be."""
    cwd = Path.cwd() if cwd is None else cwd
    if options["copy"] and options["in_place"]:
        raise UsageError("--copy and --in-place contradict each other", hint="give one of them")
    for name in _NOT_YET:
        if options[name]:
            raise UsageError(f"--{name.strip('_').replace('_', '-')} is not there yet")
    return Settings(
        python=_python(options["python"], cwd),
        isolation=not options["no_isolation"],
        extra=tuple(_requirement(value, "-x") for value in options["extra"]),
        constraints=_constraints(options["constraint"], cwd),
        env=dict(_pair(value, "-e") for value in options["env"]),
        config_settings=_config_settings(options["config_setting"], options["config_json"]),
        exclude_newer=_date(options["exclude_newer"]),
        index_url=_place(options["index_url"], cwd),
        extra_index_url=tuple(str(_place(url, cwd)) for url in options["extra_index_url"]),
        find_links=tuple(str(_place(url, cwd)) for url in options["find_links"]),
        no_index=options["no_index"],
        offline=options["offline"],
        installer=options["installer"],
        build=_build(options["build"]),
        skip=_skip(options["skip"]),
        until=options["until"],
        timeout=_timeout(options["timeout"]),
        copy=options["copy"],
        in_place=options["in_place"],
        edits=_edits(options["edit"], cwd),
        out=_out(options["out"], cwd),
    )


def gate_from(options: dict[str, Any]) -> Gate:
    """The breakpoints that the options ask for."""
    return Gate(options["break_"], options["break_after"], stepping=options["step"])


def pauses(options: dict[str, Any]) -> bool:
    """Whether the options ask for a pause anywhere."""
    return bool(options["step"] or options["break_"] or options["break_after"])


def _edits(values: Sequence[str], cwd: Path) -> dict[str, str]:
    edits: dict[str, str] = {}
    for value in values:
        path, file = _pair(value, "--edit")
        found = cwd / Path(file).expanduser()
        if not found.is_file():
            raise UsageError(f"--edit {value}: there is no file {file}")
        edits[checked_path(path)] = str(found)
    return edits


def _note(text: str) -> None:
    click.echo(f"buildscope: {text}", err=True)


def _python(value: str | None, cwd: Path) -> str | None:
    if value is not None and Path(value).name != value:
        return str(cwd / Path(value).expanduser())
    return value


def _constraints(values: Sequence[str], cwd: Path) -> tuple[str, ...]:
    if not values:
        return ()
    from buildscope.cli.constraints import read_constraints

    return read_constraints(values, cwd, note=_note)


def _requirement(value: str, option: str) -> str:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        Requirement(value)
    except InvalidRequirement as error:
        reason = str(error).partition("\n")[0]
        raise UsageError(
            f"{option} {value!r} is no requirement: {reason}", hint="write name or 'name<2'"
        ) from error
    return value


def _pair(value: str, option: str) -> tuple[str, str]:
    key, equals, text = value.partition("=")
    if not key or not equals:
        raise UsageError(f"{option} {value!r} has no value", hint=f"write {option} NAME=value")
    return key, text


def _config_settings(pairs: Sequence[str], text: str | None) -> ConfigSettings:
    """Repeated keys make a list, as in pip and build."""
    settings = _config_json(text)
    for pair in pairs:
        key, value = _pair(pair, "-C")
        before = settings.get(key)
        if before is None:
            settings[key] = value
        else:
            settings[key] = [*(before if isinstance(before, list) else [before]), value]
    return settings


def _config_json(text: str | None) -> ConfigSettings:
    if text is None:
        return {}
    try:
        value = json.loads(text)
    except ValueError as error:
        raise UsageError(f"--config-json is no JSON: {error}") from error
    if not isinstance(value, dict) or not all(map(_is_setting, value.values())):
        raise UsageError("--config-json must be an object of strings or lists of strings")
    return value


def _is_setting(value: object) -> bool:
    if isinstance(value, list):
        return all(isinstance(item, str) for item in value)
    return isinstance(value, str)


def _date(value: str | None) -> str | None:
    if value is not None:
        from buildscope.configuration.moments import parse_cutoff

        parse_cutoff(value)
    return value


def _place(value: str | None, cwd: Path) -> str | None:
    """Installers run elsewhere, so a path is made absolute; a URL stays as it is."""
    if value is None or "://" in value:
        return value
    return str(cwd / Path(value).expanduser())


def _build(value: str) -> BuildKind:
    allowed = get_args(BuildKind)
    if value in {"editable", "sdist"}:
        raise UsageError(f"--build {value} is not there yet", hint="wheel and metadata are")
    if value not in allowed:
        raise UsageError(f"--build {value!r} is not one of: {', '.join(allowed)}")
    return value  # type: ignore[return-value]


def _skip(values: Iterable[str]) -> tuple[Any, ...]:
    for value in values:
        if value not in SKIPPABLE:
            raise UsageError(f"--skip {value!r} is not one of: {', '.join(SKIPPABLE)}")
    return tuple(name for name in PHASES if name in set(values))


def _timeout(value: float | None) -> float | None:
    if value is not None and not 0 < value < float("inf"):
        raise UsageError(f"--timeout {value:g} is no number of seconds above 0")
    return value


def _out(value: str | None, cwd: Path) -> str | None:
    if value is None:
        return None
    out = cwd / Path(value).expanduser()
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--out {value} cannot be made: {error.strerror}") from error
    return str(out)

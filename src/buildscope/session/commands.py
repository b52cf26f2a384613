"""Command lines that do from a shell what was done in the debugger."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import msgspec

from buildscope.model.settings import Settings
from buildscope.session.words import dropped, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.model.run import Attempt
    from buildscope.model.settings import Request
    from buildscope.model.target import Target

_MAY_BE_NONE = ("python", "timeout", "until", "exclude_newer")


def command_line(target: Target, settings: Settings, command: str = "buildscope run") -> str:
    """The command line that does the same from a shell."""
    return shlex.join([*command.split(), target.text, *_options(settings)])


def retry_command(session: str, parent: Attempt, request: Request) -> str:
    """The command line that makes the same retry from a shell.

    Where something is taken back, which options cannot say, it carries the words themselves.
    """
    before, after = parent.settings, request.settings
    parts = ["buildscope", "retry", session, "--attempt", str(parent.id)]
    if request.start is not None:
        parts += ["--from", request.start]
    if request.here:
        parts.append("--here")
    if _takes_back(before, after):
        return shlex.join([*parts, "--change", words(before, after)])
    return shlex.join([*parts, *_changed_from(before, after)])


def _takes_back(before: Settings, after: Settings) -> bool:
    return (
        any(dropped(before, after))
        or (after.isolation and not before.isolation)
        or not set(before.skip) <= set(after.skip)
        or any(getattr(before, n) and not getattr(after, n) for n in _MAY_BE_NONE)
    )


def _changed_from(before: Settings, after: Settings) -> Iterator[str]:
    """Options for what ``after`` has and ``before`` has not."""
    fresh: dict[str, Any] = {}
    for name in after.__struct_fields__:
        old, new = getattr(before, name), getattr(after, name)
        if isinstance(new, tuple):
            fresh[name] = tuple(value for value in new if value not in old)
        elif isinstance(new, dict):
            fresh[name] = {key: value for key, value in new.items() if old.get(key) != value}
        elif new != old:
            fresh[name] = new
    yield from _options(msgspec.structs.replace(Settings(), **fresh))


def _options(settings: Settings) -> Iterator[str]:
    if settings.python:
        yield from ("-p", settings.python)
    if not settings.isolation:
        yield "--no-isolation"
    if not settings.inspect:
        yield "--no-inspect"
    for option, values in (
        ("-x", settings.extra),
        ("-c", settings.constraints),
        ("-e", tuple(f"{key}={value}" for key, value in settings.env.items())),
        ("-C", tuple(_config_options(settings))),
        ("--edit", tuple(f"{path}={kept}" for path, kept in settings.edits.items())),
        ("--skip", settings.skip),
        ("--extra-index-url", settings.extra_index_url),
        ("--find-links", settings.find_links),
    ):
        for value in values:
            yield from (option, value)
    yield from _changed_options(settings)


def _config_options(settings: Settings) -> Iterator[str]:
    for key, setting in settings.config_settings.items():
        for value in setting if isinstance(setting, list) else [setting]:
            yield f"{key}={value}"


def _changed_options(settings: Settings) -> Iterator[str]:
    default = Settings()
    for name in ("installer", "build", "until", "timeout", "exclude_newer", "index_url", "out"):
        value = getattr(settings, name)
        if value != getattr(default, name):
            yield from (f"--{name.replace('_', '-')}", f"{value:g}" if name == "timeout" else value)
    for name in ("no_index", "offline", "copy", "in_place"):
        if getattr(settings, name):
            yield f"--{name.replace('_', '-')}"

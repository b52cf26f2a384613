"""Settings in the words that label attempts, and back: ``+torch setuptools<82 isolation off``."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any, get_args

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from buildscope.errors import UsageError
from buildscope.model.delta import requirement_name, with_requirement
from buildscope.model.names import PHASES, SKIPPABLE, BuildKind, Installer
from buildscope.model.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from buildscope.model.target import Target

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_UNSAFE = re.compile(r"[\s'\"\\]")
_EXAMPLES = "+torch  setuptools<82  isolation off  python 3.9  CC=clang  -C key=value"


def parse_words(line: str, base: Settings) -> Settings:
    """``base`` with the changes that ``line`` asks for.

    Raises ``UsageError`` with a sentence that names the word and what would be right.
    """
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise UsageError(f"{line!r} cannot be read: {error}", hint="close the quotes") from error
    settings, rest = base, iter(words)
    for word in rest:
        settings = _apply(word, rest, settings)
    return settings


def words(parent: Settings, child: Settings) -> str:
    """What ``child`` changes in ``parent``, as words that ``parse_words`` takes."""
    return " ".join(_quote(word) for word in _words(parent, child))


def settings_words(settings: Settings) -> str:
    """The settings of a first attempt: ``as published`` when nothing was changed."""
    return words(Settings(), settings) or "as published"


def command_line(target: Target, settings: Settings, command: str = "buildscope run") -> str:
    """The command line that does the same from a shell."""
    return shlex.join([*command.split(), target.text, *_options(settings)])


def _apply(word: str, rest: Iterator[str], settings: Settings) -> Settings:
    if word.startswith("+"):
        return _replace(settings, extra=with_requirement(settings.extra, _requirement(word[1:])))
    if word in _KEYWORDS:
        return _KEYWORDS[word](_value(word, rest), settings)
    if _VARIABLE.match(word) and not word.partition("=")[2].startswith("="):
        name, _, value = word.partition("=")
        return _replace(settings, env={**settings.env, name: value})
    if word.startswith("-"):
        return _without(word[1:], settings)
    return _constraint(word, settings)


def _constraint(word: str, settings: Settings) -> Settings:
    requirement = _requirement(word)
    if not Requirement(requirement).specifier and not Requirement(requirement).url:
        raise UsageError(
            f"{word!r} says neither to add a requirement nor how to constrain one",
            hint=f"write +{word} to add it, or {word}<2 to constrain it; words: {_EXAMPLES}",
        )
    return _replace(settings, constraints=with_requirement(settings.constraints, requirement))


def _requirement(text: str) -> str:
    try:
        Requirement(text)
    except InvalidRequirement as error:
        reason = str(error).partition("\n")[0]
        raise UsageError(
            f"{text!r} is no requirement: {reason}", hint=f"words: {_EXAMPLES}"
        ) from error
    return text


def _without(word: str, settings: Settings) -> Settings:
    name = canonicalize_name(word)
    extra = tuple(value for value in settings.extra if requirement_name(value) != name)
    constraints = tuple(value for value in settings.constraints if requirement_name(value) != name)
    env = {key: value for key, value in settings.env.items() if key != word}
    if (extra, constraints, env) == (settings.extra, settings.constraints, settings.env):
        raise UsageError(
            f"-{word} takes away what is not there", hint="it was neither added nor constrained"
        )
    return _replace(settings, extra=extra, constraints=constraints, env=env)


def _value(word: str, rest: Iterator[str]) -> str:
    value = next(rest, None)
    if value is None:
        raise UsageError(f"{word!r} needs a value after it", hint=f"words: {_EXAMPLES}")
    return value


def _isolation(value: str, settings: Settings) -> Settings:
    return _replace(settings, isolation=_one_of("isolation", value, ("on", "off")) == "on")


def _config(value: str, settings: Settings) -> Settings:
    key, equals, text = value.partition("=")
    if not key or not equals:
        raise UsageError(f"-C {value!r} is no config setting", hint="write -C key=value")
    return _replace(settings, config_settings={**settings.config_settings, key: text})


def _timeout(value: str, settings: Settings) -> Settings:
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < float("inf"):
        raise UsageError(f"timeout {value!r} is no number of seconds above 0")
    return _replace(settings, timeout=seconds)


def _skip(value: str, settings: Settings) -> Settings:
    phase = _one_of("skip", value, SKIPPABLE)
    return _replace(settings, skip=tuple(p for p in PHASES if p in {*settings.skip, phase}))


def _run_phase(value: str, settings: Settings) -> Settings:
    phase = _one_of("run", value, SKIPPABLE)
    return _replace(settings, skip=tuple(name for name in settings.skip if name != phase))


def _one_of(word: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise UsageError(f"{word} {value!r} is not one of: {', '.join(allowed)}")
    return value


_KEYWORDS: dict[str, Callable[[str, Settings], Settings]] = {
    "isolation": _isolation,
    "python": lambda value, settings: _replace(
        settings, python=None if value == "default" else value
    ),
    "-C": _config,
    "timeout": _timeout,
    "skip": _skip,
    "run": _run_phase,
    "installer": lambda value, settings: _replace(
        settings, installer=_one_of("installer", value, get_args(Installer))
    ),
    "build": lambda value, settings: _replace(
        settings, build=_one_of("build", value, get_args(BuildKind))
    ),
    "until": lambda value, settings: _replace(settings, until=_one_of("until", value, PHASES)),
    "exclude-newer": lambda value, settings: _replace(settings, exclude_newer=value),
}


def _words(parent: Settings, child: Settings) -> Iterator[list[str]]:
    yield from ([f"+{value}"] for value in child.extra if value not in parent.extra)
    yield from ([value] for value in child.constraints if value not in parent.constraints)
    yield from ([f"-{name}"] for name in _dropped(parent, child))
    if child.isolation != parent.isolation:
        yield ["isolation", "on" if child.isolation else "off"]
    if child.python != parent.python:
        yield ["python", child.python or "default"]
    for key, value in child.env.items():
        if parent.env.get(key) != value:
            yield [f"{key}={value}"]
    for key, setting in child.config_settings.items():
        if parent.config_settings.get(key) != setting:
            values = setting if isinstance(setting, list) else [setting]
            yield from (["-C", f"{key}={value}"] for value in values)
    yield from (["skip", name] for name in child.skip if name not in parent.skip)
    yield from (["run", name] for name in parent.skip if name not in child.skip)
    for name in ("timeout", "installer", "build", "until", "exclude_newer"):
        value = getattr(child, name)
        if value != getattr(parent, name) and value is not None:
            yield [name.replace("_", "-"), f"{value:g}" if name == "timeout" else str(value)]


def _dropped(parent: Settings, child: Settings) -> Iterator[str]:
    kept = {requirement_name(value) for value in (*child.extra, *child.constraints)}
    for value in (*parent.extra, *parent.constraints):
        if requirement_name(value) not in kept:
            yield Requirement(value).name
    yield from (key for key in parent.env if key not in child.env)


def _quote(parts: list[str]) -> str:
    return " ".join(shlex.quote(part) if _UNSAFE.search(part) else part for part in parts)


def _options(settings: Settings) -> Iterator[str]:
    if settings.python:
        yield from ("-p", settings.python)
    if not settings.isolation:
        yield "--no-isolation"
    for option, values in (
        ("-x", settings.extra),
        ("-c", settings.constraints),
        ("-e", tuple(f"{key}={value}" for key, value in settings.env.items())),
        ("-C", tuple(_config_options(settings))),
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
    for name in ("no_index", "offline", "copy"):
        if getattr(settings, name):
            yield f"--{name.replace('_', '-')}"


def _replace(settings: Settings, **fields: Any) -> Settings:
    return msgspec.structs.replace(settings, **fields)

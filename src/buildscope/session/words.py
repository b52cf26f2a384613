"""Settings in the words that label attempts, and back: ``+torch setuptools<82 isolation off``."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, get_args

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from buildscope.errors import UsageError
from buildscope.model.delta import requirement_name, with_requirement
from buildscope.model.names import PHASES, SKIPPABLE, BuildKind, Installer
from buildscope.model.settings import Request, Settings
from buildscope.phases.touched import EDITED, edited
from buildscope.sources.edited import checked_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from buildscope.model.names import Phase
    from buildscope.model.run import Attempt

_NO_DRAFTS: Mapping[str, str] = MappingProxyType({})
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_UNSAFE = re.compile(r"[\s'\"\\]")
_EXAMPLES = "+torch  setuptools<82  isolation off  python 3.9  CC=clang  -C key=value"


def parse_request(line: str, base: Settings, drafts: Mapping[str, str] = _NO_DRAFTS) -> Request:
    """The retry that ``line`` asks for, its settings made from ``base``.

    ``drafts`` has the newest text of each file that was edited (path to kept file), for
    ``edit PATH``. Raises ``UsageError`` with a sentence that names the word and what would
    be right.
    """
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise UsageError(f"{line!r} cannot be read: {error}", hint="close the quotes") from error
    request, rest = Request(settings=base), iter(words)
    for word in rest:
        request = _request(word, rest, request, drafts)
    return request


def words(
    parent: Settings, child: Settings, start: Phase | None = None, *, here: bool = False
) -> str:
    """What ``child`` changes in ``parent``, as words that ``parse_request`` takes."""
    said = [_quote(word) for word in _words(parent, child)]
    said += [f"from {start}"] if start is not None else []
    return " ".join([*said, "here"] if here else said)


def retry_words(parent: Attempt, request: Request, first: Phase) -> str:
    """The label of a retry that starts at ``first``.

    An edit of a file that only a later phase is taken to read says from where it counts.
    """
    start = request.start
    if any(path not in EDITED for path in edited(parent.settings, request.settings)):
        start = first
    return words(parent.settings, request.settings, start, here=request.here)


def settings_words(settings: Settings) -> str:
    """The settings of a first attempt: ``as published`` when nothing was changed."""
    return words(Settings(), settings) or "as published"


def _request(
    word: str, rest: Iterator[str], request: Request, drafts: Mapping[str, str]
) -> Request:
    if word == "here":
        return msgspec.structs.replace(request, here=True)
    if word == "from":
        phase = _one_of("from", _value(word, rest), PHASES)
        return msgspec.structs.replace(request, start=phase)
    if word == "edit":
        settings = _edit(_value(word, rest), request.settings, drafts)
    else:
        settings = _apply(word, rest, request.settings)
    return msgspec.structs.replace(request, settings=settings)


def _edit(value: str, settings: Settings, drafts: Mapping[str, str]) -> Settings:
    path, named, file = value.partition("=")
    path = checked_path(path)
    if not named and path not in drafts:
        known = ", ".join(sorted(drafts)) or "none yet"
        raise UsageError(
            f"{path} has not been edited (edited: {known})",
            hint=f"o edits a file; or name the new text: edit {path}=FILE",
        )
    kept = str(Path(file).expanduser().absolute()) if named else drafts[path]
    if named and not Path(kept).is_file():
        raise UsageError(f"edit {path}: there is no file {file}")
    return _replace(settings, edits={**settings.edits, path: kept})


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
    edits = {path: kept for path, kept in settings.edits.items() if path != word}
    config = {key: value for key, value in settings.config_settings.items() if key != word}
    after = _replace(
        settings, extra=extra, constraints=constraints, env=env, edits=edits, config_settings=config
    )
    if after == settings:
        raise UsageError(
            f"-{word} takes away what is not there",
            hint="it was neither added, constrained, set nor edited",
        )
    return after


def _value(word: str, rest: Iterator[str]) -> str:
    value = next(rest, None)
    if value is None:
        raise UsageError(f"{word!r} needs a value after it", hint=f"words: {_EXAMPLES}")
    return value


def _isolation(value: str, settings: Settings) -> Settings:
    return _replace(settings, isolation=_one_of("isolation", value, ("on", "off")) == "on")


def _inspect(value: str, settings: Settings) -> Settings:
    return _replace(settings, inspect=_one_of("inspect", value, ("on", "off")) == "on")


def _config(value: str, settings: Settings) -> Settings:
    key, equals, text = value.partition("=")
    if not key or not equals:
        raise UsageError(f"-C {value!r} is no config setting", hint="write -C key=value")
    return _replace(settings, config_settings={**settings.config_settings, key: text})


def _timeout(value: str, settings: Settings) -> Settings:
    if value == "none":
        return _replace(settings, timeout=None)
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < float("inf"):
        raise UsageError(f"timeout {value!r} is no number of seconds above 0")
    return _replace(settings, timeout=seconds)


def _cutoff(value: str, settings: Settings) -> Settings:
    if value != "none":
        from buildscope.configuration.moments import parse_cutoff

        parse_cutoff(value)
    return _replace(settings, exclude_newer=None if value == "none" else value)


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
    "inspect": _inspect,
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
    "until": lambda value, settings: _replace(
        settings, until=None if value == "none" else _one_of("until", value, PHASES)
    ),
    "exclude-newer": _cutoff,
}


def _words(parent: Settings, child: Settings) -> Iterator[list[str]]:
    yield from ([f"+{value}"] for value in child.extra if value not in parent.extra)
    yield from ([value] for value in child.constraints if value not in parent.constraints)
    yield from ([f"-{name}"] for name in dropped(parent, child))
    if child.isolation != parent.isolation:
        yield ["isolation", "on" if child.isolation else "off"]
    if child.inspect != parent.inspect:
        yield ["inspect", "on" if child.inspect else "off"]
    if child.python != parent.python:
        yield ["python", child.python or "default"]
    for key, value in child.env.items():
        if parent.env.get(key) != value:
            yield [f"{key}={value}"]
    for key, setting in child.config_settings.items():
        if parent.config_settings.get(key) != setting:
            values = setting if isinstance(setting, list) else [setting]
            yield from (["-C", f"{key}={value}"] for value in values)
    yield from (
        ["edit", path] for path in child.edits if parent.edits.get(path) != child.edits[path]
    )
    yield from (["skip", name] for name in child.skip if name not in parent.skip)
    yield from (["run", name] for name in parent.skip if name not in child.skip)
    for name in ("timeout", "installer", "build", "until", "exclude_newer"):
        value = getattr(child, name)
        if value != getattr(parent, name):
            told = f"{value:g}" if isinstance(value, float) else str(value or "none")
            yield [name.replace("_", "-"), told]


def dropped(parent: Settings, child: Settings) -> Iterator[str]:
    """Names of requirements, variables, settings and edits that ``child`` has no more."""
    kept = {requirement_name(value) for value in (*child.extra, *child.constraints)}
    for value in (*parent.extra, *parent.constraints):
        if requirement_name(value) not in kept:
            yield Requirement(value).name
    yield from (key for key in parent.env if key not in child.env)
    yield from (key for key in parent.config_settings if key not in child.config_settings)
    yield from (path for path in parent.edits if path not in child.edits)


def _quote(parts: list[str]) -> str:
    return " ".join(shlex.quote(part) if _UNSAFE.search(part) else part for part in parts)


def _replace(settings: Settings, **fields: Any) -> Settings:
    return msgspec.structs.replace(settings, **fields)

"""What options and configuration files say, as changes of settings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from buildscope.errors import UsageError
from buildscope.model.names import PHASES, SKIPPABLE, BuildKind, Installer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from buildscope.model.settings import ConfigSettings

_NOT_YET = ("like", "record")


def changes_from(given: Mapping[str, Any], folder: Path, label: str = "--") -> dict[str, Any]:
    """The fields of ``Settings`` that the ``given`` parameters set.

    ``given`` maps names of click's parameters to values; other parameters are passed over.
    Paths are relative to ``folder``; ``label`` stands before a name in messages. Raises
    ``UsageError`` for what cannot be.
    """
    for name in _NOT_YET:
        if given.get(name):
            raise UsageError(f"--{name.replace('_', '-')} is not there yet")
    if given.get("copy") and given.get("in_place"):
        raise UsageError("--copy and --in-place contradict each other", hint="give one of them")
    changes: dict[str, Any] = {}
    for name, value in given.items():
        if name in _FIELDS:
            field, convert = _FIELDS[name]
            changes[field] = convert(value, folder, f"{label}{name.replace('_', '-')}")
    if "config_setting" in given or "config_json" in given:
        pairs = given.get("config_setting", ())
        changes["config_settings"] = _config_settings(pairs, given.get("config_json"), label)
    if changes.get("copy"):
        changes["in_place"] = False
    if changes.get("in_place"):
        changes["copy"] = False
    return changes


def _note(text: str) -> None:
    click.echo(f"buildscope: {text}", err=True)


def _python(value: str, folder: Path, _label: str) -> str:
    return str(folder / Path(value).expanduser()) if Path(value).name != value else value


def _constraints(values: Sequence[str], folder: Path, _label: str) -> tuple[str, ...]:
    from buildscope.cli.constraints import read_constraints

    return read_constraints(values, folder, note=_note)


def _requirements(values: Sequence[str], _folder: Path, label: str) -> tuple[str, ...]:
    from packaging.requirements import InvalidRequirement, Requirement

    for value in values:
        try:
            Requirement(value)
        except InvalidRequirement as error:
            reason = str(error).partition("\n")[0]
            raise UsageError(
                f"{label} {value!r} is no requirement: {reason}", hint="write name or 'name<2'"
            ) from error
    return tuple(values)


def _pairs(values: Iterable[str], _folder: Path, label: str) -> dict[str, str]:
    return dict(_pair(value, label) for value in values)


def _pair(value: str, label: str) -> tuple[str, str]:
    key, equals, text = value.partition("=")
    if not key or not equals:
        raise UsageError(f"{label} {value!r} has no value", hint="write NAME=value")
    return key, text


def _config_settings(pairs: Iterable[str], text: str | None, label: str) -> ConfigSettings:
    """Repeated keys make a list, as in pip and build."""
    settings = _config_json(text)
    for pair in pairs:
        key, value = _pair(pair, f"{label}config-setting")
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


def _date(value: str, _folder: Path, _label: str) -> str:
    from buildscope.configuration.moments import parse_cutoff

    parse_cutoff(value)
    return value


def _place(value: str, folder: Path, _label: str) -> str:
    """Installers run elsewhere, so a path is made absolute; a URL stays as it is."""
    return value if "://" in value else str(folder / Path(value).expanduser())


def _places(values: Sequence[str], folder: Path, label: str) -> tuple[str, ...]:
    return tuple(_place(value, folder, label) for value in values)


def _build(value: str, folder: Path, label: str) -> str:
    if value in {"editable", "sdist"}:
        raise UsageError(f"{label} {value} is not there yet", hint="wheel and metadata are")
    return _one_of(get_args(BuildKind))(value, folder, label)


def _one_of(allowed: Sequence[str]) -> Callable[[str, Path, str], str]:
    def check(value: str, _folder: Path, label: str) -> str:
        if value not in allowed:
            raise UsageError(f"{label} {value!r} is not one of: {', '.join(allowed)}")
        return value

    return check


def _skip(values: Iterable[str], folder: Path, label: str) -> tuple[str, ...]:
    named = {_one_of(SKIPPABLE)(value, folder, label) for value in values}
    return tuple(name for name in PHASES if name in named)


def _timeout(value: float, _folder: Path, label: str) -> float:
    if not 0 < value < float("inf"):
        raise UsageError(f"{label} {value:g} is no number of seconds above 0")
    return value


def _edits(values: Iterable[str], folder: Path, label: str) -> dict[str, str]:
    from buildscope.sources.edited import checked_path

    edits: dict[str, str] = {}
    for value in values:
        path, file = _pair(value, label)
        found = folder / Path(file).expanduser()
        if not found.is_file():
            raise UsageError(f"{label} {value}: there is no file {file}", hint="write PATH=FILE")
        edits[checked_path(path)] = str(found)
    return edits


def _out(value: str, folder: Path, label: str) -> str:
    out = folder / Path(value).expanduser()
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{label} {value} cannot be made: {error.strerror}") from error
    return str(out)


def _same(value: Any, _folder: Path, _label: str) -> Any:
    return value


_FIELDS: Mapping[str, tuple[str, Callable[[Any, Path, str], Any]]] = {
    "python": ("python", _python),
    "no_isolation": ("isolation", lambda value, _folder, _label: not value),
    "no_inspect": ("inspect", lambda value, _folder, _label: not value),
    "extra": ("extra", _requirements),
    "constraint": ("constraints", _constraints),
    "env": ("env", _pairs),
    "exclude_newer": ("exclude_newer", _date),
    "index_url": ("index_url", _place),
    "extra_index_url": ("extra_index_url", _places),
    "find_links": ("find_links", _places),
    "no_index": ("no_index", _same),
    "offline": ("offline", _same),
    "installer": ("installer", _one_of(get_args(Installer))),
    "build": ("build", _build),
    "skip": ("skip", _skip),
    "until": ("until", _one_of(PHASES)),
    "timeout": ("timeout", _timeout),
    "copy": ("copy", _same),
    "in_place": ("in_place", _same),
    "edit": ("edits", _edits),
    "out": ("out", _out),
}

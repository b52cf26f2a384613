"""Defaults of options, from ``[tool.buildscope]`` and from the user's own configuration file.

The project is the one that the user stands in, never the target's. The command line counts
above the project, the project above the user: lists and tables append, the rest replaces.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from buildscope.cli.settings import changes_from
from buildscope.errors import UsageError
from buildscope.model.base import Record
from buildscope.model.delta import with_delta
from buildscope.model.settings import Settings
from buildscope.session.places import cache_directory
from buildscope.tui.look import Look

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PYPROJECT = "pyproject.toml"
CONFIG = "config.toml"
_LISTS = ("extra", "constraint", "extra-index-url", "find-links", "skip")
_TABLES = ("env", "config-settings", "keymap")
_STRINGS = (
    *("python", "exclude-newer", "index-url", "installer", "build", "until", "out"),
    "theme",
)
_SWITCHES = ("no-isolation", "no-index", "offline", "copy", "in-place", "no-inspect")
KEYS = (*_LISTS, *_TABLES, *_STRINGS, *_SWITCHES, "timeout")
_LOOK = frozenset({"theme", "keymap"})


class Defaults(Record, frozen=True):
    """``files`` are those that gave a default of an option, the user's before the project's."""

    settings: Settings = Settings()
    look: Look = Look()
    files: tuple[Path, ...] = ()


def read_defaults(cwd: Path, environ: Mapping[str, str] | None = None) -> Defaults:
    """Read both files, where they are.

    Raises ``UsageError`` that names file and key for what cannot be taken.
    """
    environ = os.environ if environ is None else environ
    settings, look, files = Settings(), Look(), list[Path]()
    for file, table in _places(cwd, environ):
        values = _read(file, table)
        chosen = {key: value for key, value in values.items() if key not in _LOOK}
        if chosen:
            settings = with_delta(settings, _changes(file, chosen))
            files.append(file)
        look = _look(look, file, values)
    return Defaults(settings=settings, look=look, files=tuple(files))


def _places(cwd: Path, environ: Mapping[str, str]) -> Iterator[tuple[Path, tuple[str, ...]]]:
    user = _config_directory(environ) / CONFIG
    if user.is_file():
        yield user, ()
    folders = (cwd, *cwd.parents)
    project = next((one for folder in folders if (one := folder / PYPROJECT).is_file()), None)
    # A shell in an unpacked source stands below the cache: that project is a target.
    if project is not None and not project.is_relative_to(cache_directory(environ)):
        yield project, ("tool", "buildscope")


def _config_directory(environ: Mapping[str, str]) -> Path:
    named = environ.get("BUILDSCOPE_CONFIG_DIR")
    if named:
        return Path(named)
    import platformdirs

    return platformdirs.user_config_path("buildscope")


def _read(file: Path, table: tuple[str, ...]) -> dict[str, Any]:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
    if table and b"buildscope" not in content:
        return {}
    import tomli

    try:
        found: Any = tomli.loads(content.decode())
    except (tomli.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}") from error
    for name in table:
        found = found.get(name, {}) if isinstance(found, dict) else {}
    if not isinstance(found, dict):
        raise UsageError(f"{file}: [{'.'.join(table)}] must be a table")
    return {key: _checked(file, key, value) for key, value in found.items()}


def _checked(file: Path, key: str, value: Any) -> Any:
    if key not in KEYS:
        raise UsageError(f"{file}: {key} is no option that has a default", hint=_near(key, KEYS))
    wanted = _wanted(key, value)
    if wanted is not None:
        raise UsageError(f"{file}: {key} must be {wanted}, not {value!r}")
    return value


def _wanted(key: str, value: Any) -> str | None:
    """What ``value`` should have been; ``None`` where it is right."""
    if key in _LISTS:
        return None if _is_list(value) else "a list of strings"
    if key in _TABLES:
        of_lists = key == "config-settings"
        good = isinstance(value, dict) and all(
            isinstance(one, str) or (of_lists and _is_list(one)) for one in value.values()
        )
        return None if good else f"a table of strings{' or lists of them' if of_lists else ''}"
    if key in _SWITCHES:
        return None if isinstance(value, bool) else "true or false"
    if key == "timeout":
        good = isinstance(value, (int, float)) and not isinstance(value, bool)
        return None if good else "a number"
    return None if isinstance(value, str) else "a string"


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _changes(file: Path, values: dict[str, Any]) -> dict[str, Any]:
    given = {key.replace("-", "_"): value for key, value in values.items()}
    config = given.pop("config_settings", None)
    if "env" in given:
        given["env"] = [f"{name}={text}" for name, text in given["env"].items()]
    try:
        changes = changes_from(given, file.parent, label="")
    except UsageError as error:
        raise UsageError(f"{file}: {error.message}", hint=error.hint) from error
    return changes if config is None else {**changes, "config_settings": config}


def _look(below: Look, file: Path, values: dict[str, Any]) -> Look:
    keymap = {**below.keymap, **_known(file, values.get("keymap", {}))}
    if "theme" not in values:
        return Look(theme=below.theme, theme_file=below.theme_file, keymap=keymap)
    return Look(theme=values["theme"], theme_file=str(file), keymap=keymap)


def _known(file: Path, keymap: dict[str, str]) -> dict[str, str]:
    if keymap:
        from buildscope.tui.keys import KEYS as BINDINGS

        known = [key.id for key in BINDINGS]
        for name in keymap:
            if name not in known:
                raise UsageError(f"{file}: keymap: no binding is {name!r}", hint=_near(name, known))
    return keymap


def _near(name: str, known: tuple[str, ...] | list[str]) -> str:
    import difflib

    near = difflib.get_close_matches(name, known, 1)
    return f"did you mean {near[0]}?" if near else f"there are: {', '.join(sorted(known))}"

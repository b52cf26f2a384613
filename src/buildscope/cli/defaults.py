"""Defaults of options, from ``[tool.buildscope]`` and from the user's own configuration file.

The project is the one that the user stands in, never the target's. The command line counts
above the project, the project above the user.
"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

from buildscope.errors import UsageError
from buildscope.tui.look import Look

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PYPROJECT = "pyproject.toml"
CONFIG = "config.toml"
_TEXTS = frozenset({"extra", "constraint", "extra-index-url", "find-links", "break", "break-after"})
_TABLES: Mapping[str, str] = {"env": "env", "config-settings": "config-setting"}
_STRINGS = frozenset({"python", "exclude-newer", "index-url", "installer", "build", "out"})
_SWITCHES = frozenset({"no-isolation", "no-index", "offline", "copy", "in-place", "step"})
_NUMBERS = frozenset({"timeout"})
_LOOK = frozenset({"theme", "keymap"})
KEYS = (*_TEXTS, *_TABLES, *_STRINGS, *_SWITCHES, *_NUMBERS, *_LOOK)
_PARAMETERS: Mapping[str, str] = {"break": "break_"}


class Defaults:
    """What the files say: ``options`` by the names of click's parameters, ``look``, ``files``."""

    def __init__(self, files: list[Path], merged: dict[str, Any]) -> None:
        self.files = files
        self.look = Look(theme=merged.get("theme"), keymap=merged.get("keymap", {}))
        self.options = dict(_parameters(merged))


def read_defaults(cwd: Path, environ: Mapping[str, str]) -> Defaults:
    """Read both files, where they are.

    Raises ``UsageError`` that names file and key for what cannot be taken.
    """
    named = environ.get("BUILDSCOPE_CONFIG_DIR")
    folder = Path(named) if named else platformdirs.user_config_path("buildscope")
    files: list[Path] = []
    merged: dict[str, Any] = {}
    for file, table in ((folder / CONFIG, ()), (_project(cwd), ("tool", "buildscope"))):
        found = _read(file, table) if file is not None and file.is_file() else {}
        if found and file is not None:
            files.append(file)
            merged.update(found)
    return Defaults(files, merged)


def _project(cwd: Path) -> Path | None:
    files = (folder / PYPROJECT for folder in (cwd, *cwd.parents))
    return next((file for file in files if file.is_file()), None)


def _read(file: Path, table: tuple[str, ...]) -> dict[str, Any]:
    content = file.read_bytes()
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
    where = f"{file}: [{'.'.join(table)}] " if table else f"{file}: "
    return {key: _checked(where, key, value) for key, value in found.items()}


def _checked(where: str, key: str, value: Any) -> Any:
    if key not in KEYS:
        near = difflib.get_close_matches(key, KEYS, 1)
        hint = f"did you mean {near[0]}?" if near else f"keys: {', '.join(sorted(KEYS))}"
        raise UsageError(f"{where}{key} is no option that has a default", hint=hint)
    wanted = _wanted(key, value)
    if wanted is not None:
        raise UsageError(f"{where}{key} must be {wanted}, not {value!r}")
    return value


def _wanted(key: str, value: Any) -> str | None:
    """What ``value`` should have been; ``None`` where it is right."""
    if key in _TEXTS:
        good = isinstance(value, list) and all(isinstance(one, str) for one in value)
        return None if good else "a list of strings"
    if key in _TABLES or key == "keymap":
        good = isinstance(value, dict) and all(isinstance(one, str) for one in value.values())
        return None if good else "a table of strings"
    if key in _SWITCHES:
        return None if isinstance(value, bool) else "true or false"
    if key in _NUMBERS:
        good = isinstance(value, (int, float)) and not isinstance(value, bool)
        return None if good else "a number"
    return None if isinstance(value, str) else "a string"


def _parameters(merged: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in merged.items():
        if key in _TABLES:
            yield (
                _TABLES[key].replace("-", "_"),
                [f"{name}={text}" for name, text in value.items()],
            )
        elif key not in _LOOK:
            yield _PARAMETERS.get(key, key.replace("-", "_")), value

"""Where pip and uv keep the user's configuration, and what stands in those files."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from buildscope.configuration.kept import UV_INDEXES
from buildscope.configuration.layers import boolean
from buildscope.errors import UsageError
from buildscope.model.base import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from configparser import RawConfigParser

PIP_SECTIONS = ("global", "install")
"""Sections that count for ``pip install``, the later one above the earlier."""


class ConfigFiles(Record, frozen=True):
    """Configuration files, each list from the least to the most important."""

    pip: tuple[Path, ...] = ()
    uv: tuple[Path, ...] = ()


class UserFiles(Record, frozen=True):
    """What the user's and the system's files say, before any variable or option.

    ``pip`` has options by their names with hyphens (``extra-index-url``), ``uv`` the table of
    ``uv.toml`` with absolute locations.
    """

    pip: dict[str, str] = {}
    uv: dict[str, Any] = {}


def read_user_files(environ: Mapping[str, str], *, files: ConfigFiles | None = None) -> UserFiles:
    """Read what pip and uv would read for this user.

    Raises ``UsageError`` for a file that cannot be read or parsed: pip and uv refuse it too.
    """
    files = config_files(environ) if files is None else files
    return UserFiles(pip=_read_pip(files.pip), uv=_read_uv(files.uv))


def config_files(
    environ: Mapping[str, str], *, home: Path | None = None, platform: str = sys.platform
) -> ConfigFiles:
    """The files that pip and uv read for this user, whether they exist or not.

    See "Configuration" in pip's and "Configuration files" in uv's documentation.
    Project-level files are never among them.
    """
    home = Path.home() if home is None else home
    return ConfigFiles(
        pip=tuple(_pip_files(environ, home, platform)), uv=tuple(_uv_files(environ, home, platform))
    )


def _pip_files(environ: Mapping[str, str], home: Path, platform: str) -> Iterator[Path]:
    """Global, user (legacy and new), environment, then ``PIP_CONFIG_FILE``.

    A file named by ``PIP_CONFIG_FILE`` stands in for the user's own; the null device turns
    all files off.
    """
    named = environ.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return
    name = "pip.ini" if platform == "win32" else "pip.conf"
    for directory in _system_directories(environ, platform):
        yield directory / "pip" / name
    if platform not in {"win32", "darwin"}:
        yield Path("/etc/pip.conf")
    if not named or not Path(named).exists():
        yield home / ("pip" if platform == "win32" else ".pip") / name
        yield _pip_user_directory(environ, home, platform) / "pip" / name
    yield Path(environ.get("VIRTUAL_ENV") or sys.prefix) / name
    if named:
        yield Path(named)


def _pip_user_directory(environ: Mapping[str, str], home: Path, platform: str) -> Path:
    application_support = home / "Library" / "Application Support"
    if platform == "darwin" and (application_support / "pip").is_dir():
        return application_support
    return _user_directory(environ, home, platform)


def _uv_files(environ: Mapping[str, str], home: Path, platform: str) -> Iterator[Path]:
    """The first of the system's files that exists, then the user's."""
    if boolean(environ.get("UV_NO_CONFIG")):
        return
    if named := environ.get("UV_CONFIG_FILE"):
        yield Path(named)
        return
    if platform == "win32":
        yield _program_data(environ) / "uv" / "uv.toml"
    else:
        system = (*reversed(_xdg_system(environ)), Path("/etc"))
        yield from [path for folder in system if (path := folder / "uv" / "uv.toml").exists()][:1]
    yield _user_directory(environ, home, platform) / "uv" / "uv.toml"


def _system_directories(environ: Mapping[str, str], platform: str) -> list[Path]:
    if platform == "win32":
        return [_program_data(environ)]
    if platform == "darwin":
        return [Path("/Library/Application Support")]
    return _xdg_system(environ)


def _program_data(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("PROGRAMDATA") or "C:/ProgramData")


def _xdg_system(environ: Mapping[str, str]) -> list[Path]:
    """The XDG directories of the system; the first is the most important, so it comes last."""
    value = environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
    return [Path(part) for part in reversed(value.split(":")) if part]


def _user_directory(environ: Mapping[str, str], home: Path, platform: str) -> Path:
    if platform == "win32":
        return Path(environ.get("APPDATA") or home / "AppData" / "Roaming")
    return Path(environ.get("XDG_CONFIG_HOME") or home / ".config")


def _read_pip(files: tuple[Path, ...]) -> dict[str, str]:
    options: dict[str, dict[str, str]] = {section: {} for section in PIP_SECTIONS}
    for path, text in _texts(files):
        import configparser

        parser = configparser.RawConfigParser()
        try:
            parser.read_string(text, source=str(path))
        except configparser.Error as error:
            raise _unreadable(path, error) from error
        for section in PIP_SECTIONS:
            if parser.has_section(section):
                options[section].update(_pip_options(parser, section))
    return {name: value for section in PIP_SECTIONS for name, value in options[section].items()}


def _pip_options(parser: RawConfigParser, section: str) -> dict[str, str]:
    return {
        name.lower().replace("_", "-").removeprefix("--"): " ".join(value.split())
        for name, value in parser.items(section)
    }


def _read_uv(files: tuple[Path, ...]) -> dict[str, Any]:
    """Lists of several files are joined, the most important file's first, as uv does."""
    merged: dict[str, Any] = {}
    for path, text in _texts(files):
        import tomli

        try:
            table = tomli.loads(text)
        except tomli.TOMLDecodeError as error:
            raise _unreadable(path, error) from error
        merged = _merge(merged, _anchored(table, path.parent))
    return merged


def _texts(files: tuple[Path, ...]) -> Iterator[tuple[Path, str]]:
    """The files that exist, with what they contain."""
    for path in files:
        try:
            yield path, path.read_text("utf-8")
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (OSError, UnicodeDecodeError) as error:
            raise _unreadable(path, error) from error


def _merge(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(lower)
    for key, value in upper.items():
        below = merged.get(key)
        if isinstance(value, list) and isinstance(below, list):
            merged[key] = [*value, *below]
        elif isinstance(value, dict) and isinstance(below, dict):
            merged[key] = _merge(below, value)
        else:
            merged[key] = value
    return merged


def _anchored(table: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """``table`` with relative locations made absolute: they start at their file's directory."""
    found = dict(table)
    for key in UV_INDEXES & found.keys():
        value = found[key]
        if isinstance(value, str):
            found[key] = _location(value, folder)
        elif isinstance(value, list):
            found[key] = [_entry(item, folder) for item in value]
    if isinstance(found.get("pip"), dict):
        found["pip"] = _anchored(found["pip"], folder)
    return found


def _entry(item: Any, folder: Path) -> Any:
    if isinstance(item, dict) and isinstance(item.get("url"), str):
        return {**item, "url": _location(item["url"], folder)}
    return _location(item, folder) if isinstance(item, str) else item


def _location(text: str, folder: Path) -> str:
    return text if "://" in text else str(folder / Path(text).expanduser())


def _unreadable(path: Path, error: Exception) -> UsageError:
    reason = str(error).splitlines()[0]
    return UsageError(
        f"the configuration {path} cannot be read: {reason}", hint="correct it, or move it away"
    )

"""Where pip and uv keep the user's configuration, and what their files say of indexes."""

from __future__ import annotations

import configparser
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomli

from buildscope.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PIP_SECTIONS = ("global", "download", "install")
"""Sections that count here, a later one above an earlier."""


@dataclass(frozen=True)
class ConfigFiles:
    """Configuration files, each list from the least to the most important."""

    pip: tuple[Path, ...] = ()
    uv: tuple[Path, ...] = ()


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


def read_pip_files(files: tuple[Path, ...]) -> dict[str, str]:
    """Options by their names with hyphens (``extra-index-url``), the most important value each.

    Raises ``UsageError`` when a file cannot be read or parsed.
    """
    options: dict[str, dict[str, str]] = {section: {} for section in PIP_SECTIONS}
    for path in files:
        parser = configparser.RawConfigParser()
        try:
            parser.read_string(path.read_text("utf-8"), source=str(path))
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (OSError, UnicodeDecodeError, configparser.Error) as error:
            raise _unreadable(path, error) from error
        for section in PIP_SECTIONS:
            if parser.has_section(section):
                options[section].update(_pip_options(parser, section))
    return {name: value for section in PIP_SECTIONS for name, value in options[section].items()}


def read_uv_files(files: tuple[Path, ...]) -> dict[str, Any]:
    """The keys of ``uv.toml``, with those of its ``pip`` table above them.

    Lists of several files are joined, the most important file's first, as uv does.
    Relative paths become absolute. Raises ``UsageError`` when a file cannot be read.
    """
    merged: dict[str, Any] = {}
    for path in files:
        try:
            table = tomli.loads(path.read_text("utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (OSError, UnicodeDecodeError, tomli.TOMLDecodeError) as error:
            raise _unreadable(path, error) from error
        pip_table = table.get("pip")
        for key, value in {**table, **(pip_table if isinstance(pip_table, dict) else {})}.items():
            found = _anchored(key, value, path.parent)
            joined = isinstance(found, list) and isinstance(merged.get(key), list)
            merged[key] = [*found, *merged[key]] if joined else found
    return merged


def _pip_files(environ: Mapping[str, str], home: Path, platform: str) -> Iterator[Path]:
    """Global, user (legacy and new), environment, then ``PIP_CONFIG_FILE``.

    ``PIP_CONFIG_FILE`` set to the null device turns all files off.
    """
    named = environ.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return
    name = "pip.ini" if platform == "win32" else "pip.conf"
    for directory in _system_directories(environ, platform):
        yield directory / "pip" / name
    if platform == "win32":
        yield home / "pip" / name
        yield Path(environ.get("APPDATA") or home / "AppData" / "Roaming") / "pip" / name
    else:
        if platform != "darwin":
            yield Path("/etc/pip.conf")
        yield home / ".pip" / name
        yield _pip_user_directory(environ, home, platform) / "pip" / name
    yield Path(environ.get("VIRTUAL_ENV") or sys.prefix) / name
    if named:
        yield Path(named)


def _pip_user_directory(environ: Mapping[str, str], home: Path, platform: str) -> Path:
    application_support = home / "Library" / "Application Support"
    if platform == "darwin" and (application_support / "pip").is_dir():
        return application_support
    return _xdg_home(environ, home)


def _uv_files(environ: Mapping[str, str], home: Path, platform: str) -> Iterator[Path]:
    if environ.get("UV_NO_CONFIG", "").lower() in {"1", "true", "yes", "on"}:
        return
    if named := environ.get("UV_CONFIG_FILE"):
        yield Path(named)
        return
    if platform == "win32":
        system = [Path(environ.get("PROGRAMDATA") or "C:/ProgramData")]
        user = Path(environ.get("APPDATA") or home / "AppData" / "Roaming")
    else:
        system = [Path("/etc"), *_xdg_system(environ)]
        user = _xdg_home(environ, home)
    for directory in (*system, user):
        yield directory / "uv" / "uv.toml"


def _system_directories(environ: Mapping[str, str], platform: str) -> list[Path]:
    if platform == "win32":
        return [Path(environ.get("PROGRAMDATA") or "C:/ProgramData")]
    if platform == "darwin":
        return [Path("/Library/Application Support")]
    return _xdg_system(environ)


def _xdg_system(environ: Mapping[str, str]) -> list[Path]:
    """The XDG directories of the system; the first is the most important, so it comes last."""
    value = environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
    return [Path(part) for part in reversed(value.split(":")) if part]


def _xdg_home(environ: Mapping[str, str], home: Path) -> Path:
    return Path(environ.get("XDG_CONFIG_HOME") or home / ".config")


def _pip_options(parser: configparser.RawConfigParser, section: str) -> dict[str, str]:
    return {
        name.lower().replace("_", "-").removeprefix("--"): value
        for name, value in parser.items(section)
    }


def _anchored(key: str, value: Any, directory: Path) -> Any:
    """Paths in ``find-links`` and ``index`` are relative to the file that has them."""
    if key == "find-links" and isinstance(value, list):
        return [_absolute(item, directory) for item in value]
    if key == "index" and isinstance(value, list):
        tables = [item for item in value if isinstance(item, dict) and "url" in item]
        return [{**item, "url": _absolute(item["url"], directory)} for item in tables]
    return value


def _absolute(location: Any, directory: Path) -> str:
    text = str(location)
    return text if "://" in text else str(directory / text)


def _unreadable(path: Path, error: Exception) -> UsageError:
    reason = str(error).splitlines()[0]
    return UsageError(
        f"the configuration {path} cannot be read: {reason}", hint="correct it, or move it away"
    )

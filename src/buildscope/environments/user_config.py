"""The user's own configuration of pip and uv: which files, and what of them is kept.

Kept is what says where distributions come from and how to get there: indexes, credentials,
certificates, proxies, caches. What would change *what* is installed or where to (constraints,
targets, dates, strategies) is left out.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

PIP_KEPT = frozenset(
    {
        "cache-dir",
        "cert",
        "client-cert",
        "default-timeout",
        "extra-index-url",
        "find-links",
        "index-url",
        "keyring-provider",
        "no-cache-dir",
        "no-index",
        "no-proxy-env",
        "proxy",
        "pypi-url",
        "resume-retries",
        "retries",
        "timeout",
        "trusted-host",
    }
)
UV_INDEXES = frozenset(
    {
        "default-index",
        "extra-index-url",
        "find-links",
        "index",
        "index-url",
        "no-index",
    }
)
UV_KEPT = UV_INDEXES | frozenset(
    {
        "allow-insecure-host",
        "cache-dir",
        "concurrent-builds",
        "concurrent-downloads",
        "concurrent-installs",
        "http-proxy",
        "https-proxy",
        "index-strategy",
        "keyring-provider",
        "native-tls",
        "no-cache",
        "no-proxy",
        "offline",
        "system-certs",
    }
)
_TRUE = {"1", "true", "yes", "on", "t", "y"}


def pip_options(environ: Mapping[str, str], home: Path | None = None) -> dict[str, str]:
    """What pip is configured with, kept options only, by name with hyphens.

    ``PIP_*`` variables count above the files, as in pip. A file that cannot be read is left
    to pip's own message.
    """
    options: dict[str, str] = {}
    sections = [_pip_sections(path) for path in pip_files(environ, home)]
    for name in ("global", "install"):
        for found in sections:
            options.update(found.get(name, {}))
    for variable, value in environ.items():
        if variable.startswith("PIP_"):
            options[variable[4:].lower().replace("_", "-")] = value
    return {key: value for key, value in options.items() if key in PIP_KEPT and value}


def uv_table(environ: Mapping[str, str], home: Path | None = None) -> dict[str, Any]:
    """The user's and the system's ``uv.toml`` as one table; the user's counts more.

    A file that cannot be read is left to uv's own message.
    """
    merged: dict[str, Any] = {}
    for path in uv_files(environ, home):
        table = _toml_table(path)
        merged = _merge(merged, _anchored(table, path.parent))
    return merged


def kept_uv(table: Mapping[str, Any]) -> str | None:
    """The text of a ``uv.toml`` with only what is kept; ``None`` when that is all of it."""
    kept = {key: value for key, value in table.items() if key in UV_KEPT}
    pip = table.get("pip")
    if isinstance(pip, dict):
        kept["pip"] = {key: value for key, value in pip.items() if key in UV_KEPT}
    if kept == table:
        return None
    return "".join(f"{key} = {_toml(value)}\n" for key, value in kept.items())


def uv_has_indexes(environ: Mapping[str, str], table: Mapping[str, Any]) -> bool:
    """Whether uv itself was told where distributions come from."""
    names = {f"UV_{key.upper().replace('-', '_')}" for key in UV_INDEXES}
    pip = table.get("pip")
    keys = {*table, *(pip if isinstance(pip, dict) else ())}
    return any(environ.get(name) for name in names) or bool(keys & UV_INDEXES)


def pip_files(environ: Mapping[str, str], home: Path | None = None) -> Iterator[Path]:
    """Files that pip reads, the least important first.

    Source: pip's "Configuration" (global, user, site, ``PIP_CONFIG_FILE``); the null device
    as ``PIP_CONFIG_FILE`` turns all of them off.
    """
    named = environ.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return
    home = Path.home() if home is None else home
    name = "pip.ini" if os.name == "nt" else "pip.conf"
    if sys.platform == "win32":
        yield Path(environ.get("PROGRAMDATA") or "C:/ProgramData") / "pip" / name
        yield home / "pip" / name
        yield Path(environ.get("APPDATA") or home / "AppData" / "Roaming") / "pip" / name
    else:
        yield from _posix_pip_files(environ, home, name)
    if environ.get("VIRTUAL_ENV"):
        yield Path(environ["VIRTUAL_ENV"]) / name
    if named:
        yield Path(named)


def uv_files(environ: Mapping[str, str], home: Path | None = None) -> Iterator[Path]:
    """Where uv looks beside projects, the least important first (uv's "Configuration files")."""
    if environ.get("UV_NO_CONFIG", "").lower() in _TRUE:
        return
    if named := environ.get("UV_CONFIG_FILE"):
        yield Path(named)
        return
    home = Path.home() if home is None else home
    if os.name == "nt":
        yield Path(environ.get("PROGRAMDATA") or "C:/ProgramData") / "uv" / "uv.toml"
        yield Path(environ.get("APPDATA") or home / "AppData" / "Roaming") / "uv" / "uv.toml"
        return
    system = [*_xdg_system(environ), Path("/etc")]
    yield from [path for folder in system if (path := folder / "uv" / "uv.toml").exists()][:1]
    yield Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "uv" / "uv.toml"


def _posix_pip_files(environ: Mapping[str, str], home: Path, name: str) -> Iterator[Path]:
    user = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    if sys.platform == "darwin":
        yield Path("/Library/Application Support/pip") / name
        support = home / "Library" / "Application Support"
        user = support if (support / "pip").is_dir() else user
    else:
        yield from (folder / "pip" / name for folder in reversed(_xdg_system(environ)))
        yield Path("/etc") / name
    yield home / ".pip" / name
    yield user / "pip" / name


def _xdg_system(environ: Mapping[str, str]) -> list[Path]:
    """The system's configuration directories, the most important first (XDG)."""
    folders = (environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":")
    return [Path(folder) for folder in folders if folder]


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _toml_table(path: Path) -> dict[str, Any]:
    text = _text(path)
    if not text:
        return {}
    import tomli

    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError:
        return {}


def _pip_sections(path: Path) -> dict[str, dict[str, str]]:
    text = _text(path)
    if not text:
        return {}
    import configparser

    parser = configparser.RawConfigParser()
    try:
        parser.read_string(text)
    except configparser.Error:
        return {}
    return {
        section: {
            key.replace("_", "-"): " ".join(value.split()) for key, value in parser[section].items()
        }
        for section in parser.sections()
    }


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


def _toml(value: Any) -> str:
    """A value in TOML's inline form."""
    if isinstance(value, dict):
        inner = ", ".join(f"{_toml(str(key))} = {_toml(item)}" for key, item in value.items())
        return f"{{ {inner} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value) if isinstance(value, bool | int | float) else str(value)


def joined(values: Iterable[str]) -> tuple[str, ...]:
    """The values in order, each once."""
    return tuple(dict.fromkeys(value for value in values if value))

"""What of the user's configuration may reach a build environment (design, section 4).

Kept is what says where distributions come from and how to get there: indexes, credentials,
certificates, proxies, caches. What would change *what* is installed or where to (constraints,
targets, dates, strategies) is left out.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

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
_UV_REACH = frozenset(
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


def pip_variable(option: str) -> str:
    """The variable that tells pip an option (``PIP_INDEX_URL`` for ``index-url``)."""
    return f"PIP_{option.upper().replace('-', '_')}"


def kept_uv(table: Mapping[str, Any], *, indexes: bool = True) -> str | None:
    """The text of a ``uv.toml`` with only what is kept; ``None`` when that is all of it.

    Without ``indexes``, where distributions come from is left out too.
    """
    keys = _UV_REACH | UV_INDEXES if indexes else _UV_REACH
    kept = _only(table, keys)
    if isinstance(table.get("pip"), dict):
        kept["pip"] = _only(table["pip"], keys)
    if kept == table:
        return None
    return "".join(f"{key} = {_toml(value)}\n" for key, value in kept.items())


def _only(table: Mapping[str, Any], keys: Collection[str]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if key in keys}


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

"""One level of configuration each: uv's and pip's variables, ``uv.toml``, ``pip.conf``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from buildscope.configuration.locations import scheme_of, with_credentials
from buildscope.errors import UsageError
from buildscope.model.base import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from buildscope.configuration.files import UserFiles
    from buildscope.model.names import Installer

Origin: TypeAlias = Literal["options", "uv", "pip"]
Strategy: TypeAlias = Literal["first-index", "merge"]

INDEX_FIELDS = ("index_url", "extra_index_urls", "find_links", "no_index")
_TRUE = frozenset({"1", "true", "yes", "on", "y", "t"})
_NAMED = re.compile(r"^(?P<name>[A-Za-z0-9_.-]+)=(?P<url>.+)$", re.DOTALL)


class Layer(Record, frozen=True, kw_only=True):
    """What one level says; ``None`` where it says nothing."""

    origin: Origin
    index_url: str | None = None
    extra_index_urls: tuple[str, ...] | None = None
    find_links: tuple[str, ...] | None = None
    no_index: bool | None = None
    trusted_hosts: tuple[str, ...] | None = None
    strategy: Strategy | None = None
    timeout: float | None = None
    proxy: str | None = None
    certificate: str | None = None
    client_certificate: str | None = None
    keyring_provider: str | None = None

    @property
    def names_indexes(self) -> bool:
        """Whether it says anything of where distributions come from."""
        return any(getattr(self, field) is not None for field in INDEX_FIELDS)


def configured_layers(
    environ: Mapping[str, str], user: UserFiles, installer: Installer
) -> list[Layer]:
    """The levels from the most important down: variables, then files, the installer's own first.

    Raises ``UsageError`` for a value that cannot be read.
    """
    uv_table = {**user.uv, **(user.uv.get("pip") or {})}
    of_uv = (_uv_environ_layer(environ, uv_table), _uv_file_layer(environ, uv_table))
    of_pip = (_pip_layer(_pip_variables(environ)), _pip_layer(user.pip))
    first, second = (of_uv, of_pip) if installer == "uv" else (of_pip, of_uv)
    return [first[0], second[0], first[1], second[1]]


def _pip_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """What ``PIP_*`` variables say, by the names of pip's options; empty ones say nothing."""
    return {
        name[4:].lower().replace("_", "-"): value
        for name, value in environ.items()
        if name.startswith("PIP_") and value
    }


def _uv_environ_layer(environ: Mapping[str, str], uv_file: dict[str, Any]) -> Layer:
    """The variables; as uv joins its lists over all levels, those take the file's in."""
    below = _uv_file_layer(environ, uv_file)
    default = environ.get("UV_DEFAULT_INDEX") or environ.get("UV_INDEX_URL")
    extra = [
        _named(environ, entry)
        for variable in ("UV_INDEX", "UV_EXTRA_INDEX_URL")
        for entry in environ.get(variable, "").split()
    ]
    links = [part for part in re.split(r"[,\s]+", environ.get("UV_FIND_LINKS", "")) if part]
    hosts = environ.get("UV_INSECURE_HOST", "").split()
    return Layer(
        origin="uv",
        index_url=_named(environ, default) if default else None,
        extra_index_urls=(*extra, *(below.extra_index_urls or ())) if extra else None,
        find_links=(*links, *(below.find_links or ())) if links else None,
        no_index=boolean(environ.get("UV_NO_INDEX")),
        trusted_hosts=tuple(hosts) or None,
        strategy=_strategy(environ.get("UV_INDEX_STRATEGY")),
        timeout=_seconds(environ.get("UV_HTTP_TIMEOUT"), "UV_HTTP_TIMEOUT"),
        client_certificate=environ.get("SSL_CLIENT_CERT") or None,
        keyring_provider=environ.get("UV_KEYRING_PROVIDER") or None,
    )


def _uv_file_layer(environ: Mapping[str, str], table: dict[str, Any]) -> Layer:
    entries = [item for item in table.get("index") or [] if isinstance(item, dict)]
    tables = [item for item in entries if "url" in item and not item.get("explicit")]
    named = [(item, _with_variables(environ, item.get("name"), item["url"])) for item in tables]
    default = next((url for item, url in named if item.get("default")), table.get("index-url"))
    flat = [url for item, url in named if item.get("format") == "flat"]
    extra = [url for item, url in named if not item.get("default") and item.get("format") != "flat"]
    extra += [str(url) for url in table.get("extra-index-url") or []]
    return Layer(
        origin="uv",
        index_url=default,
        extra_index_urls=tuple(extra) or None,
        find_links=(*map(str, table.get("find-links") or []), *flat) or None,
        no_index=table.get("no-index"),
        trusted_hosts=tuple(table.get("allow-insecure-host") or ()) or None,
        strategy=_strategy(table.get("index-strategy")),
        keyring_provider=table.get("keyring-provider"),
    )


def _pip_layer(options: Mapping[str, str]) -> Layer:
    timeout = options.get("timeout") or options.get("default-timeout")
    return Layer(
        origin="pip",
        index_url=options.get("index-url") or options.get("pypi-url") or None,
        extra_index_urls=_words(options.get("extra-index-url")),
        find_links=_words(options.get("find-links")),
        no_index=boolean(options.get("no-index")),
        trusted_hosts=_words(options.get("trusted-host")),
        timeout=_seconds(timeout, "pip's timeout"),
        proxy=options.get("proxy") or None,
        certificate=options.get("cert") or None,
        client_certificate=options.get("client-cert") or None,
        keyring_provider=options.get("keyring-provider") or None,
    )


def _named(environ: Mapping[str, str], entry: str) -> str:
    """An index as uv's variables give it: a URL, or ``name=URL``."""
    matched = _NAMED.match(entry)
    if matched is None or scheme_of(entry):
        return entry
    return _with_variables(environ, matched["name"], matched["url"])


def _with_variables(environ: Mapping[str, str], name: str | None, url: str) -> str:
    """``url`` with what ``UV_INDEX_<NAME>_USERNAME`` and ``_PASSWORD`` say, if they do."""
    key = re.sub(r"[^A-Z0-9]", "_", (name or "").upper())
    username = environ.get(f"UV_INDEX_{key}_USERNAME", "")
    password = environ.get(f"UV_INDEX_{key}_PASSWORD", "")
    return with_credentials(url, username, password) if name and (username or password) else url


def _words(value: str | None) -> tuple[str, ...] | None:
    """A list of pip: over several lines, or with spaces."""
    return tuple(value.split()) or None if value else None


def boolean(value: str | None) -> bool | None:
    """A switch as pip and uv read it; ``None`` where it is unset or empty."""
    return None if not value else value.strip().lower() in _TRUE


def _seconds(value: str | None, name: str) -> float | None:
    if not value:
        return None
    try:
        return float(value)
    except ValueError as error:
        raise UsageError(
            f"{name} is {value!r}, which is no number of seconds", hint="correct it"
        ) from error


def _strategy(value: str | None) -> Strategy | None:
    if not value:
        return None
    return "first-index" if value == "first-index" else "merge"

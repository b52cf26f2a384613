"""Where an installer looks for distributions: options, and for uv what pip was told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildscope.environments.user_config import (
    joined,
    pip_options,
    uv_has_indexes,
    uv_table,
)
from buildscope.model.base import Record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from buildscope.model.settings import Settings

_FOR_UV = (
    (
        "cert",
        "SSL_CERT_FILE",
        ("SSL_CERT_FILE", "SSL_CERT_DIR", "UV_SYSTEM_CERTS", "UV_NATIVE_TLS"),
    ),
    ("client-cert", "SSL_CLIENT_CERT", ("SSL_CLIENT_CERT",)),
    (
        "proxy",
        "ALL_PROXY",
        ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "all_proxy", "https_proxy", "http_proxy"),
    ),
    ("timeout", "UV_HTTP_TIMEOUT", ("UV_HTTP_TIMEOUT", "UV_REQUEST_TIMEOUT", "HTTP_TIMEOUT")),
    ("trusted-host", "UV_INSECURE_HOST", ("UV_INSECURE_HOST",)),
    ("keyring-provider", "UV_KEYRING_PROVIDER", ("UV_KEYRING_PROVIDER",)),
)
"""pip's option, the variable that tells uv the same, and variables that say it already."""


class IndexArguments(Record, frozen=True):
    """What is said to an installer on top of its own configuration.

    ``best_match`` asks uv for pip's way of taking the best version of all indexes.
    ``variables`` tell uv what pip knows of certificates, proxies and time-outs.
    """

    index_url: str | None = None
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    no_index: bool = False
    best_match: bool = False
    variables: dict[str, str] = {}


def index_arguments(
    settings: Settings, environ: Mapping[str, str], *, home: Path | None = None
) -> IndexArguments:
    """What the options say; for uv, where it has no index of its own, pip's as well."""
    said = IndexArguments(
        index_url=settings.index_url,
        extra_index_urls=settings.extra_index_url,
        find_links=settings.find_links,
        no_index=settings.no_index,
    )
    if settings.installer != "uv" or uv_has_indexes(environ, uv_table(environ, home)):
        return said
    return _with_pip(said, pip_options(environ, home), environ)


def _with_pip(
    said: IndexArguments, options: Mapping[str, str], environ: Mapping[str, str]
) -> IndexArguments:
    extras = options.get("extra-index-url", "").split()
    configured = options.get("index-url") or options.get("pypi-url")
    return IndexArguments(
        index_url=said.index_url or configured,
        extra_index_urls=joined([*said.extra_index_urls, *extras]),
        find_links=joined([*said.find_links, *options.get("find-links", "").split()]),
        no_index=said.no_index or options.get("no-index", "").lower() in {"1", "true", "yes", "on"},
        best_match=bool(extras or configured) and "UV_INDEX_STRATEGY" not in environ,
        variables=_variables(options, environ),
    )


def _variables(options: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    found = {}
    normal = {**options, "timeout": options.get("timeout") or options.get("default-timeout", "")}
    for option, variable, known in _FOR_UV:
        value = normal.get(option)
        if not value or any(environ.get(name) for name in known):
            continue
        if option == "timeout":
            value = value.partition(".")[0]
        if option != "keyring-provider" or value == "subprocess":
            found[variable] = value
    return found

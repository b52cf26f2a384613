"""Which indexes to use, and how to reach them: options, variables, and the user's files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from buildscope.configuration.files import read_user_files
from buildscope.configuration.layers import (
    INDEX_FIELDS,
    Layer,
    Origin,
    Strategy,
    boolean,
    configured_layers,
)
from buildscope.configuration.locations import scheme_of, secrets_in
from buildscope.model.base import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from buildscope.configuration.files import UserFiles
    from buildscope.model.names import Installer
    from buildscope.model.settings import Settings

DEFAULT_TIMEOUT = 30.0


class IndexConfiguration(Record, frozen=True, kw_only=True):
    """Where to look for distributions and how to reach it; URLs carry their credentials.

    ``index_url`` is ``None`` for the public index. ``find_links`` are absolute paths or URLs.
    ``strategy`` is uv's ``first-index`` (the first index that knows the project is the only
    one asked) or pip's way of taking the best of all. ``timeout`` is in seconds. ``proxies``
    maps ``http``, ``https`` and ``all`` to URLs. ``origin`` tells, by field, whether an option
    or which program's configuration a value came from (``INDEX_FIELDS`` and ``strategy``
    only); ``program`` is the one whose indexes count below the options.
    """

    index_url: str | None = None
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    no_index: bool = False
    offline: bool = False
    strategy: Strategy = "merge"
    trusted_hosts: tuple[str, ...] = ()
    certificate: str | None = None
    client_certificate: str | None = None
    keyring_provider: str | None = None
    proxies: dict[str, str] = {}
    no_proxy: tuple[str, ...] = ()
    timeout: float = DEFAULT_TIMEOUT
    origin: dict[str, Origin] = {}
    program: Origin | None = None

    @property
    def index_urls(self) -> tuple[str | None, ...]:
        """Indexes in the order in which they count; ``None`` is the public one."""
        if self.no_index:
            return ()
        if self.strategy == "first-index":
            return (*self.extra_index_urls, self.index_url)
        return (self.index_url, *self.extra_index_urls)

    def secrets(self) -> list[str]:
        """Values that must never be shown or written."""
        urls = (self.index_url or "", *self.extra_index_urls, *self.find_links)
        return [value for url in (*urls, *self.proxies.values()) for value in secrets_in(url)]


def index_configuration(
    settings: Settings,
    environ: Mapping[str, str],
    *,
    cwd: Path | None = None,
    user: UserFiles | None = None,
) -> IndexConfiguration:
    """The indexes that apply, and how to reach them; each value from the first that has it.

    The order: options, variables, then ``uv.toml`` and ``pip.conf`` of the user and the
    system; among variables and among files those of ``settings.installer`` come first.
    Indexes of pip and uv are never mixed: those of the first program that names any count.
    As in pip and uv, ``--extra-index-url`` and ``--find-links`` add to what is configured.
    Relative paths start at ``cwd``. ``user`` is read where it is not given. Raises
    ``UsageError`` for a file or value that cannot be read.
    """
    cwd = Path.cwd() if cwd is None else cwd
    user = read_user_files(environ) if user is None else user
    layers = configured_layers(environ, user, settings.installer)
    options = Layer(
        origin="options",
        index_url=settings.index_url,
        extra_index_urls=settings.extra_index_url or None,
        find_links=settings.find_links or None,
        no_index=settings.no_index or None,
    )
    return _merged(options, layers, settings, environ, cwd)


def _merged(
    options: Layer,
    layers: Sequence[Layer],
    settings: Settings,
    environ: Mapping[str, str],
    cwd: Path,
) -> IndexConfiguration:
    program = next((layer.origin for layer in layers if layer.names_indexes), None)
    named = [layer for layer in layers if layer.origin == program]
    found = {field: _first(field, (options, *named)) for field in INDEX_FIELDS}
    found["strategy"] = _first("strategy", layers)
    origin: dict[str, Origin] = {
        field: layer.origin for field, layer in found.items() if layer is not None
    }
    index_url = found["index_url"].index_url if found["index_url"] else None
    return IndexConfiguration(
        index_url=_location(index_url, cwd) if index_url else None,
        extra_index_urls=tuple(
            _location(url, cwd) for url in _joined("extra_index_urls", options, named)
        ),
        find_links=tuple(_find_link(link, cwd) for link in _joined("find_links", options, named)),
        no_index=found["no_index"] is not None and bool(found["no_index"].no_index),
        offline=settings.offline or bool(boolean(environ.get("UV_OFFLINE"))),
        strategy=_strategy(_value("strategy", layers), program, settings.installer),
        trusted_hosts=_value("trusted_hosts", layers) or (),
        certificate=_certificate(environ, layers),
        client_certificate=_value("client_certificate", layers),
        keyring_provider=_value("keyring_provider", layers),
        proxies=_proxies(environ, _value("proxy", layers)),
        no_proxy=_no_proxy(environ),
        timeout=_value("timeout", layers) or DEFAULT_TIMEOUT,
        origin=origin,
        program=program,
    )


def _strategy(said: Strategy | None, program: Origin | None, installer: Installer) -> Strategy:
    """Pip takes the best of all indexes; uv stops at the first that knows the project.

    Indexes that were configured for pip are asked in pip's way by uv, too.
    """
    if installer == "pip":
        return "merge"
    return said or ("merge" if program == "pip" else "first-index")


def _first(field: str, layers: Iterable[Layer]) -> Layer | None:
    return next((layer for layer in layers if getattr(layer, field) is not None), None)


def _value(field: str, layers: Iterable[Layer]) -> Any:
    layer = _first(field, layers)
    return None if layer is None else getattr(layer, field)


def _joined(field: str, options: Layer, layers: Sequence[Layer]) -> tuple[str, ...]:
    values = (*(getattr(options, field) or ()), *(_value(field, layers) or ()))
    return tuple(dict.fromkeys(values))


def _certificate(environ: Mapping[str, str], layers: Sequence[Layer]) -> str | None:
    for name in ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        if environ.get(name):
            return environ[name]
    certificate: str | None = _value("certificate", layers)
    return certificate


def _proxies(environ: Mapping[str, str], proxy: str | None) -> dict[str, str]:
    """The proxy of pip's own option is for everything; the common variables are each for a scheme."""
    found = {"all": proxy} if proxy else {}
    if not proxy:
        for scheme in ("http", "https", "all"):
            lower, upper = f"{scheme}_proxy", f"{scheme}_proxy".upper()
            if value := environ.get(lower) or environ.get(upper):
                found[scheme] = value
    return {
        scheme: value if "://" in value else f"http://{value}" for scheme, value in found.items()
    }


def _no_proxy(environ: Mapping[str, str]) -> tuple[str, ...]:
    value = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    return tuple(part for part in re.split(r"[,\s]+", value) if part)


def _location(location: str, cwd: Path) -> str:
    """An index; a path becomes a ``file:`` URL."""
    return location if scheme_of(location) else (cwd / location).expanduser().resolve().as_uri()


def _find_link(location: str, cwd: Path) -> str:
    return location if scheme_of(location) else str((cwd / Path(location).expanduser()).resolve())

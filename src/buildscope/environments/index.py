"""Tells an installer, by variables, where to look and how to get there.

Its command line would show credentials to other users of the machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildscope.configuration.index import DEFAULT_TIMEOUT
from buildscope.configuration.locations import as_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from buildscope.configuration.index import IndexConfiguration
    from buildscope.model.names import Installer

_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "UV_SYSTEM_CERTS", "UV_NATIVE_TLS")
_PROXIES = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "all_proxy", "https_proxy", "http_proxy")
_TIMEOUTS = ("UV_HTTP_TIMEOUT", "UV_REQUEST_TIMEOUT", "HTTP_TIMEOUT")
_PIP_INDEXES = (
    "PIP_INDEX_URL",
    "PIP_PYPI_URL",
    "PIP_EXTRA_INDEX_URL",
    "PIP_FIND_LINKS",
    "PIP_NO_INDEX",
)


def with_index(
    environ: Mapping[str, str], configuration: IndexConfiguration, installer: Installer
) -> dict[str, str]:
    """``environ`` with what makes ``installer`` use ``configuration``, wherever it is run.

    Variables of the installer's own that say how to reach an index stay as they are. uv has
    no variable for ``no_index``: that belongs on its command line.
    """
    return (
        _with_uv(environ, configuration) if installer == "uv" else _with_pip(environ, configuration)
    )


def _with_uv(environ: Mapping[str, str], configuration: IndexConfiguration) -> dict[str, str]:
    """Only what uv's own configuration does not say: named indexes have more to them than a URL."""
    found, origin = dict(environ), configuration.origin
    if configuration.index_url and origin["index_url"] != "uv":
        found.pop("UV_INDEX_URL", None)
        found["UV_DEFAULT_INDEX"] = configuration.index_url
    if configuration.extra_index_urls and origin["extra_index_urls"] != "uv":
        found.pop("UV_EXTRA_INDEX_URL", None)
        found["UV_INDEX"] = " ".join(configuration.extra_index_urls)
    if configuration.find_links and (origin["find_links"] != "uv" or "UV_FIND_LINKS" in found):
        links = (as_url(location).replace(",", "%2C") for location in configuration.find_links)
        found["UV_FIND_LINKS"] = ",".join(links)
    if configuration.strategy == "merge" and "strategy" not in origin:
        found["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    _set(found, "SSL_CERT_FILE", configuration.certificate, _CERTIFICATES)
    _set(found, "SSL_CLIENT_CERT", configuration.client_certificate)
    _set(found, "ALL_PROXY", configuration.proxies.get("all"), _PROXIES)
    _set(found, "UV_INSECURE_HOST", " ".join(configuration.trusted_hosts))
    _set(found, "UV_HTTP_TIMEOUT", _seconds(configuration), _TIMEOUTS)
    if configuration.keyring_provider == "subprocess":
        _set(found, "UV_KEYRING_PROVIDER", configuration.keyring_provider)
    return found


def _with_pip(environ: Mapping[str, str], configuration: IndexConfiguration) -> dict[str, str]:
    """All of it: pip reads no files here, and its own relative paths would start elsewhere."""
    found = {name: value for name, value in environ.items() if name not in _PIP_INDEXES}
    _set(found, "PIP_INDEX_URL", configuration.index_url)
    _set(found, "PIP_EXTRA_INDEX_URL", " ".join(configuration.extra_index_urls))
    _set(found, "PIP_FIND_LINKS", " ".join(map(as_url, configuration.find_links)))
    _set(found, "PIP_NO_INDEX", "1" if configuration.no_index else None)
    _set(found, "PIP_CERT", configuration.certificate)
    _set(found, "PIP_CLIENT_CERT", configuration.client_certificate)
    _set(found, "PIP_TRUSTED_HOST", " ".join(configuration.trusted_hosts))
    _set(found, "PIP_TIMEOUT", _seconds(configuration), ("PIP_TIMEOUT", "PIP_DEFAULT_TIMEOUT"))
    return found


def _set(found: dict[str, str], name: str, value: str | None, known: Iterable[str] = ()) -> None:
    """Say ``value``, unless the user said something of it already."""
    if value and not any(found.get(variable) for variable in (name, *known)):
        found[name] = value


def _seconds(configuration: IndexConfiguration) -> str | None:
    if configuration.timeout == DEFAULT_TIMEOUT:
        return None
    return str(max(1, int(configuration.timeout)))

"""What an installer must be told so that it looks where we look."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from buildscope.model.base import Record
from buildscope.sources.config import INDEX_FIELDS
from buildscope.sources.urls import scheme_of

if TYPE_CHECKING:
    from buildscope.model.names import Installer
    from buildscope.sources.config import IndexConfiguration


class InstallerArguments(Record, frozen=True, kw_only=True):
    """What makes an installer use a configuration; ``environ`` keeps credentials off argv."""

    arguments: tuple[str, ...] = ()
    environ: dict[str, str] = {}


def installer_index_arguments(
    configuration: IndexConfiguration, installer: Installer
) -> InstallerArguments:
    """What to add to a call of ``installer``, run anywhere, to use ``configuration``.

    Empty where the installer's own configuration already says all of it.
    """
    origins = {configuration.origin.get(field, "default") for field in INDEX_FIELDS}
    if origins <= {installer, "default"}:
        return InstallerArguments()
    if installer == "pip":
        return _pip_arguments(configuration)
    return _uv_arguments(configuration)


def _uv_arguments(configuration: IndexConfiguration) -> InstallerArguments:
    environ: dict[str, str] = {}
    arguments = ["--no-index"] if configuration.no_index else []
    if configuration.index_url:
        environ["UV_DEFAULT_INDEX"] = configuration.index_url
    if configuration.extra_index_urls:
        environ["UV_INDEX"] = " ".join(configuration.extra_index_urls)
    if configuration.find_links:
        links = (_as_url(location).replace(",", "%2C") for location in configuration.find_links)
        environ["UV_FIND_LINKS"] = ",".join(links)
    if configuration.strategy == "merge":
        environ["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    if configuration.trusted_hosts:
        environ["UV_INSECURE_HOST"] = " ".join(configuration.trusted_hosts)
    return InstallerArguments(arguments=tuple(arguments), environ=environ)


def _pip_arguments(configuration: IndexConfiguration) -> InstallerArguments:
    environ: dict[str, str] = {}
    arguments = ["--no-index"] if configuration.no_index else []
    if configuration.index_url:
        environ["PIP_INDEX_URL"] = configuration.index_url
    if configuration.extra_index_urls:
        environ["PIP_EXTRA_INDEX_URL"] = " ".join(configuration.extra_index_urls)
    if configuration.find_links:
        environ["PIP_FIND_LINKS"] = " ".join(map(_as_url, configuration.find_links))
    if configuration.trusted_hosts:
        environ["PIP_TRUSTED_HOST"] = " ".join(configuration.trusted_hosts)
    return InstallerArguments(arguments=tuple(arguments), environ=environ)


def _as_url(location: str) -> str:
    return location if scheme_of(location) else "file://" + quote(Path(location).as_posix())

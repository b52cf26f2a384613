"""Locations of indexes and find-links: URLs, their credentials, and paths."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote, urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECRET_QUERY = ("token", "key", "secret", "sig", "signature", "password", "auth", "credential")


def scheme_of(url: str) -> str:
    """The scheme in lower case (``git+https``), or an empty string where there is none.

    A single letter is a drive of Windows, never a scheme.
    """
    scheme, separator, _ = url.partition(":")
    valid = scheme[:1].isalpha() and all(char.isalnum() or char in "+.-" for char in scheme)
    return scheme.lower() if separator and valid and len(scheme) > 1 else ""


def is_local(location: str) -> bool:
    """Whether it is on disk: a path or a ``file:`` URL."""
    return scheme_of(location) in {"", "file"}


def as_url(location: str) -> str:
    """A location as a URL; a path has to be absolute."""
    return location if scheme_of(location) else Path(location).as_uri()


def with_credentials(url: str, username: str, password: str) -> str:
    """``url`` with user and password, both quoted, in place of what it had."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    netloc = f"{quote(username, safe='')}:{quote(password, safe='')}@{host}"
    return urlunsplit(parts._replace(netloc=netloc))


def secrets_in(url: str) -> Iterator[str]:
    """What of ``url`` must not be shown: its password (quoted and not), secret query values."""
    parts = urlsplit(url)
    userinfo = parts.netloc.rpartition("@")[0]
    user, _, password = userinfo.partition(":")
    lone_user = user if not password and not parts.scheme.endswith("ssh") else ""
    for value in (password, lone_user):
        if value:
            yield value
            yield unquote(value)
    for name, value in parse_qsl(parts.query):
        if any(word in name.lower() for word in _SECRET_QUERY):
            yield value

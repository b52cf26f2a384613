"""URLs of targets and indexes: their parts, and their text without credentials."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, parse_qsl, quote, unquote, urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

VCS_KINDS = ("git", "hg", "svn", "bzr")
HASH_NAMES = ("sha256", "sha512", "sha384", "sha224", "sha1", "md5")
_USERINFO = re.compile(r"(?<=://)[^\s/@'\"<>]+@")
_SECRET_QUERY = ("token", "key", "secret", "sig", "signature", "password", "auth", "credential")


def scheme_of(url: str) -> str:
    """The scheme in lower case (``git+https``), or an empty string where there is none.

    A single letter is a drive of Windows, never a scheme.
    """
    scheme, separator, _ = url.partition(":")
    valid = scheme[:1].isalpha() and all(char.isalnum() or char in "+.-" for char in scheme)
    return scheme.lower() if separator and valid and len(scheme) > 1 else ""


def without_credentials(url: str) -> str:
    """``url`` without user and password; a lone user name stays for ssh, where it is no secret."""
    parts = urlsplit(url)
    userinfo, at, host = parts.netloc.rpartition("@")
    if not at:
        return url
    user = userinfo.partition(":")[0]
    keep = f"{user}@" if parts.scheme.endswith("ssh") and user else ""
    return urlunsplit(parts._replace(netloc=keep + host))


def hide_credentials(text: str) -> str:
    """Any ``text`` with the credentials of the URLs in it removed."""
    return _USERINFO.sub("", text)


def without_fragment(url: str) -> str:
    """``url`` up to its ``#``."""
    return url.partition("#")[0]


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


def host_of(url: str) -> str:
    """Host (and port) for messages; a path for ``file:``."""
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2] or unquote(parts.path)


def fragment_of(url: str) -> dict[str, str]:
    """The ``key=value`` pairs of the fragment (PEP 610 and pip: hashes, ``subdirectory``)."""
    return {key: values[0] for key, values in parse_qs(urlsplit(url).fragment).items()}


def hashes_of(url: str) -> dict[str, str]:
    """The hashes of the fragment by their names, in lower case."""
    fragment = fragment_of(url)
    return {name: fragment[name].lower() for name in HASH_NAMES if name in fragment}


def filename_of(url: str) -> str:
    """The last component of the path, unquoted and safe as a file name; may be empty."""
    name = unquote(urlsplit(url).path).replace("\\", "/").rstrip("/").rpartition("/")[2]
    return "".join(char for char in name if char.isprintable()).lstrip(".")[:200]


def path_of_file_url(url: str) -> Path:
    """The path that a ``file:`` URL names (RFC 8089); raises ``ValueError`` for another host."""
    parts = urlsplit(url)
    host = "" if parts.netloc == "localhost" else parts.netloc
    if host and sys.platform != "win32":
        raise ValueError(f"{without_credentials(url)} names a file of another host, {host}")
    if sys.platform != "win32":
        return Path(unquote(parts.path))
    from urllib.request import url2pathname

    return Path(url2pathname(f"//{host}{parts.path}" if host else parts.path))

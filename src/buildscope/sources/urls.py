"""URLs of targets and indexes: their parts, and their text without credentials."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

VCS_KINDS = ("git", "hg", "svn", "bzr")
HASH_NAMES = ("sha256", "sha512", "sha384", "sha224", "sha1", "md5")
_USERINFO = re.compile(r"(?<=://)[^\s/@'\"<>]+@")


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

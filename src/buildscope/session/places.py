"""Where sessions, source trees and environments live."""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import platformdirs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from buildscope.model.target import Target

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def state_directory(environ: Mapping[str, str]) -> Path:
    """Journals and records: ``BUILDSCOPE_STATE_DIR``, else the platform's state directory."""
    named = environ.get("BUILDSCOPE_STATE_DIR")
    return Path(named) if named else platformdirs.user_state_path("buildscope")


def cache_directory(environ: Mapping[str, str]) -> Path:
    """Source trees, environments, downloads: ``BUILDSCOPE_CACHE_DIR``, else the platform's.

    A path with a space breaks make, autoconf and shebangs, so then a directory of this user
    below the temporary one is taken instead.
    """
    named = environ.get("BUILDSCOPE_CACHE_DIR")
    path = Path(named) if named else platformdirs.user_cache_path("buildscope")
    if not re.search(r"\s", str(path)):
        return path
    user = os.getuid() if hasattr(os, "getuid") else "user"
    return Path(tempfile.gettempdir()) / f"buildscope-{user}"


def new_session(sessions: Path, target: Target) -> Path:
    """Create the directory of a new session; its name is the session's id."""
    slug = re.sub(r"[^A-Za-z0-9.]+", "-", _short_name(target)).strip("-.")[:40] or "session"
    make_private(sessions)
    while True:
        key = "".join(secrets.choice(_ALPHABET) for _ in range(6))
        directory = sessions / f"{key}-{slug}"
        try:
            directory.mkdir(mode=0o700)
        except FileExistsError:
            continue
        return directory


def _short_name(target: Target) -> str:
    """What to call a session; never a part of a URL that may hold credentials."""
    if target.name or target.requirement:
        return target.name or target.requirement or ""
    if target.path:
        return Path(target.path).name
    return PurePosixPath(urlsplit(target.url or "").path).name.partition("@")[0]


def make_private(directory: Path) -> Path:
    """Create a directory that only this user may enter; returns it."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    return directory

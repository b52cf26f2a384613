"""The knobs of an attempt, and the change between two attempts."""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

from buildscope.model.base import Record
from buildscope.model.names import BuildKind, Installer, Phase

ConfigSettings: TypeAlias = dict[str, str | list[str]]


class Settings(Record, frozen=True):
    """Everything that may change what a build does; one value for a whole attempt.

    ``python`` is a version or path as ``-p`` takes it (``None``: the interpreter buildscope
    runs on, or with isolation off the environment found). Constraints are requirement
    strings, files already read. ``timeout`` is in seconds and bounds one hook.
    ``edits`` maps files of the project (relative to it, ``/`` between parts) to the file that
    takes their place, absolute; a session keeps that file from then on. Without ``inspect``
    hooks run without the inspector.
    """

    python: str | None = None
    isolation: bool = True
    extra: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    env: dict[str, str] = {}
    config_settings: ConfigSettings = {}
    exclude_newer: str | None = None
    index_url: str | None = None
    extra_index_url: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    no_index: bool = False
    offline: bool = False
    installer: Installer = "uv"
    build: BuildKind = "wheel"
    skip: tuple[Phase, ...] = ()
    until: Phase | None = None
    timeout: float | None = None
    copy: bool = False
    in_place: bool = False
    edits: dict[str, str] = {}
    out: str | None = None
    inspect: bool = True


class Request(Record, frozen=True):
    """What a retry asks for beside its settings.

    ``start`` is the phase that ``from PHASE`` names. ``here`` runs on the tree and in the
    environment as the parent left them, instead of clean ones.
    """

    settings: Settings
    start: Phase | None = None
    here: bool = False


def changed(parent: Settings, child: Settings) -> dict[str, Any]:
    """The fields of ``child`` that differ from ``parent``, as plain JSON values."""
    before, after = msgspec.to_builtins(parent), msgspec.to_builtins(child)
    return {key: value for key, value in after.items() if value != before[key]}

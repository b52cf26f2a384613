"""The rows of the settings form, and the words that each row is edited with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from buildscope.model.settings import Settings, changed
from buildscope.tui.view.rows import Row, cut, row, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from buildscope.model.names import Phase
    from buildscope.model.settings import Request

_LABEL = 17
_NARROW, _BROAD = 22, 44


@dataclass(frozen=True, slots=True)
class Field:
    """One setting: ``words`` begin the line that changes it, ``help`` says how."""

    name: str
    label: str
    words: str
    help: str


FIELDS: tuple[Field, ...] = (
    Field("python", "Python", "python ", "a version or a path, or default"),
    Field("isolation", "Isolation", "isolation ", "on or off"),
    Field("extra", "Extra", "+", "+NAME adds, -NAME takes away"),
    Field("constraints", "Constraints", "", "NAME<2, NAME==1.0, -NAME"),
    Field("env", "Variables", "", "NAME=value, -NAME"),
    Field("config_settings", "Config settings", "-C ", "-C key=value, -key"),
    Field("exclude_newer", "Upload cutoff", "exclude-newer ", "a date, or none"),
    Field("timeout", "Timeout", "timeout ", "seconds for each hook, or none"),
    Field("edits", "Edited files", "edit ", "edit PATH or PATH=FILE, -PATH"),
    Field("skip", "Skipped phases", "skip ", "skip PHASE, run PHASE"),
    Field("until", "Until", "until ", "the last phase to run, or none"),
    Field("inspect", "Inspector", "inspect ", "on or off"),
    Field("installer", "Installer", "installer ", "uv or pip"),
    Field("build", "Build", "build ", "wheel or metadata"),
)
START = Field("start", "From", "from ", "a phase; source starts over")
HERE = Field("here", "Tree", "here", "here: the tree as it was left")
BY_NAME: Mapping[str, Field] = {field.name: field for field in (*FIELDS, START, HERE)}
_OPTIONS = ("index_url", "extra_index_url", "find_links", "no_index", "offline", "copy", "in_place")
"""Settings that the retry line has no words for."""


@dataclass(frozen=True, slots=True)
class Form:
    """``parent`` has what the retry is made from; ``first`` is the phase it would start at.

    ``notes`` stand beneath the row of their name.
    """

    parent: Settings
    request: Request
    first: Phase
    notes: Mapping[str, tuple[str, ...]]


def settings_rows(form: Form, width: int) -> tuple[Row, ...]:
    """A row a setting; what differs from the parent says so and tells what it was."""
    return tuple(_rows(form, width))


def as_parent(name: str, request: Request, parent: Settings) -> Request:
    """``request`` with the row ``name`` as it was before anything was changed."""
    if name in {START.name, HERE.name}:
        return msgspec.structs.replace(request, **{name: False if name == HERE.name else None})
    settings = msgspec.structs.replace(request.settings, **{name: getattr(parent, name)})
    return msgspec.structs.replace(request, settings=settings)


def _rows(form: Form, width: int) -> Iterator[Row]:
    current = form.request.settings
    differing = changed(form.parent, current)
    for field in FIELDS:
        was = shown(field.name, getattr(form.parent, field.name))
        value = shown(field.name, getattr(current, field.name))
        yield _row(field, value, was if field.name in differing else None, width)
        for note in form.notes.get(field.name, ()):
            for part in wrap(note, width - _LABEL, 2):
                yield row(" " * _LABEL, (part, "dim"))
    here = "here: as it was left, dirty" if form.request.here else "clean"
    yield _row(START, form.first, "by what changed" if form.request.start else None, width)
    yield _row(HERE, here, "clean" if form.request.here else None, width)
    for name in _OPTIONS:
        if getattr(current, name) != getattr(Settings(), name):
            label, value = name.replace("_", " ").capitalize(), shown(name, getattr(current, name))
            told = f"{label:<{_LABEL}}{value}  as at the start, not changed here"
            yield row((cut(told, width), "dim"))


def _row(field: Field, value: str, was: str | None, width: int) -> Row:
    room = max(_NARROW, min(_BROAD, width - _LABEL - 36))
    told = field.help if was is None else f"changed, was: {was}"
    return row(
        (f"{field.label:<{_LABEL}}", "dim"),
        (f"{cut(value, room):<{room}} ", "" if was is None else "strong"),
        (cut(told, max(10, width - _LABEL - room - 1)), "dim" if was is None else "warned"),
        key=field.name,
    )


def shown(name: str, value: Any) -> str:
    """A setting's value in words."""
    if value is True or value is False:
        return "on" if value else "off"
    if isinstance(value, dict):
        pairs = (key if name == "edits" else f"{key}={value[key]}" for key in value)
        return ", ".join(pairs) or "none"
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    if value is None:
        return "default" if name == "python" else "none"
    return f"{value:g} s" if isinstance(value, float) else str(value)

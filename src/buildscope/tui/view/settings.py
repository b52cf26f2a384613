"""The rows of the settings form, and the words that each row is edited with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from buildscope.model.settings import changed
from buildscope.tui.view.rows import Row, cut, row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from buildscope.model.settings import Settings

_LABEL = 18
_VALUE = 44


@dataclass(frozen=True, slots=True)
class Field:
    """One setting: ``words`` begin the line that changes it, ``help`` says how."""

    name: str
    label: str
    words: str
    help: str


FIELDS: tuple[Field, ...] = (
    Field("python", "Python", "python ", "a version or a path; `python default`"),
    Field("isolation", "Isolation", "isolation ", "on or off"),
    Field("extra", "Extra", "+", "+NAME adds a requirement, -NAME takes it away"),
    Field("constraints", "Constraints", "", "NAME<2, NAME==1.0; -NAME takes it away"),
    Field("env", "Variables", "", "NAME=value; -NAME takes it away"),
    Field("config_settings", "Config settings", "-C ", "-C key=value; -key takes it away"),
    Field("exclude_newer", "Upload cutoff", "exclude-newer ", "a date; `exclude-newer none`"),
    Field("timeout", "Timeout", "timeout ", "seconds for each hook; `timeout none`"),
    Field("edits", "Edited files", "edit ", "edit PATH=FILE; -PATH takes it away; o edits"),
    Field("skip", "Skipped phases", "skip ", "skip PHASE; run PHASE"),
    Field("until", "Until", "until ", "stop after a phase; `until none`"),
    Field("installer", "Installer", "installer ", "uv or pip"),
    Field("build", "Build", "build ", "wheel or metadata"),
)
BY_NAME: Mapping[str, Field] = {field.name: field for field in FIELDS}


def settings_rows(
    parent: Settings, current: Settings, notes: Mapping[str, tuple[str, ...]], width: int
) -> tuple[Row, ...]:
    """A row a setting; what differs from the parent says so, ``notes`` stand beneath."""
    return tuple(_rows(parent, current, notes, width))


def _rows(
    parent: Settings, current: Settings, notes: Mapping[str, tuple[str, ...]], width: int
) -> Iterator[Row]:
    differing = changed(parent, current)
    for field in FIELDS:
        value = shown(getattr(current, field.name))
        told = (field.help, "dim")
        if field.name in differing:
            told = (f"changed, was: {shown(getattr(parent, field.name))}", "warned")
        style = "strong" if field.name in differing else ""
        yield row(
            (f"{field.label:<{_LABEL}}", "dim"),
            (f"{cut(value, _VALUE):<{_VALUE}} ", style),
            (cut(told[0], max(10, width - _LABEL - _VALUE - 1)), told[1]),
            key=field.name,
        )
        for note in notes.get(field.name, ()):
            yield row(" " * _LABEL, (cut(note, width - _LABEL), "dim"))


def shown(value: Any) -> str:
    """A setting's value in words."""
    if value is True or value is False:
        return "on" if value else "off"
    if isinstance(value, dict):
        return ", ".join(f"{key}={_short(one)}" for key, one in value.items()) or "none"
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    return "default" if value is None else str(value)


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) < 40 else f"…{text[-30:]}"

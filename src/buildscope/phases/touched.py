"""The first phase that a change of settings touches (a table, as the design's section 4 has it)."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from buildscope.model.names import PHASES, Phase, phase_index
from buildscope.model.settings import Settings, changed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FIRST_TOUCHED: Mapping[str, Phase] = {
    "index_url": "source",
    "extra_index_url": "source",
    "find_links": "source",
    "no_index": "source",
    "offline": "source",
    "copy": "source",
    "in_place": "source",
    "python": "environment",
    "isolation": "environment",
    "extra": "install_static",
    "constraints": "install_static",
    "exclude_newer": "install_static",
    "installer": "install_static",
    "env": "get_requires",
    "config_settings": "get_requires",
    "inspect": "get_requires",
    "build": "prepare_metadata",
    "out": "check",
}
EDITED: Mapping[str, Phase] = {
    "pyproject.toml": "static_requires",
    "setup.py": "get_requires",
    "setup.cfg": "get_requires",
}
"""Edited files that an early phase reads, as do the in-tree backend's; others are read by the one that failed."""
"""Settings that are not listed (``skip``, ``until``, ``timeout``) have rules of their own."""


def first_touched(
    parent: Settings,
    child: Settings,
    failed: Phase | None = None,
    *,
    nested_build: bool = False,
    backend_path: Sequence[str] = (),
) -> Phase:
    """The first phase that ``child`` makes different from ``parent``.

    ``failed`` is the phase at which the parent ended without passing it: that one always
    runs again, and a change of ``timeout`` touches it alone. ``nested_build`` says that
    a build dependency was itself built from source, which sees variables and settings too;
    ``backend_path`` is where an in-tree backend stands, relative to the project.
    """
    end: Phase = failed or PHASES[-1]
    touched = (
        _touched_by(name, parent, child, nested_build=nested_build) or end
        for name in changed(parent, child)
        if name != "edits"
    )
    by_edits = (_touched_by_edit(path, backend_path) or end for path in edited(parent, child))
    return min([end, *touched, *by_edits], key=phase_index)


def edited(parent: Settings, child: Settings) -> Iterator[str]:
    """Files whose text differs between the two."""
    for path in parent.edits.keys() | child.edits.keys():
        if parent.edits.get(path) != child.edits.get(path):
            yield path


def _touched_by_edit(path: str, backend_path: Sequence[str]) -> Phase | None:
    file = PurePosixPath(path)
    if file.suffix == ".py" and any(map(file.is_relative_to, backend_path)):
        return "get_requires"
    return EDITED.get(path)


def _touched_by(
    name: str, parent: Settings, child: Settings, *, nested_build: bool
) -> Phase | None:
    if name == "skip":
        differing = set(parent.skip) ^ set(child.skip)
        return min(differing, key=phase_index)
    if nested_build and name in {"env", "config_settings"}:
        return "install_static"
    return FIRST_TOUCHED.get(name)

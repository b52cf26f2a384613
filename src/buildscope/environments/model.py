"""The record of an environment that hooks run in."""

from __future__ import annotations

from buildscope.model.base import Record
from buildscope.model.run import Interpreter


class BuildEnvironment(Record, frozen=True):
    """An environment to build in.

    ``path`` is its prefix, ``python`` its interpreter, ``scripts`` where its programs are;
    ``site_packages`` are absolute, in the order of ``sys.path``. With isolation off it is the
    user's own, ``interpreter`` is that same Python, and ``layer`` is the directory of extras
    in front of it, if any. ``markers`` are the values of PEP 508 for its interpreter;
    empty where that is the one buildscope runs on.
    """

    path: str
    python: str
    scripts: str
    site_packages: tuple[str, ...]
    interpreter: Interpreter
    isolated: bool = True
    layer: str | None = None
    markers: dict[str, str] = {}

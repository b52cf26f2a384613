"""Python modules that an sdist forgot, and that a few lines can stand in for."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from buildscope.diagnosis.rebuilt import Rebuilt

if TYPE_CHECKING:
    from pathlib import Path

_VERSION = re.compile(r"_*(?:version|about|version_info|release)_*", re.IGNORECASE)
_BOOTSTRAP: Final = '''"""setuptools is here already."""


def use_setuptools(*args, **kwargs):
    pass
'''
_VERSIONEER: Final = '''"""The version is a fixed one: this is a release, not a checkout."""

_VERSION = {version!r}


def get_version():
    return _VERSION


def get_versions():
    return {{
        "version": _VERSION,
        "full-revisionid": None,
        "full": "",
        "dirty": False,
        "error": None,
        "date": None,
    }}


def get_cmdclass(cmdclass=None):
    return dict(cmdclass or {{}})
'''
_OF_A_VERSION: Final = """\
__version__ = {version!r}
version = {version!r}
VERSION = {version!r}
"""


def rebuild_module(path: str, project: Path, version: str) -> Rebuilt | None:
    """A stand-in for a module whose whole content is known by its name.

    ``ez_setup`` (the old bootstrap of setuptools), ``versioneer``, a module of the version, and
    the ``__init__.py`` of a folder that has modules. ``None`` for all others.
    """
    pure = PurePosixPath(path)
    if pure.suffix != ".py":
        return None
    if pure.stem in {"ez_setup", "distribute_setup"}:
        return Rebuilt(text=_BOOTSTRAP, origin="", what="its bootstrap of setuptools", lost=False)
    if pure.stem == "__init__":
        return _package(pure, project)
    return _of_a_version(pure, project, version) if version else None


def _of_a_version(path: PurePosixPath, project: Path, version: str) -> Rebuilt | None:
    if path.stem == "versioneer":
        text = _VERSIONEER.format(version=version)
        return Rebuilt(text=text, origin="", what="versioneer", lost=False)
    if _VERSION.fullmatch(path.stem) and (project / path.parent).is_dir():
        text = _OF_A_VERSION.format(version=version).replace("'", '"')
        return Rebuilt(text=text, origin="", what=f"all of {path} but the version")
    return None


def _package(path: PurePosixPath, project: Path) -> Rebuilt | None:
    folder = project / path.parent
    if not any(folder.glob("*.py")):
        return None
    return Rebuilt(text="", origin="", what=f"what {path} did")

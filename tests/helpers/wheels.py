"""Writes tiny distributions into a folder that installers take as ``--find-links``."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

IN_TREE_BACKEND = """
import importlib.metadata, os, sys
sys.path.insert(0, os.path.join(os.path.dirname(__file__)))
from wheel_of import wheel_of

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    built_with = importlib.metadata.version({needs!r})
    return wheel_of(wheel_directory, {name!r}, {version!r}, built_with)
"""
WHEEL_OF = """
import os, zipfile

def wheel_of(folder, name, version, built_with):
    info = "{}-{}.dist-info/".format(name, version)
    filename = "{}-{}-py3-none-any.whl".format(name, version)
    with zipfile.ZipFile(os.path.join(folder, filename), "w") as wheel:
        wheel.writestr(name + ".py", "BUILT_WITH = {!r}\\n".format(built_with))
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: {}\\nVersion: {}\\n".format(name, version))
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "RECORD", "")
    return filename
"""


def write_wheel(
    folder: Path,
    name: str,
    version: str = "1.0",
    *,
    modules: Mapping[str, str] | None = None,
    requires: Sequence[str] = (),
    extras: Sequence[str] = (),
    scripts: Mapping[str, str] | None = None,
) -> Path:
    """A pure wheel; ``modules`` maps paths to sources, ``scripts`` names to entry points."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = name.replace("-", "_")
    info = f"{stem}-{version}.dist-info"
    files = dict(modules if modules is not None else {f"{stem}.py": f"VERSION = {version!r}\n"})
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Provides-Extra: {extra}" for extra in extras]
    lines += [f"Requires-Dist: {requirement}" for requirement in requires]
    files[f"{info}/METADATA"] = "\n".join(lines) + "\n"
    files[f"{info}/WHEEL"] = (
        "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    if scripts:
        entries = "".join(f"{script} = {target}\n" for script, target in scripts.items())
        files[f"{info}/entry_points.txt"] = f"[console_scripts]\n{entries}"
    record = "".join(
        f"{path},sha256={_digest(text)},{len(text.encode())}\n" for path, text in files.items()
    )
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n"
    path = folder / f"{stem}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for member, text in files.items():
            wheel.writestr(member, text)
    return path


def write_sdist(folder: Path, name: str, version: str = "1.0", *, needs: str) -> Path:
    """An sdist that needs ``needs`` to be built; its module tells with which version it was."""
    folder.mkdir(parents=True, exist_ok=True)
    root = f"{name}-{version}"
    files = {
        "pyproject.toml": (
            f'[build-system]\nrequires = ["{needs}"]\n'
            'build-backend = "backend"\nbackend-path = ["."]\n'
            f'[project]\nname = "{name}"\nversion = "{version}"\n'
        ),
        "backend.py": IN_TREE_BACKEND.format(needs=needs, name=name, version=version),
        "wheel_of.py": WHEEL_OF,
        "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
    }
    path = folder / f"{root}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for member, text in files.items():
            data = text.encode()
            entry = tarfile.TarInfo(f"{root}/{member}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

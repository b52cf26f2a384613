"""Writes wheels by hand, right ones and wrong ones."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

METADATA = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: by-hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def record_hash(content: bytes, algorithm: str = "sha256") -> str:
    """A hash as ``RECORD`` writes it."""
    digest = hashlib.new(algorithm, content).digest()
    return f"{algorithm}={base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def write_wheel(
    directory: Path,
    *,
    filename: str = "demo-1.0-py3-none-any.whl",
    dist_info: str = "demo-1.0.dist-info",
    metadata: str | None = METADATA,
    wheel: str | None = WHEEL,
    files: Mapping[str, bytes] | None = None,
    unlisted: Mapping[str, bytes] | None = None,
    record: Mapping[str, str] | None = None,
    without_record: bool = False,
    compression: int = zipfile.ZIP_DEFLATED,
) -> Path:
    """Write a wheel; ``record`` replaces (or adds) lines of RECORD by path, "" drops one."""
    contents = dict({"demo/__init__.py": b"x = 1\n"} if files is None else files)
    if metadata is not None:
        contents[f"{dist_info}/METADATA"] = metadata.encode()
    if wheel is not None:
        contents[f"{dist_info}/WHEEL"] = wheel.encode()
    lines = {name: f"{name},{record_hash(raw)},{len(raw)}" for name, raw in contents.items()}
    lines[f"{dist_info}/RECORD"] = f"{dist_info}/RECORD,,"
    lines |= record or {}
    path = directory / filename
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, raw in {**contents, **(unlisted or {})}.items():
            archive.writestr(name, raw)
        if not without_record:
            text = "".join(f"{line}\n" for line in lines.values() if line)
            archive.writestr(f"{dist_info}/RECORD", text)
    return path

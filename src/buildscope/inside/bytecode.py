"""Caches the bytecode of the build environment as checked-hash pycs (PEP 552).

Such a file stays valid when it is copied to another environment, unlike one with a timestamp,
and stops being valid when someone edits the source, unlike an unchecked one. It is written
whatever ``PYTHONDONTWRITEBYTECODE`` says: the environment is ours. Everything outside it,
the project's tree above all, keeps the interpreter's own behaviour.
"""

from __future__ import annotations

import _imp
import marshal
import os
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import MAGIC_NUMBER, cache_from_source

TYPE_CHECKING = False  # importing `typing` costs 5 ms
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any, Sequence

_CHECKED_HASH = (0b11).to_bytes(4, "little")


def cache_below(directories: Sequence[str]) -> None:
    """From now on write checked-hash pycs for modules loaded from below ``directories``."""
    if sys.pycache_prefix is not None:  # they would not go into the environment
        return
    prefixes = tuple(os.path.join(os.path.abspath(path), "") for path in directories)
    compile_source = SourceFileLoader.source_to_code
    cache_bytecode = SourceFileLoader._cache_bytecode  # type: ignore[attr-defined]  # noqa: SLF001

    def source_to_code(
        self: SourceFileLoader, data: Any, path: Any, *rest: Any, **options: Any
    ) -> CodeType:
        code: CodeType = compile_source(self, data, path, *rest, **options)
        if type(self) is SourceFileLoader and _is_below(path, prefixes):
            _write(self, data, path, code)
        return code

    def _cache_bytecode(
        self: SourceFileLoader, source_path: str, bytecode_path: str, data: bytes
    ) -> None:
        if type(self) is not SourceFileLoader or not _is_below(source_path, prefixes):
            cache_bytecode(self, source_path, bytecode_path, data)

    SourceFileLoader.source_to_code = source_to_code  # type: ignore[method-assign,assignment]
    SourceFileLoader._cache_bytecode = _cache_bytecode  # type: ignore[attr-defined]  # noqa: SLF001


def _is_below(path: Any, prefixes: Sequence[str]) -> bool:
    return isinstance(path, str) and path.startswith(tuple(prefixes))


def _write(loader: SourceFileLoader, data: Any, path: str, code: CodeType) -> None:
    """Write it atomically (``set_data`` does, and ignores read-only directories)."""
    if not isinstance(data, bytes):
        return
    key = int.from_bytes(MAGIC_NUMBER, "little")
    digest = _imp.source_hash(key, data)
    header = MAGIC_NUMBER + _CHECKED_HASH + digest
    try:
        loader.set_data(cache_from_source(path), header + marshal.dumps(code))
    except (NotImplementedError, OSError, ValueError):  # an import never fails for want of a cache
        return

"""Lines of source files, from wherever code may say that it comes."""

from __future__ import annotations

import linecache
import os
import stat
from typing import TYPE_CHECKING, Any, Dict, List
from zipimport import zipimporter

from . import kinds

if TYPE_CHECKING:
    from typing import Mapping, Optional

_LARGEST = 20_000_000


def check() -> None:
    """Forget the lines of files that have changed."""
    linecache.checkcache()


def scope_of(mapping: Mapping[str, Any]) -> Dict[str, Any]:
    """What names the source, of the globals or locals of a frame."""
    return kinds.scope_of(mapping, "__file__", "__name__", "__loader__")


def lines_of(path: str, scope: Dict[str, Any]) -> List[str]:
    """Lines of a file; none where it cannot be read.

    A loader is only asked where it is Python's own for archives: another one is the hook's code.
    """
    regular = _is_regular(path)
    if regular is False:
        return []
    asked = scope if type(scope.get("__loader__")) is zipimporter else None
    try:
        found = linecache.getlines(path, asked)
    except (SyntaxError, UnicodeError, ValueError):  # before Python 3.10: its encoding
        found = []
    return found if found or not regular else _undecodable_lines(path)


def _is_regular(path: str) -> Optional[bool]:
    """False for what has no end (a device, a pipe) or is huge, None for what is no file."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None  # in an archive, or made by code that told `linecache`
    return stat.S_ISREG(found.st_mode) and found.st_size <= _LARGEST


def _undecodable_lines(path: str) -> List[str]:
    """Lines of a file that is not in the encoding that it says; that may be why it failed."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.readlines()
    except OSError:
        return []

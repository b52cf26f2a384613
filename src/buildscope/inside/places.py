"""Which file code that calls itself ``<string>`` is from."""

from __future__ import annotations
import __future__

import os
import tokenize
import warnings
from itertools import islice
from typing import TYPE_CHECKING, Any, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple

from .owners import Owners

if TYPE_CHECKING:
    from types import CodeType

_MOST_CANDIDATES = 200
_LARGEST_SOURCE = 1_000_000
# What code that is run by `exec` inherits from the caller. The two obsolete ones are left out:
# their bits mean something else in a code object.
_FUTURE = 0
for _name in set(__future__.all_feature_names) - {"nested_scopes", "generators"}:
    _FUTURE |= getattr(__future__, _name).compiler_flag


class Places(Owners):
    """Knows besides which files were opened, the newest last."""

    def __init__(
        self,
        project: str,
        environment: Sequence[str],
        own: Sequence[Optional[str]],
        opened: Iterable[str],
    ) -> None:
        super().__init__(project, environment, own)
        self._opened = opened
        self._texts: Dict[str, Optional[str]] = {}
        self._compiled: Dict[Tuple[str, int], List[CodeType]] = {}

    def file_of(self, code: CodeType, scope: Dict[str, Any]) -> str:
        """Find the file that ``code`` is from, also when it was run as ``<string>``.

        Backends read a file and ``exec`` its text. Such code is taken to be from a file only if
        the text of the file compiles to this very code, lines included.
        """
        if code.co_filename != "<string>":
            return code.co_filename
        for path in self._candidates([scope]):
            if any(_same(code, other) for other in self._codes(path, code.co_flags & _FUTURE)):
                return path
        return code.co_filename

    def file_of_syntax_error(self, error: SyntaxError, scopes: Sequence[Dict[str, Any]]) -> str:
        """Find the file whose text gives the same error, when it was compiled as ``<string>``."""
        filename = str(error.filename)
        if filename == "<string>":
            for path in self._candidates(scopes):
                if any(_gives(text, error) for text in self._variants(path)):
                    return path
        return filename

    def _candidates(self, scopes: Sequence[Dict[str, Any]]) -> Iterator[str]:
        """Files that the scopes say they are from, then what was opened in the project."""
        named = (scope.get("__file__") for scope in scopes)
        yield from dict.fromkeys(os.path.abspath(path) for path in named if type(path) is str)
        opened = reversed(list(self._opened))
        ours = (path for path in opened if self.owner(path) == "project")
        yield from islice(ours, _MOST_CANDIDATES)

    def _codes(self, path: str, future: int) -> List[CodeType]:
        key = (path, future)
        if key not in self._compiled:
            codes = [_compiled(text, future) for text in self._variants(path)]
            found = [it for it in codes if not isinstance(it, BaseException)]
            self._compiled[key] = [nested for code in found for nested in _with_nested(code)]
        return self._compiled[key]

    def _variants(self, path: str) -> List[str]:
        """Text of a file, and what setuptools makes of it before it runs ``setup.py``."""
        if path not in self._texts:
            self._texts[path] = _read(path)
        text = self._texts[path]
        return [] if text is None else list(dict.fromkeys([text.replace(r"\r\n", r"\n"), text]))


def _compiled(text: str, future: int) -> Any:
    """Code of ``text`` as ``<string>``, or the exception that there is instead."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return compile(text, "<string>", "exec", future, dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            return error


def _read(path: str) -> Optional[str]:
    try:
        if not os.path.isfile(path) or os.path.getsize(path) > _LARGEST_SOURCE:
            return None
        with tokenize.open(path) as file:
            return file.read()
    except (OSError, SyntaxError, UnicodeError):
        return None


def _with_nested(code: CodeType) -> List[CodeType]:
    found = [code]
    for constant in code.co_consts:
        if isinstance(constant, type(code)):
            found += _with_nested(constant)
    return found


def _same(code: CodeType, other: CodeType) -> bool:
    return code == other and _lines(code) == _lines(other)


def _lines(code: CodeType) -> Any:
    return list(code.co_lines()) if hasattr(code, "co_lines") else code.co_lnotab


def _gives(text: str, error: SyntaxError) -> bool:
    """Whether compiling ``text`` ends in the same error; the line is compared first."""
    lines = text.splitlines()
    line = error.lineno or 0
    if error.text is not None and not 0 < line <= len(lines) + 1:
        return False
    if error.text and line <= len(lines) and lines[line - 1].strip() != error.text.strip():
        return False
    other = _compiled(text, 0)
    return isinstance(other, SyntaxError) and (other.msg, other.lineno, other.offset) == (
        error.msg,
        error.lineno,
        error.offset,
    )

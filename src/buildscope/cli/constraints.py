"""The values of ``-c``: requirements, and files in the format of pip's constraints files.

The format is pip's "Requirements File Format" as far as it names versions. Hashes are
dropped, with a note: a constraint bounds what is chosen, it does not verify what is
downloaded. Options that say where packages come from belong on buildscope's own command line.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement

from buildscope.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_COMMENT = re.compile(r"(?:^|\s+)#.*$")
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")
_HASH = re.compile(r"\s--hash(?:=|\s+)\S+")
_NESTED = re.compile(r"(?:-[cr]|--(?:constraint|requirement))(?:\s*=\s*|\s+)?(\S.*)")
_EDITABLE = re.compile(r"(?:-e|--editable)\b")
# `gone.txt` is a valid name of a project, but nobody means it
_PATH = re.compile(r"[^\s@]*[/\\][^\s@]*|\S+\.(?:txt|in|cfg|lock)", re.IGNORECASE)
_REMOTE = re.compile(r"https?://", re.IGNORECASE)


def read_constraints(
    values: Sequence[str],
    cwd: Path,
    *,
    environ: Mapping[str, str] | None = None,
    note: Callable[[str], None] | None = None,
) -> tuple[str, ...]:
    """The requirement strings that ``values`` stand for, in order, each once.

    A value that names a file (relative to ``cwd``) is read, with what it includes by ``-c``
    or ``-r`` (relative to the file); any other has to be a requirement. ``${NAME}`` in a
    file is taken from ``environ`` (default: the process's). ``note`` is told in a sentence
    when hashes were dropped. Raises ``UsageError`` that names the value, or file and line.
    """
    reader = _Reader(os.environ if environ is None else environ)
    found: list[str] = []
    for value in values:
        path = cwd / Path(value).expanduser()
        if _is_file(path):
            found += reader.read(path)
        else:
            found.append(_given(value))
    if note is not None:
        for sentence in reader.notes:
            note(sentence)
    return tuple(dict.fromkeys(found))


class _Reader:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.notes: list[str] = []
        self._open: list[Path] = []

    def read(self, path: Path) -> Iterator[str]:
        """The requirements of one file and of those it includes."""
        resolved = path.resolve()
        if resolved in self._open:
            return
        self._open.append(resolved)
        for number, line in _logical_lines(_text(path)):
            text = _VARIABLE.sub(lambda found: self.environ.get(found[1]) or found[0], line)
            yield from self._line(path, number, text)
        self._open.pop()

    def _line(self, path: Path, number: int, text: str) -> Iterator[str]:
        place = f"{path} line {number}"
        nested = _NESTED.fullmatch(text)
        if nested is not None:
            yield from self._include(path, nested[1].strip("'\""), place)
        elif _EDITABLE.match(text):
            message = f"{place}: an editable requirement cannot be a constraint"
            raise UsageError(message, hint="write name==version, or name @ URL")
        elif text.startswith("-"):
            option = text.split(maxsplit=1)[0].partition("=")[0]
            message = f"{place}: the option {option} is not read from constraints files"
            raise UsageError(message, hint="give it to buildscope itself, or remove the line")
        else:
            yield _checked(self._without_hashes(path, text), place)

    def _include(self, path: Path, named: str, place: str) -> Iterator[str]:
        if _REMOTE.match(named):
            raise UsageError(f"{place}: {named} is not local", hint="download it first")
        included = path.parent / Path(named).expanduser()
        if not _is_file(included):
            raise UsageError(f"{place}: there is no file {included}")
        yield from self.read(included)

    def _without_hashes(self, path: Path, text: str) -> str:
        bare = _HASH.sub("", f" {text}").strip()
        if bare != text.strip():
            sentence = f"{path} has hashes, which are not checked here: only versions are bound"
            if sentence not in self.notes:
                self.notes.append(sentence)
        return bare


def _given(value: str) -> str:
    if _REMOTE.match(value):
        message = f"-c {value}: constraints are read from local files only"
        raise UsageError(message, hint="download it first")
    if _PATH.fullmatch(value):
        raise UsageError(f"-c {value}: there is no such file")
    return _checked(value.strip(), f"-c {value!r}")


def _checked(text: str, place: str) -> str:
    """``text`` if it is a requirement that can constrain, as pip and uv take it."""
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        why = str(error).partition("\n")[0]
        message = f"{place}: {text!r} is neither a file nor a requirement: {why}"
        raise UsageError(message, hint="write 'name<2' or the name of a file") from error
    if requirement.extras:
        bare = f"{requirement.name}{requirement.specifier}"
        message = f"{place}: a constraint cannot have extras ({text})"
        raise UsageError(message, hint=f"write {bare}")
    return text


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Join lines that a backslash continues, drop comments; numbers count from 1."""
    joined: list[str] = []
    first = 1
    for number, line in enumerate(text.splitlines(), 1):
        comment = _COMMENT.match(line)
        first = first if joined else number
        if line.endswith("\\") and not comment:
            joined.append(line[:-1])
            continue
        joined.append(f" {line}" if comment else line)
        bare = _COMMENT.sub("", "".join(joined)).strip()
        joined = []
        if bare:
            yield first, bare
    bare = _COMMENT.sub("", "".join(joined)).strip()
    if bare:
        yield first, bare


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise UsageError(f"{path} line {line}: not UTF-8", hint="save it as UTF-8") from error


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False

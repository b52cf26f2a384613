"""Reads ``pyproject.toml``: from bytes to a parsed document, every error with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import tomli

from buildscope.errors import PhaseError
from buildscope.phases.toml_position import Position, at_offset

if TYPE_CHECKING:
    from pathlib import Path

PYPROJECT = "pyproject.toml"

_EXPECTED = {
    "Invalid value": "a value: a string in quotes, a number, true or false, [an array] or {a table}",
    "Invalid statement": "a key with its value, a [table] or a comment",
    "Invalid initial character for a key part": "a key: letters, digits, - and _, or a string",
    "Unterminated string": "a closing quote",
    "Unclosed array": "`]`, which closes the array, or a comma between its elements",
    "Unclosed inline table": "`}`, which closes the table, or a comma between its pairs",
    "Cannot overwrite a value": "every key only once",
    "Duplicate inline table key": "every key only once",
    "Cannot declare": "every table only once",
}
_NAMES = {
    bool: "a boolean",
    int: "an integer",
    float: "a float",
    str: "a string",
    list: "an array",
    dict: "a table",
}


class Document(NamedTuple):
    """A parsed ``pyproject.toml`` with its text, in which errors are located."""

    text: str
    data: dict[str, Any]


def read_document(project: Path) -> Document | None:
    """``pyproject.toml`` of the directory ``project``; ``None`` when it has none.

    Raises ``PhaseError`` (``invalid-pyproject``) when it cannot be read, is not UTF-8, begins
    with a byte order mark (which pip and build refuse, uv does not) or is not TOML.
    """
    path = project / PYPROJECT
    if not path.is_file():
        return None
    try:
        text = _decoded(path.read_bytes())
    except OSError as error:
        raise refusal(f"it cannot be read: {error.strerror or error}", None) from error
    try:
        return Document(text, tomli.loads(text))
    except tomli.TOMLDecodeError as error:
        at = Position(error.lineno, error.colno)
        raise refusal(f"this is not TOML: {_sentence(error.msg)}", at) from error


def refusal(message: str, at: Position | None, hint: str | None = None) -> PhaseError:
    """The error for a place in ``pyproject.toml``; its message begins with the place."""
    where = f"{PYPROJECT} line {at.line}, column {at.column}" if at else PYPROJECT
    return PhaseError(
        f"{where}: {message}",
        cause="invalid-pyproject",
        hint=hint,
        file=PYPROJECT,
        line=at.line if at else None,
        column=at.column if at else None,
    )


def described(value: object) -> str:
    """A TOML value in words and, when it is short, as it is: ``the string 'numpy'``."""
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        return "an array of tables"
    kind = _NAMES.get(type(value), f"a {type(value).__name__}")
    text = repr(value)
    if isinstance(value, dict) or len(text) > 60:
        return kind
    return f"{kind}, {text}"


def _decoded(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise refusal("it is UTF-16; TOML is UTF-8", Position(1, 1), "save it as UTF-8")
    if raw.startswith(b"\xef\xbb\xbf"):
        message = "it begins with a byte order mark, which pip and build refuse"
        raise refusal(message, Position(1, 1), "save it as UTF-8 without a byte order mark")
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode()
        at = at_offset(before, len(before))
        message = f"byte 0x{raw[error.start]:02x} is not UTF-8, which TOML has to be"
        raise refusal(message, at, "save it as UTF-8") from error


def _sentence(message: str) -> str:
    for beginning, expected in _EXPECTED.items():
        if message.startswith(beginning):
            return f"{_lowered(message)}; expected {expected}"
    return _lowered(message)


def _lowered(message: str) -> str:
    return message[:1].lower() + message[1:]

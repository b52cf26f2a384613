"""Removes secrets before anything is written (values of secret-looking variables, URL credentials).

One ``Redactor`` belongs to a session. Text and records go through ``text`` and ``record``;
output of a process goes through a ``stream``, which also finds what is split over chunks.
"""

from __future__ import annotations

import json
import re
import threading
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MASK = "[redacted]"
_MIN_LENGTH = 8
_MIN_BEGINNING = 4
_ELLIPSIS = "…".encode()
_SECRET_NAME = re.compile(
    r"TOKEN|SECRET|PASSW(OR)?D|PASSPHRASE|CREDENTIAL|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|"
    r"AUTH(?!OR)|SESSION_?KEY|SIGNING_?KEY",
    re.IGNORECASE,
)
_URL_CREDENTIALS = re.compile(rb"(?<=://)[^\s/@'\"<>\\]{1,512}@")
_URL_OPEN = re.compile(rb":(?:/(?:/[^\s/@'\"<>\\]{0,512})?)?\Z")
_URL_REACH = 560
_URL_VALUE = re.compile(r"://([^\s/@]+)@")

T = TypeVar("T")


class Redactor:
    """Knows the secret values of a session; safe to use from several threads."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self._lock = threading.Lock()
        self._values: set[bytes] = set()
        self._pattern: re.Pattern[bytes] | None = None
        self._prefixes: frozenset[bytes] = frozenset()
        self._beginnings: frozenset[bytes] = frozenset()
        if environ is not None:
            self.learn_environ(environ)

    def learn_environ(self, environ: Mapping[str, str]) -> None:
        """Learn the values of secret-looking variables and of credentials in URLs."""
        self.learn(value for name, value in environ.items() if _SECRET_NAME.search(name))
        for value in environ.values():
            for found in _URL_VALUE.finditer(value):
                _, _, password = found[1].partition(":")
                self.learn([password])

    def learn(self, values: Iterable[str]) -> None:
        """Learn literal values, as Python quotes them too; shorter than 8 bytes is left alone."""
        raws = (raw for value in values for raw in _written(value))
        new = {raw for raw in raws if len(raw) >= _MIN_LENGTH}
        with self._lock:
            if new <= self._values:
                return
            self._values |= new
            longest_first = sorted(self._values, key=len, reverse=True)
            self._pattern = re.compile(b"|".join(re.escape(value) for value in longest_first))
            self._beginnings = frozenset(value[:_MIN_BEGINNING] for value in self._values)
            self._prefixes = frozenset(
                value[:size] for value in self._values for size in range(1, len(value))
            )

    def data(self, raw: bytes) -> bytes:
        """``raw`` without secrets; the whole of a text, not a part of a stream."""
        if self._pattern is not None:
            raw = self._pattern.sub(MASK.encode(), raw)
        if b"@" in raw and b"://" in raw:
            raw = _URL_CREDENTIALS.sub(MASK.encode() + b"@", raw)
        return raw

    def text(self, value: str) -> str:
        """``value`` without secrets, nor the beginning of one where an ellipsis says it was cut."""
        if self._pattern is None and "@" not in value:
            return value
        raw = self.data(value.encode(errors="surrogateescape"))
        if _ELLIPSIS in raw and self._pattern is not None:
            *cut, last = raw.split(_ELLIPSIS)
            raw = _ELLIPSIS.join([*map(self._without_beginning, cut), last])
        return raw.decode(errors="surrogateescape")

    def record(self, value: T) -> T:
        """The same record with every string in it, keys included, redacted."""
        cleaned = self.plain(msgspec.to_builtins(value))
        return msgspec.convert(cleaned, type(value))

    def plain(self, value: Any) -> Any:
        """JSON-like ``value`` with every string in it redacted."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(key): self.plain(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.plain(item) for item in value]
        return value

    def stream(self) -> StreamRedactor:
        """A redactor for one stream of bytes that arrives in chunks."""
        return StreamRedactor(self)

    def held_back(self, raw: bytes) -> int:
        """How many bytes at the end of ``raw`` may be the beginning of a secret."""
        held = max(self._open_value(raw), _open_url(raw))
        cut = len(raw) - held
        for found in () if self._pattern is None else self._pattern.finditer(raw):
            if found.start() < cut < found.end():
                return self.held_back(raw[found.end() :])
        return held

    def _without_beginning(self, raw: bytes) -> bytes:
        quote = raw[-1:] if raw.endswith((b"'", b'"')) else b""
        shown = raw.removesuffix(quote) if quote else raw
        if not any(beginning in shown for beginning in self._beginnings):
            return raw
        held = self._open_value(shown)
        return shown[:-held] + MASK.encode() + quote if held >= _MIN_BEGINNING else raw

    def _open_value(self, raw: bytes) -> int:
        longest = max(map(len, self._prefixes), default=0)
        for size in range(min(longest, len(raw)), 0, -1):
            if raw[-size:] in self._prefixes:
                return size
        return 0


def _written(value: str) -> tuple[bytes, ...]:
    """A value as it is, and as it stands in the ``repr`` of a text, of bytes, or in JSON."""
    raw = value.encode()
    quoted = (repr(value)[1:-1], repr(raw)[2:-1], json.dumps(value)[1:-1])
    return (raw, *(text.encode() for text in quoted))


def _open_url(raw: bytes) -> int:
    if b"://" not in raw[-_URL_REACH:] and raw[-1:] not in (b":", b"/"):
        return 0
    found = _URL_OPEN.search(raw, max(0, len(raw) - _URL_REACH))
    return 0 if found is None else len(raw) - found.start()


class StreamRedactor:
    """Redacts a stream chunk by chunk, holding back only what may begin a secret."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._tail = b""

    def feed(self, chunk: bytes) -> bytes:
        """What of the stream so far may be written."""
        raw = self._tail + chunk if self._tail else chunk
        held = self._redactor.held_back(raw)
        self._tail = raw[len(raw) - held :]
        return self._redactor.data(raw[: len(raw) - held])

    def finish(self) -> bytes:
        """The rest, at the end of the stream."""
        rest, self._tail = self._tail, b""
        return self._redactor.data(rest)

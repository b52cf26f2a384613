"""Values of settings that the record does not hold, kept for as long as the session is open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from buildscope.errors import UsageError
from buildscope.journal.redact import MASK
from buildscope.model.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from buildscope.journal.redact import Redactor

_OPTIONS = {"env": "-e", "config_settings": "-C", "constraints": "-c", "extra": "-x"}


class Secrets:
    """A retry starts from recorded settings, in which ``[redacted]`` stands for what is secret."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._values: dict[tuple[str, str], Any] = {}

    def learn(self, settings: Settings) -> None:
        """Keep what the record of ``settings`` will not hold."""
        self._redactor.learn_environ(settings.env)
        for field, key, value in _values(settings):
            masked = self._redactor.plain(value)
            if masked != value:
                self._values[field, key or masked] = value

    def known(self, settings: Settings) -> Settings:
        """``settings`` with each value put back that is known."""
        return _mapped(settings, lambda field, key, value: self._values.get((field, key), value))

    def complete(self, settings: Settings) -> Settings:
        """``settings`` with all values put back.

        Raises ``UsageError`` where one is not known: it was given to another process.
        """
        whole = self.known(settings)
        for field, key, value in _values(whole):
            if _is_masked(value):
                option = _OPTIONS.get(field, f"--{field.replace('_', '-')}")
                given = f"{option} {key}=…" if key else f"{option} …"
                raise UsageError(
                    f"the value of {key or field} was taken out of the record, as a secret",
                    hint=f"give it again: {given}",
                )
        return whole


def _values(settings: Settings) -> Iterator[tuple[str, str, Any]]:
    """Field, key within it (empty where it is no mapping) and value."""
    for field, value in msgspec.to_builtins(settings).items():
        if isinstance(value, dict):
            yield from ((field, key, one) for key, one in value.items())
        elif isinstance(value, (list, tuple)):
            yield from ((field, "", one) for one in value)
        elif isinstance(value, str):
            yield field, "", value


def _mapped(settings: Settings, put_back: Callable[[str, str, Any], Any]) -> Settings:
    def one(field: str, key: str, value: Any) -> Any:
        return put_back(field, key or value, value) if _is_masked(value) else value

    fields: dict[str, Any] = {}
    for field, value in msgspec.to_builtins(settings).items():
        if isinstance(value, dict):
            fields[field] = {key: one(field, key, item) for key, item in value.items()}
        elif isinstance(value, (list, tuple)):
            fields[field] = [one(field, "", item) for item in value]
        else:
            fields[field] = one(field, "", value)
    return msgspec.convert(fields, Settings)


def _is_masked(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_is_masked, value))
    return isinstance(value, str) and MASK in value

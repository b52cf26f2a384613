"""What ``setup.cfg`` says to whoever only reads it."""

from __future__ import annotations

import configparser
import re

from buildscope.phases.stated import Stated

SETUP_CFG = "setup.cfg"
_COMPUTED = ("attr:", "file:")


class SetupCfg:
    """The options of a ``setup.cfg``; one that cannot be parsed says nothing.

    As setuptools does, ``python-requires`` is read as ``python_requires``.
    """

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()
        parser = configparser.RawConfigParser(strict=False)
        try:
            parser.read_string(text)
        except configparser.Error:
            parser = configparser.RawConfigParser()
        self._options = {
            (section, key.replace("-", "_")): value
            for section in parser.sections()
            for key, value in parser.items(section)
        }

    def gives(self, section: str, key: str) -> bool:
        """Whether the option is there, as a value or as something to compute."""
        return bool(self._options.get((section, key)))

    def stated(self, section: str, key: str) -> Stated | None:
        """The option's value; ``None`` when it is not there or is to be computed."""
        value = self._options.get((section, key))
        if not value or value.startswith(_COMPUTED) or "\n" in value:
            return None
        return Stated(value=value, file=SETUP_CFG, line=self._line(key))

    def listed(self, section: str, key: str) -> tuple[Stated, ...]:
        """The elements of an option that is a list, one a line or separated by ``;``."""
        value = self._options.get((section, key)) or ""
        if value.startswith(_COMPUTED):
            return ()
        items = value.splitlines() if "\n" in value else value.split(";")
        return tuple(
            Stated(value=item.strip(), file=SETUP_CFG, line=self._line(key))
            for item in items
            if item.strip() and not item.strip().startswith("#")
        )

    def _line(self, key: str) -> int | None:
        pattern = re.compile(rf"\s*{key.replace('_', '[-_]')}\s*[=:]", re.IGNORECASE)
        matching = (at for at, line in enumerate(self._lines, 1) if pattern.match(line))
        return next(matching, None)

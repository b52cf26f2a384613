"""A build inside a build: a requirement without a wheel, as its installer tells of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from packaging.utils import canonicalize_name

from buildscope.diagnosis.tables import distributions

if TYPE_CHECKING:
    from buildscope.diagnosis.output import Line, Output

_BUILD_FAILED = re.compile(
    r"Failed to (?:download and )?build [`'\"]?(?P<uv>[\w.\[\]-]+)(?:[=@ ]+(?P<version>[\w.+!-]+))?[`'\"]?|"
    r"Failed (?:building|to build) (?:wheel for )?['\"]?(?P<pip>[\w.-]+)|"
    r"ERROR: Failed to build installable wheels for some pyproject\.toml based projects \((?P<pip3>[\w.-]+)"
)
_NOTHING = frozenset({"the", "some", "wheels", "wheel", "editable", "installable"})


class Nested(NamedTuple):
    """The requirement that was built and failed; ``version`` is empty where nobody says it."""

    name: str
    version: str
    line: Line

    @property
    def text(self) -> str:
        """Name and version in words."""
        return f"{self.name} {self.version}".rstrip()

    @property
    def has_wheels(self) -> bool:
        """Whether its project releases wheels for each Python of its time, and no older ones."""
        return canonicalize_name(self.name) in distributions().binary


def nested(output: Output) -> Nested | None:
    """The first requirement whose build failed, by the words of uv or pip."""
    for line in output.suspects:
        found = _BUILD_FAILED.search(line.text)
        if found is None:
            continue
        name = found["uv"] or found["pip"] or found["pip3"]
        if name.lower() not in _NOTHING:
            return Nested(name, found["version"] or "", line)
    return None

"""The rows of the table, and what counts as right for each."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pathlib import Path

CONTROL: Final = "control"
_OF_THE_MACHINE: Final = frozenset({"apt", "system"})
_REQUIREMENT: Final = frozenset({"incompatible-build-requirement"})
_UNDECLARED: Final = frozenset({"undeclared-build-requirement"})
_PYTHON: Final = frozenset({"unsupported-python", "removed-python-feature"})
_MACHINE: Final = frozenset(
    {"missing-header", "missing-library", "missing-program", "missing-toolchain"}
)
RIGHT_CAUSES: Final[dict[str, frozenset[str]]] = {
    "setuptools-too-new": _REQUIREMENT,
    "backend-too-new": _REQUIREMENT,
    "cython-too-new": _REQUIREMENT,
    "undeclared-build-dep": _UNDECLARED,
    "python-too-new": _PYTHON,
    "python2-only": _PYTHON,
    "missing-system-lib": _MACHINE,
    "missing-program": _MACHINE,
    "network-in-build": frozenset({"network-in-build"}),
    "missing-sdist-file": frozenset({"missing-source-file"}),
    "dummy-package": frozenset({"deliberate-stop"}),
}
"""The cause ids that fit a category; in any other each is right that is not ``unknown``."""


@dataclass(frozen=True)
class Case:
    """One sdist: ``kinds`` are the parts of the known cure, ``spec`` its details.

    ``seconds`` is what one plain build took when the table was made.
    """

    name: str
    version: str
    sha256: str
    category: str
    kinds: frozenset[str]
    spec: dict[str, Any]
    verified: bool
    uv_hint: bool
    pip_hint: bool
    seconds: float | None = None

    @property
    def requirement(self) -> str:
        """The target as ``buildscope`` takes it."""
        return f"{self.name}=={self.version}"

    @property
    def control(self) -> bool:
        """Whether it builds as published, and must stay as it is."""
        return self.category == CONTROL

    @property
    def curable(self) -> bool:
        """Whether a cure was seen to work that needs none of the machine's packages."""
        return self.verified and not self.control and not self.kinds & _OF_THE_MACHINE

    @property
    def one_fault(self) -> bool:
        """Whether a single change of the settings cures it."""
        lists = sum(len(self.spec.get(key, ())) for key in ("constraint", "extra", "env"))
        return self.curable and lists + ("python" in self.spec) == 1 and "patch" not in self.spec

    @property
    def system_packages(self) -> frozenset[str]:
        """Names of Debian's packages that the known cure has or its note names."""
        text = f"{self.spec.get('apt', '')} {self.spec.get('note', '').partition('apt:')[2]}"
        return frozenset(re.findall(r"[a-z][a-z0-9.+-]+", text))

    def right(self, cause: str) -> bool:
        """Whether a cause id fits the category."""
        fitting = RIGHT_CAUSES.get(self.category)
        return cause != "unknown" if fitting is None else cause in fitting


def read_cases(file: Path, only: frozenset[str] = frozenset()) -> list[Case]:
    """The rows of a table with tabs, or those whose name is in ``only``."""
    with file.open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text, delimiter="\t", quoting=csv.QUOTE_NONE))
    missing = only - {row["name"] for row in rows}
    if missing:
        raise SystemExit(f"{file} has no {', '.join(sorted(missing))}")
    return [_case(row) for row in rows if not only or row["name"] in only]


def _case(row: dict[str, str]) -> Case:
    seconds = row.get("seconds")
    return Case(
        name=row["name"],
        version=row["version"],
        sha256=row["sdist_sha256"],
        category=row["category"],
        kinds=frozenset(row["fix_kind"].split("+")),
        spec=json.loads(row["fix_spec"]) if row["fix_spec"] else {},
        verified=row["verified"] == "yes",
        uv_hint=row["uv_hint"].startswith("yes"),
        pip_hint=row["pip_hint"].startswith("yes"),
        seconds=float(seconds) if seconds else None,
    )

"""The kept tables of ``data/``: what is where, what was removed when, what is called how."""

from __future__ import annotations

import re
import sys
from functools import cache
from importlib import resources
from typing import TypeVar

import msgspec
import tomli

from buildscope.diagnosis import debian
from buildscope.model.base import Record
from buildscope.model.names import Confidence

T = TypeVar("T")
_VERSIONED = re.compile(r"(.*[^\d.-])-\d+(?:\.\d+)*")


class Distributions(Record, frozen=True):
    """Which distribution brings a module or a header.

    ``namespaces`` are packages that many distributions share, with what stands between the
    two parts of their names. ``tools`` are modules that are imported to build with, ``never``
    the modules no distribution of the same name may be offered for, ``binary`` the canonical
    names of distributions with wheels for each Python of their time, ``came`` the version of
    Python whose standard library was the first to have a module.
    """

    distributions: dict[str, str]
    namespaces: dict[str, str]
    headers: dict[str, str]
    heavy: tuple[str, ...]
    local: tuple[str, ...]
    tools: tuple[str, ...]
    never: tuple[str, ...]
    binary: tuple[str, ...]
    came: dict[str, str]


class Pattern(Record, frozen=True):
    """What compilers say of sources for a CPython up to ``last``."""

    last: str
    pattern: str
    what: str


class Python2Errors(Record, frozen=True):
    """Messages about code for Python 2, and lines of it that are only called invalid."""

    certain: tuple[str, ...]
    likely: tuple[str, ...]
    lines: tuple[str, ...]


class Python2(Record, frozen=True):
    """Modules and built-in names that only Python 2 had, and what its code gives today."""

    modules: tuple[str, ...]
    names: tuple[str, ...]
    errors: Python2Errors


class PythonRemovals(Record, frozen=True):
    """The newest minor version of CPython that has a module or a method, or gives no such error."""

    modules: dict[str, str]
    backports: dict[str, str]
    methods: dict[str, str]
    messages: dict[str, str]
    python2: Python2
    c: tuple[Pattern, ...]


class Removal(Record, frozen=True):
    """What a build requirement no longer has, and the bound within which it has it.

    ``instead`` are other constraints that may cure it, where the bound is not sure.
    """

    distribution: str
    pattern: str
    what: str
    below: str | None = None
    at_least: str | None = None
    also: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
    env: dict[str, str] = {}
    confidence: Confidence = "certain"

    @property
    def constraint(self) -> str:
        """The bound as a constraint: ``setuptools<58``."""
        bound = f"<{self.below}" if self.below else f">={self.at_least}"
        return f"{self.distribution}{bound}"


class Companion(Record, frozen=True):
    """A constraint that a project needs beside one ``within`` a bound where it uses ``module``."""

    within: str
    module: str
    constraint: str


class Removals(Record, frozen=True):
    """All removals, with the constraints that have still what went.

    ``modules`` are keyed by module, ``names`` by module, then by constraint (``*`` stands for
    all names of the module), ``attributes`` by constraint.
    """

    modules: dict[str, str]
    names: dict[str, dict[str, tuple[str, ...]]]
    attributes: dict[str, tuple[str, ...]]
    pythons: dict[str, str] = msgspec.field(name="python")
    companion: tuple[Companion, ...]
    removal: tuple[Removal, ...]

    @property
    def python(self) -> dict[str, int]:
        """The newest minor version of Python 3 for releases within a constraint."""
        return {bound: minor(version) for bound, version in self.pythons.items()}


class SystemPackage(Record, frozen=True):
    """The names of one package, and what it holds."""

    apt: str | None = None
    dnf: str | None = None
    brew: str | None = None
    headers: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    pkgconfig: tuple[str, ...] = ()
    cmake: tuple[str, ...] = ()


def minor(version: str) -> int:
    """``"3.9"`` as 9; 0 for Python 2."""
    major, _, rest = version.partition(".")
    return int(rest) if major == "3" else 0


@cache
def distributions() -> Distributions:
    """Modules whose distribution has another name, and headers that distributions bring."""
    return _load("distributions.toml", Distributions)


@cache
def python_removals() -> PythonRemovals:
    """What CPython no longer has."""
    return _load("python.toml", PythonRemovals)


@cache
def removals() -> Removals:
    """What build requirements no longer have."""
    return _load("removals.toml", Removals)


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of a table, compiled once."""
    return re.compile(pattern)


def distribution_of(module: str) -> str:
    """The distribution that brings a module, dotted or not.

    The longest known beginning decides; where none is known it is the top-level name.
    """
    table = distributions()
    parts = module.split(".")
    for count in range(len(parts), 0, -1):
        known = ".".join(parts[:count])
        if known in table.namespaces and len(parts) > count:
            return table.namespaces[known].join(parts[: count + 1])
        if known in table.distributions:
            return table.distributions[known]
    return parts[0]


def removed_name(module: str, name: str) -> str | None:
    """The constraint within which ``module`` still has ``name``, if the table knows one."""
    for constraint, names in removals().names.get(module, {}).items():
        if name in names or "*" in names:
            return constraint
    return None


def removed_attribute(name: str) -> str | None:
    """The constraint within which objects of a build requirement still have ``name``."""
    found = (c for c, names in removals().attributes.items() if name in names)
    return next(found, None)


def is_standard(module: str) -> bool:
    """Whether a top-level module belongs to today's standard library."""
    return module.partition(".")[0] in sys.stdlib_module_names


@cache
def system_packages() -> dict[str, SystemPackage]:
    """System packages by a key of our own."""
    return _load("system.toml", dict[str, SystemPackage])


def package_with(kind: str, name: str) -> SystemPackage | None:
    """The package that holds a ``headers``, ``libraries``, … entry called ``name``.

    What is kept by hand wins over what Debian's archive holds (``data/system_debian.tsv.gz``).
    A whole name is looked for first, then the folder that a header lies in, then the name in
    other case, last the name without a version at its end (``llvm-config-11``).
    """
    return (
        _by_hand(kind, name)
        or _derived(kind, name, debian.owner(kind, name))
        or _by_hand(kind, name, folder=True)
        or _derived(kind, name, debian.owner_of_folder(kind, name))
        or _by_hand(kind, name, lower=True)
        or _derived(kind, name, debian.owner_in_other_case(kind, name))
        or _unversioned(kind, name)
    )


def kept_package_with(kind: str, name: str) -> SystemPackage | None:
    """As ``package_with``, of what is kept by hand alone: a name that stands there is a sign by itself."""
    return (
        _by_hand(kind, name)
        or _by_hand(kind, name, folder=True)
        or _by_hand(kind, name, lower=True)
    )


def _by_hand(
    kind: str, name: str, *, folder: bool = False, lower: bool = False
) -> SystemPackage | None:
    for package in system_packages().values():
        entries: tuple[str, ...] = getattr(package, kind)
        if folder and any(entry.endswith("/") and name.startswith(entry) for entry in entries):
            return package
        if lower and name.lower() in {entry.lower() for entry in entries}:
            return package
        if not folder and not lower and name in entries:
            return package
    return None


def _unversioned(kind: str, name: str) -> SystemPackage | None:
    bare = _VERSIONED.fullmatch(name)
    if bare is None or kind == "headers":
        return None
    return _by_hand(kind, bare[1]) or _derived(kind, bare[1], debian.owner(kind, bare[1]))


def _derived(kind: str, name: str, owner: str | None) -> SystemPackage | None:
    """The package of Debian, with its names elsewhere where they are kept by hand.

    Fedora's packages are else asked for by what they provide: a pkg-config module or a file.
    """
    if owner is None:
        return None
    known = [package for package in system_packages().values() if package.apt == owner]
    if len(known) == 1:
        return known[0]
    asked = {"pkgconfig": f"'pkgconfig({name})'", "headers": f"/usr/include/{name}"}
    return SystemPackage(apt=owner, dnf=asked.get(kind))


def _load(name: str, type_: type[T]) -> T:
    text = (
        resources.files("buildscope.diagnosis").joinpath("data").joinpath(name).read_text("utf-8")
    )
    return msgspec.convert(tomli.loads(text), type_)

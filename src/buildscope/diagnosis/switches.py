"""Switches that the source itself offers: variables of the environment that ``setup.py`` reads.

Which value turns one on or off is found by trying values on the very expression that reads
it (``evaluating``), and what it skips by looking at what stands under its condition.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from buildscope.diagnosis.evaluating import Module, World
from buildscope.diagnosis.guards import guards
from buildscope.diagnosis.remedies import label
from buildscope.diagnosis.source_edits import dotted, parsed
from buildscope.model.failure import Remedy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from buildscope.diagnosis.facts import FailedPhase, Raised
    from buildscope.model.failure import Cause

_VALUES: Final = ("1", "TRUE", "True", "true", "YES", "yes", "ON", "on", "Y", "y")
_OFF_VALUES: Final = ("0", "FALSE", "False", "false", "NO", "no", "OFF", "off", "N", "n")
_MOST_MODULES: Final = 12
_EXTENSIONS: Final = frozenset({"Extension", "CppExtension", "CUDAExtension", "Pybind11Extension"})
_CUDA_EXTENSIONS: Final = frozenset({"CUDAExtension"})

_NO: Final = r"(?:SKIP|NO|WITHOUT|DISABLE|IGNORE|DONT)"
_REFUSES = re.compile(rf"(?:^|_){_NO}(?:_|$)")
_WANTS = re.compile(r"(?:^|_)(?:USE|WITH|ENABLE|BUILD|HAVE)(?:_|$)")
_CUDA = re.compile(rf"(?:^|_){_NO}_?\w*(?:CUDA|GPU|NVCC)|(?:CUDA|GPU)_?{_NO}|CPU_ONLY|FORCE_CPU")
_WITH_CUDA = re.compile(r"(?:^|_)(?:USE|WITH|ENABLE|BUILD)_?\w*(?:CUDA|GPU)")
_LOCAL = re.compile(
    rf"FORCE_?(?:LOCAL_?|SOURCE_?)?(?:BUILD|COMPILE)|BUILD_?FROM_?SOURCE|"
    rf"(?:^|_){_NO}_?\w*(?:DOWNLOAD|FETCH|PREBUILT|BINAR)"
)
_SYSTEM = re.compile(r"(?:^|_)SYSTEM(?:_|$)")
_OF_SWITCHES: Final = frozenset(
    {"system", "with", "without", "build", "skip", "disable", "enable", "have", "force", "local"}
)
_CONVENTIONS = re.compile(
    r"(?:HOME|PATH|USER|CI|CC|CXX|LD|AR|PREFIX|TMPDIR|TEMP|VIRTUAL_ENV|ARCHFLAGS)$|"
    r"(?:XDG|CONDA|LD|DYLD|MACOSX|DISTUTILS|SETUPTOOLS|PYTHON|PIP|SOURCE_DATE)_|\w*FLAGS$|"
    r"\w*_(?:HOME|DIR|DIRS|ROOT|PATH|LIBS?|INCLUDES?|PREFIX|VERSION|JOBS|ARCH\w*)$"
)
_MACHINE: Final = frozenset(
    {"missing-header", "missing-library", "missing-program", "missing-compiler"}
    | {"missing-toolchain", "compile-error"}
)


@dataclass(frozen=True)
class Switch:
    """A variable and the value that flips what ``file`` reads of it.

    ``turns_on`` says that the expression is false without it and true with it.
    """

    variable: str
    value: str
    turns_on: bool
    file: str


def switches(facts: FailedPhase) -> tuple[Switch, ...]:
    """Every variable that the source reads as a yes or no, with what flips it."""
    found: dict[str, Switch] = {}
    for file, module in modules(facts):
        for switch in _of_module(file, module):
            found.setdefault(switch.variable, switch)
    return tuple(found.values())


def modules(facts: FailedPhase) -> Iterator[tuple[str, Module]]:
    """``setup.py`` and the project's modules that it imports, parsed."""
    waiting, seen = ["setup.py"], {"setup.py"}
    while waiting and len(seen) <= _MOST_MODULES:
        file = waiting.pop(0)
        tree = parsed(facts.source(file))
        if tree is None:
            continue
        yield file, Module.of(tree)
        for name in _imported(tree):
            other = f"{name.replace('.', '/')}.py"
            if other not in seen and facts.source(other):
                seen.add(other)
                waiting.append(other)


def skipping(facts: FailedPhase, raised: Raised) -> list[Remedy]:
    """Switches without which the code that failed would not have run, the innermost first."""
    known = dict(modules(facts))
    found: dict[str, Remedy] = {}
    for frame in reversed(raised.exception.frames):
        module = known.get(frame.file)
        if module is None or frame.owner != "project":
            continue
        for variable, value in bypass(module, frame.line, facts.settings.env):
            said = f"skip that part: {frame.file} reads {variable}"
            loses = f"what {variable}={value} leaves out"
            found.setdefault(variable, _remedy(said, {variable: value}, loses))
    return list(found.values())


def cuda_remedies(facts: FailedPhase) -> list[Remedy]:
    """Build without CUDA, as the source's own switches have it.

    With them goes the one that stops a search for a ready wheel: that search needs CUDA too.
    """
    without: dict[str, str] = {}
    for _, module in modules(facts):
        for line in _calls(module.tree, _CUDA_EXTENSIONS):
            without |= dict(bypass(module, line, facts.settings.env)[:1])
    found = switches(facts)
    without |= {s.variable: s.value for s in found if s.turns_on and _CUDA.search(s.variable)}
    without |= {
        s.variable: s.value for s in found if not s.turns_on and _WITH_CUDA.search(s.variable)
    }
    if not without:
        return []
    local = _named(found, _LOCAL)
    loses = "its CUDA extension"
    said = f"build without CUDA: the source reads {' and '.join([*without, *local])}"
    both = [_remedy(said, {**without, **local}, loses)] if local else []
    return [
        *both,
        _remedy(f"build without CUDA: the source reads {' and '.join(without)}", without, loses),
    ]


def network_remedies(facts: FailedPhase, said: str) -> list[Remedy]:
    """Do without a download: build here, or take the system's copy of what ``said`` names."""
    found = switches(facts)
    local, system = _named(found, _LOCAL), _named(found, _SYSTEM)
    remedies = []
    if local:
        shown = " and ".join(local)
        remedies.append(_remedy(f"build it here: the source reads {shown}", local))
    named = {k: v for k, v in system.items() if _mentions(said, k)} or system
    if named:
        shown = " and ".join(named)
        remedies.append(_remedy(f"use the system's copy: the source reads {shown}", named))
    return remedies


def extension_remedies(facts: FailedPhase) -> list[Remedy]:
    """Build without the extension modules, where the source has a switch for that."""
    for _, module in modules(facts):
        for line in _calls(module.tree, _EXTENSIONS):
            for variable, value in bypass(module, line, facts.settings.env):
                said = f"build without the extension: the source reads {variable}"
                return [_remedy(said, {variable: value}, "its extension modules")]
    return []


def offered(facts: FailedPhase, cause: Cause) -> Cause:
    """``cause``, and after its own remedies the switches that build without what it lacks.

    That is for what compilers and the machine's packages are needed for.
    """
    if cause.id not in _MACHINE or facts.nested:
        return cause
    known = {repr(remedy.settings) for remedy in cause.remedies}
    more = [
        remedy
        for remedy in (*_without(facts, cause.summary), *extension_remedies(facts))
        if repr(remedy.settings) not in known
    ]
    return msgspec.structs.replace(cause, remedies=(*cause.remedies, *more)) if more else cause


def _without(facts: FailedPhase, said: str) -> Iterator[Remedy]:
    """Switches named after the very thing that is missing: ``WITHOUT_X``, ``NO_X``."""
    for switch in switches(facts):
        named = switch.variable.upper()
        refuses = switch.turns_on and _REFUSES.search(named)
        wants = not switch.turns_on and _WANTS.search(named)
        if (refuses or wants) and _mentions(said, switch.variable):
            env = {switch.variable: switch.value}
            yield _remedy(
                f"build without it: {switch.file} reads {switch.variable}",
                env,
                f"what {switch.variable}={switch.value} leaves out",
            )


def bypass(module: Module, line: int, environ: Mapping[str, str]) -> list[tuple[str, str]]:
    """Variables and values with which line ``line`` would not run, the nearest condition first."""
    found: dict[str, str] = {}
    for guard in guards(module.tree, line):
        plain = World(module, environ)
        if plain.truth(guard.test) is guard.skips:
            continue
        for variable in _asked(plain.read - environ.keys()):
            for value in (*_VALUES, *_OFF_VALUES, *_constants(guard.test)):
                world = World(module, {**environ, variable: value})
                if world.truth(guard.test) is guard.skips:
                    found.setdefault(variable, value)
                    break
    return list(found.items())


def _of_module(file: str, module: Module) -> Iterator[Switch]:
    for node in _conditions(module):
        plain = World(module, {})
        default = plain.truth(node)
        if default is None:
            continue
        for variable in _asked(plain.read):
            for value in (*_VALUES, *_OFF_VALUES, *_constants(node)):
                if World(module, {variable: value}).truth(node) is (not default):
                    yield Switch(variable, value, turns_on=not default, file=file)
                    break


def _conditions(module: Module) -> Iterator[ast.expr]:
    """What is bound to a name or decides: the smallest first, so that one variable is read."""
    found: list[ast.expr] = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Assign):
            found.append(node.value)
        elif isinstance(node, (ast.If, ast.IfExp)):
            found.append(node.test)
            found += [
                one for one in ast.walk(node.test) if isinstance(one, (ast.Call, ast.Compare))
            ]
        elif isinstance(node, ast.keyword):
            found.append(node.value)
    found.sort(key=lambda one: (one.end_lineno or 0, one.end_col_offset or 0))
    return iter(found)


def _asked(variables: Iterable[str]) -> list[str]:
    """Without those that are for other tools, or hold a place and no yes or no."""
    return sorted(one for one in variables if not _CONVENTIONS.match(one.upper()))


def _calls(tree: ast.Module, names: Iterable[str]) -> list[int]:
    """The lines of calls of those names."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in names
    ]


def _named(found: Iterable[Switch], pattern: re.Pattern[str]) -> dict[str, str]:
    return {s.variable: s.value for s in found if s.turns_on and pattern.search(s.variable.upper())}


def _mentions(said: str, variable: str) -> bool:
    """Whether a message is about what a variable is named after."""
    words = [word for word in re.split(r"[_\W]+", variable.lower()) if len(word) > 3]
    return any(word in said.lower() for word in words if word not in _OF_SWITCHES)


def _constants(node: ast.expr) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and len(one.value) < 20:
            yield one.value


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _remedy(summary: str, env: Mapping[str, str], loses: str = "") -> Remedy:
    settings = {"env": dict(env)}
    return Remedy(summary=summary, label=label(settings), settings=settings, loses=loses)

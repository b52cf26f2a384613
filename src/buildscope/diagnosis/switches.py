"""Remedies of switches that the source itself offers: variables that ``setup.py`` reads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from buildscope.diagnosis.remedies import label
from buildscope.diagnosis.switch_reading import WANTS, Switch, bypass, calls, modules, switches
from buildscope.model.failure import Remedy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from buildscope.diagnosis.facts import FailedPhase, Raised
    from buildscope.model.failure import Cause

_EXTENSIONS: Final = frozenset({"Extension", "CppExtension", "CUDAExtension", "Pybind11Extension"})
_CUDA_EXTENSIONS: Final = frozenset({"CUDAExtension"})

_NO: Final = r"(?:SKIP|NO|WITHOUT|DISABLE|IGNORE|DONT)"
_REFUSES = re.compile(rf"(?:^|_){_NO}(?:_|$)")
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
_MACHINE: Final = frozenset(
    {"missing-header", "missing-library", "missing-program", "missing-compiler"}
    | {"missing-toolchain", "compile-error"}
)


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
        for line in calls(module.tree, _CUDA_EXTENSIONS):
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
        for line in calls(module.tree, _EXTENSIONS):
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
        wants = not switch.turns_on and WANTS.search(named)
        if (refuses or wants) and _mentions(said, switch.variable):
            env = {switch.variable: switch.value}
            yield _remedy(
                f"build without it: {switch.file} reads {switch.variable}",
                env,
                f"what {switch.variable}={switch.value} leaves out",
            )


def _named(found: Iterable[Switch], pattern: re.Pattern[str]) -> dict[str, str]:
    return {s.variable: s.value for s in found if s.turns_on and pattern.search(s.variable.upper())}


def _mentions(said: str, variable: str) -> bool:
    """Whether a message is about what a variable is named after."""
    words = [word for word in re.split(r"[_\W]+", variable.lower()) if len(word) > 3]
    return any(word in said.lower() for word in words if word not in _OF_SWITCHES)


def _remedy(summary: str, env: Mapping[str, str], loses: str = "") -> Remedy:
    settings = {"env": dict(env)}
    return Remedy(summary=summary, label=label(settings), settings=settings, loses=loses)

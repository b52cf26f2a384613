"""What uv and pip say when requirements cannot be installed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildscope.diagnosis.remedies import (
    OLDEST,
    advice,
    cause,
    extra,
    python,
    python_for,
    remedy,
)
from buildscope.diagnosis.system import newest_python_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.diagnosis.facts import FailedPhase
    from buildscope.diagnosis.nested import Nested
    from buildscope.diagnosis.output import Line
    from buildscope.model.failure import Cause, Remedy
    from buildscope.model.names import CauseId

_NO_VERSION = re.compile(
    r"was not found in the |Because only \S+ (?:is|are) available|there (?:is|are) no versions? of |"
    r"has no (?:usable )?wheels|No matching distribution found|"
    r"Could not find a version that satisfies the requirement"
)
_CONFLICT = re.compile(
    r"Because you require .* and |Because .* depends on .* (?:and|or) |ResolutionImpossible|"
    r"these package versions have conflicting dependencies"
)
_NEEDS_PYTHON = re.compile(
    r"does not satisfy Python[<>=!~]|depends on Python[<>=!~]|requires a different Python|"
    r"Ignored the following versions that require a different python version"
)
_NETWORK = re.compile(
    r"[Ff]ailed to (?:fetch|download)|error sending request|dns error|NewConnectionError|"
    r"ConnectionError|Connection (?:refused|reset|timed out)|Name or service not known|"
    r"Max retries exceeded|invalid peer certificate|certificate verify failed|"
    r"\b(?:401|403|407)\b.*(?:Client|Unauthorized|Forbidden|Error)|[Hh]ash(?:es)? mismatch|"
    r"DO NOT MATCH THE HASHES|operation timed out"
)
_PYTHON_BOUND = re.compile(r"Python((?:[<>=!~]=?=?[\d.*]+,?)+)")
_VERSIONS = re.compile(r" \(from versions: .*")
_NOT_THERE = "check the name, the version and the index that was asked"
_ONLY_OFFLINE = re.compile(
    r"[Nn]etwork (?:connectivity|access) (?:is|was) disabled|--offline|--no-index"
)
_PRERELEASE = re.compile(r"[Pp]re-?releases are available for [`'\"]?(?P<name>[\w.-]+)")
_HINTS = 12


def nested_build(facts: FailedPhase) -> Iterator[Cause]:
    """A requirement has no wheel for here, and building it failed."""
    inner = facts.inner
    if inner is None:
        return
    exact = f"{inner.name}=={inner.version}" if inner.version else inner.name
    yield cause(
        facts,
        "incompatible-build-requirement",
        f"The build requirement {inner.text} has no wheel for Python "
        f"{'.'.join(map(str, facts.python))} here, and building it failed",
        facts.at_line(inner.line),
        confidence="certain" if inner.has_wheels else "likely",
        remedies=[
            *_pythons_then(facts),
            _release_before(facts, inner),
            advice(f"look at it alone: buildscope {exact}"),
        ],
    )


def _release_before(facts: FailedPhase, inner: Nested) -> Remedy | None:
    """An earlier release, which may have a wheel; nobody pinned this one, as far as is known."""
    pinned = any(
        operator in requirement
        for run in facts.attempt.phases
        for requirement in run.requires
        for operator in ("==", "===")
        if requirement.partition("=")[0].strip().lower() == inner.name.lower()
    )
    if pinned or inner.has_wheels or not inner.version:
        return None
    bound = f"{inner.name}<{inner.version}"
    return remedy(f"take a release of {inner.name} before this one", constraints=[bound])


def unresolved(facts: FailedPhase) -> Iterator[Cause]:
    """No release fits, or two requirements exclude each other; the network comes first."""
    if facts.inner is not None:
        return
    if failed_download := _first(facts, _NETWORK):
        yield _plain(facts, failed_download, "download", _network_remedies(facts))
    elif needs := _first(facts, _NEEDS_PYTHON):
        yield _plain(facts, needs, "resolution", [_wanted_python(facts, needs), *_offline(facts)])
    elif conflict := _first(facts, _CONFLICT):
        yield _plain(facts, conflict, "requirement-conflict", _constraint_remedies(facts))
    elif nothing := _first(facts, _NO_VERSION):
        remedies = _offline(facts) or _early(facts, nothing) or [advice(_NOT_THERE)]
        yield _plain(facts, nothing, "resolution", remedies)


def _plain(facts: FailedPhase, line: Line, id_: CauseId, remedies: list[Remedy | None]) -> Cause:
    starts = {
        "download": "A build requirement could not be downloaded",
        "resolution": "No release of a build requirement fits",
        "requirement-conflict": "The build requirements exclude each other",
    }
    text = " ".join([_VERSIONS.sub("", line.text).strip(), *_rest(facts, line)])
    text = re.sub(r"^(?:[\u00d7╰─▶│\s]|error:|ERROR:|cause:)+", "", text)
    return cause(facts, id_, f"{starts[id_]}: {text[:300]}", facts.at_line(line), remedies=remedies)


def _rest(facts: FailedPhase, line: Line) -> list[str]:
    """The continuation of a sentence that an installer has wrapped."""
    rest = []
    for text in facts.output.after(line, 4):
        plain = text.strip(" │╰─▶")
        if not plain or plain.startswith(("hint", "ERROR", "\u00d7")):
            break
        rest.append(plain)
        if plain.endswith("."):
            break
    return rest if line.text.startswith((" ", "\u00d7", "╰")) else []


def _first(facts: FailedPhase, pattern: re.Pattern[str]) -> Line | None:
    return next((line for line in _lines(facts) if pattern.search(line.text)), None)


def _lines(facts: FailedPhase) -> Iterator[Line]:
    return iter(facts.output.suspects if facts.nested else ())


def _network_remedies(facts: FailedPhase) -> list[Remedy | None]:
    return [
        *_offline(facts),
        advice("check the network, the index and its credentials, then retry"),
    ]


def _offline(facts: FailedPhase) -> list[Remedy | None]:
    if facts.settings.offline or facts.settings.no_index or _first(facts, _ONLY_OFFLINE):
        return [advice("allow the index: leave out --offline and --no-index")]
    if facts.settings.exclude_newer:
        return [
            advice(f"nothing newer than {facts.settings.exclude_newer} is taken; move that date")
        ]
    return []


def _constraint_remedies(facts: FailedPhase) -> list[Remedy | None]:
    own = [*facts.settings.constraints, *facts.settings.extra]
    if own:
        return [advice(f"loosen one of yours: {', '.join(own)}")]
    return [advice("one of the declared requirements must be loosened in pyproject.toml")]


def _wanted_python(facts: FailedPhase, line: Line) -> Remedy | None:
    """The interpreter that the sentence asks for, else an older one."""
    found = _PYTHON_BOUND.search(line.text)
    return (python_for(facts, found[1].rstrip(",")) if found else None) or next(
        _pythons_then(facts), None
    )


def _early(facts: FailedPhase, line: Line) -> list[Remedy | None]:
    """Leave to take a pre-release, where there is nothing else."""
    found = (_PRERELEASE.search(text) for text in facts.output.after(line, _HINTS))
    name = next((one["name"] for one in found if one), None)
    return [extra(f"{name}>=0.dev0", summary="take its pre-releases too")] if name else []


def _pythons_then(facts: FailedPhase) -> Iterator[Remedy]:
    """The Python that was newest at the upload, and the oldest, which has most old wheels."""
    source = facts.attempt.source
    then = newest_python_at(source.uploaded if source else None) or 9
    for minor in dict.fromkeys((then, OLDEST)):
        found = python(facts, minor)
        if found is not None:
            yield remedy(f"Python 3.{minor} has wheels for it more likely", **found.settings)


RULES = (nested_build, unresolved)

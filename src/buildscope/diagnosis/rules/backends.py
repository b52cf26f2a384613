"""What a backend says of itself, of ``pyproject.toml`` and of its hooks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from buildscope.diagnosis.facts import place
from buildscope.diagnosis.remedies import advice, before, cause, extra, older, remedy
from buildscope.diagnosis.tables import distribution_of, removed_name
from buildscope.diagnosis.tree import has_module

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.diagnosis.facts import FailedPhase
    from buildscope.model.failure import Cause

_CONFIGURATION = re.compile(
    r"invalid pyproject\.toml config|configuration error: |InvalidConfigError|"
    r"The Poetry configuration is invalid|project\.\w+ .* (must be|is required)|"
    r"Field `project\.|Invalid TOML|TOMLDecodeError|Metadata field .* not provided|"
    r"Missing required configuration field",
    re.IGNORECASE,
)
_COMMAND = re.compile(r"invalid command '(\w+)'")
_COMMANDS = {
    "bdist_wheel": "wheel",
    "build_sphinx": "Sphinx<7",
    "compile_catalog": "Babel",
    "pytest": "pytest-runner",
}
_FETCHED = re.compile(
    r"Command '\[.*'-m', 'pip', .*'wheel', .*'(?P<pip>[^']+)'\]'|"
    r"Could not find suitable distribution for Requirement\.parse\('(?P<easy>[^']+)'\)"
)
_ATTRIBUTE = re.compile(
    r"module '([\w.]+)' has no attribute '(\w+)'|cannot import name '(\w+)' from '([\w.]+)'"
)


def backend_unavailable(facts: FailedPhase) -> Iterator[Cause]:
    """The backend itself cannot be imported."""
    for raised in facts.chain:
        if raised.exception.type != "BackendUnavailable":
            continue
        known = facts.attempt.backend
        backend = known.backend if known else ""
        distribution = distribution_of(backend.partition(":")[0])
        yield cause(
            facts,
            "backend-unavailable",
            f"The build backend {backend or 'named in pyproject.toml'} cannot be imported, after all that is declared was installed",
            facts.at_exception(raised),
            remedies=[extra(distribution)] if known else [],
        )
        return


def invalid_configuration(facts: FailedPhase) -> Iterator[Cause]:
    """The backend rejects its part of ``pyproject.toml``."""
    for raised in facts.chain:
        if _CONFIGURATION.search(raised.text):
            message = raised.exception.message.strip().partition("\n")[0][:300]
            yield cause(
                facts,
                "invalid-pyproject",
                f"The backend rejects pyproject.toml: {message}",
                facts.at_exception(raised),
                confidence="likely",
                remedies=[advice("correct pyproject.toml as the message says")],
            )
            return


def unknown_classifier(facts: FailedPhase) -> Iterator[Cause]:
    """Hatchling knows the classifiers of its day; a variable has it take any."""
    for raised in facts.chain:
        if "Unknown classifier in field" in raised.exception.message:
            yield cause(
                facts,
                "invalid-pyproject",
                f"The backend rejects pyproject.toml: {raised.exception.message.strip()[:300]}",
                facts.at_exception(raised),
                remedies=[
                    remedy(
                        "have classifiers taken as they are",
                        env={"HATCH_METADATA_CLASSIFIERS_NO_VERIFY": "1"},
                    )
                ],
            )
            return


def unknown_command(facts: FailedPhase) -> Iterator[Cause]:
    """A setuptools command that a distribution would have brought."""
    for said in facts.said:
        found = _COMMAND.search(said.text)
        if found is not None and found[1] in _COMMANDS:
            distribution = _COMMANDS[found[1]]
            evidence = facts.where(said)
            yield cause(
                facts,
                "undeclared-build-requirement",
                f"The build uses the command {found[1]} of {distribution}, which nothing declares",
                evidence,
                confidence="certain" if facts.output_decides else "likely",
                remedies=[extra(distribution)],
            )
            return


def fetched(facts: FailedPhase) -> Iterator[Cause]:
    """``fetch_build_eggs`` wants a requirement now, and the build environment has no pip."""
    for raised in facts.chain:
        found = _FETCHED.search(raised.exception.message)
        requirement = found and (found["pip"] or found["easy"])
        if requirement and _is_requirement(requirement):
            frame = raised.project_frame
            yield cause(
                facts,
                "undeclared-build-requirement",
                f"{place(frame) if frame else facts.subject} has setuptools fetch {requirement} "
                "while it runs, instead of declaring it",
                facts.at_exception(raised),
                remedies=[extra(requirement), extra("pip", summary="give it the pip it calls")],
            )
            return


def missing_name(facts: FailedPhase) -> Iterator[Cause]:
    """A name of an installed requirement is not there, and no table knows since when."""
    for raised in facts.chain[:1]:
        found = _ATTRIBUTE.match(raised.exception.message)
        if found is None or raised.project_frame is None:
            continue
        module, name = (found[1], found[2]) if found[1] else (found[4], found[3])
        distribution = distribution_of(module)
        version = facts.installed.get(canonicalize_name(distribution))
        if version is None or has_module(facts, module.partition(".")[0]):
            continue
        if removed_name(module, name) is not None:
            continue
        own = canonicalize_name(distribution) == "setuptools"
        yield cause(
            facts,
            "incompatible-build-requirement",
            f"{place(raised.project_frame)} uses {module}.{name}, which {distribution} {version} "
            "does not have",
            facts.at_exception(raised),
            confidence="likely",
            remedies=[
                advice("an older release has it; the search over the older index finds which")
                if own
                else older(facts, [before(distribution, version)])
            ],
        )


def _is_requirement(text: str) -> bool:
    try:
        return bool(Requirement(text))
    except InvalidRequirement:
        return False


RULES = (
    backend_unavailable,
    unknown_command,
    unknown_classifier,
    fetched,
    invalid_configuration,
    missing_name,
)

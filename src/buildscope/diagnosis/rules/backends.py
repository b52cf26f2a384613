"""What a backend says of itself, of ``pyproject.toml`` and of its hooks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildscope.diagnosis.facts import place
from buildscope.diagnosis.remedies import advice, cause, extra
from buildscope.diagnosis.tables import distribution_of

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
_SETUP_REQUIRES = re.compile(r"SetupRequirementsError|Could not find suitable distribution for")


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


def unknown_command(facts: FailedPhase) -> Iterator[Cause]:
    """A setuptools command that a distribution would have brought."""
    texts = [(raised.text, facts.at_exception(raised)) for raised in facts.chain]
    texts += [(line.text, facts.at_line(line)) for line in facts.output.suspects]
    for text, evidence in texts:
        found = _COMMAND.search(text)
        if found is not None and found[1] in _COMMANDS:
            distribution = _COMMANDS[found[1]]
            yield cause(
                facts,
                "undeclared-build-requirement",
                f"The build uses the command {found[1]} of {distribution}, which nothing declares",
                evidence,
                confidence="certain" if facts.output_decides else "likely",
                remedies=[extra(distribution)],
            )
            return


def missing_own_attribute(facts: FailedPhase) -> Iterator[Cause]:
    """``setup.py`` uses an attribute of an installed requirement that is not there."""
    for raised in facts.chain[:1]:
        frame, message = raised.project_frame, raised.exception.message
        found = re.match(r"module '(\w+)[\w.]*' has no attribute '(\w+)'", message)
        if found is None or frame is None:
            continue
        distribution = distribution_of(found[1])
        version = facts.installed.get(distribution.lower())
        if version is not None:
            yield cause(
                facts,
                "incompatible-build-requirement",
                f"{place(frame)} uses {found[1]}.{found[2]}, which {distribution} {version} "
                "does not have",
                facts.at_exception(raised),
                confidence="likely",
                remedies=[advice(f"constrain {distribution} to an older release")],
            )


RULES = (backend_unavailable, unknown_command, invalid_configuration, missing_own_attribute)

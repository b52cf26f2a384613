"""The fixed vocabulary: phase names, statuses, outcomes and ids that scripts rely on."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

Phase: TypeAlias = Literal[
    "source",
    "static_requires",
    "environment",
    "install_static",
    "get_requires",
    "install_dynamic",
    "prepare_metadata",
    "build_wheel",
    "check",
]
PHASES: tuple[Phase, ...] = get_args(Phase)

SKIPPABLE: tuple[Phase, ...] = (
    "install_static",
    "get_requires",
    "install_dynamic",
    "prepare_metadata",
    "check",
)
"""Phases without which a build can go on, if only to show what comes of it."""

Status: TypeAlias = Literal[
    "pending", "running", "passed", "failed", "skipped", "carried", "cancelled"
]
Outcome: TypeAlias = Literal[
    "running", "built", "stopped", "failed", "cancelled", "interrupted", "not_obtained"
]
Confidence: TypeAlias = Literal["certain", "likely", "guess"]
Stream: TypeAlias = Literal["stdout", "stderr"]
When: TypeAlias = Literal["before", "after"]
Owner: TypeAlias = Literal["frontend", "stdlib", "backend", "project"]
Installer: TypeAlias = Literal["uv", "pip"]
BuildKind: TypeAlias = Literal["wheel", "metadata"]

CauseId: TypeAlias = Literal[
    "undeclared-build-requirement",
    "incompatible-build-requirement",
    "removed-python-feature",
    "unsupported-python",
    "missing-header",
    "missing-library",
    "missing-program",
    "missing-compiler",
    "missing-toolchain",
    "missing-source-file",
    "needs-vcs",
    "network-in-build",
    "deliberate-stop",
    "invalid-pyproject",
    "invalid-metadata",
    "backend-unavailable",
    "hook-contract",
    "hook-died",
    "timeout",
    "requirement-conflict",
    "resolution",
    "download",
    "compile-error",
    "bad-archive",
    "unknown",
]
WarningId: TypeAlias = Literal[
    "default-version",
    "made-up-name",
    "unknown-setup-option",
    "extension-skipped",
    "requirements-dropped",
    "metadata-mismatch",
    "metadata-field",
]


MINOR_WARNINGS: frozenset[WarningId] = frozenset({"metadata-field"})
"""Warnings of a build whose wheel is usable as it is."""


def phase_index(name: Phase) -> int:
    """Position of a phase in the pipeline, counted from 0."""
    return PHASES.index(name)

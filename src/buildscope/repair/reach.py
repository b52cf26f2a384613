"""Which failures a change of settings can reach at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from buildscope.repair.candidates import curable

if TYPE_CHECKING:
    from buildscope.model.failure import Cause
    from buildscope.model.names import CauseId
    from buildscope.model.run import Attempt

_MACHINE: Final[frozenset[CauseId]] = frozenset(
    {
        "missing-header",
        "missing-library",
        "missing-program",
        "missing-compiler",
        "missing-toolchain",
    }
)
_FINAL: Final[frozenset[CauseId]] = frozenset(
    {
        "network-in-build",
        "deliberate-stop",
        "missing-source-file",
        "needs-vcs",
        "download",
        "bad-archive",
        "timeout",
    }
)
"""Where they are certain, no other Python and no older release changes anything."""
_INSTALLS: Final = frozenset({"environment", "install_static", "install_dynamic"})


def needs_machine(attempt: Attempt) -> bool:
    """Whether what the failed attempt wants first is something of the machine's.

    Not in a nested build: there another release of the requirement may have a wheel.
    """
    cause = _first(attempt)
    return (
        cause is not None
        and cause.id in _MACHINE
        and cause.confidence != "guess"
        and attempt.failed_phase not in _INSTALLS
    )


def worth_travelling(attempt: Attempt) -> bool:
    """Whether another interpreter or an older index may help where no remedy did."""
    cause = _first(attempt)
    if cause is None or attempt.failed_phase in {None, "source"}:
        return False
    if cause.confidence != "certain":
        return not needs_machine(attempt)
    if cause.id == "removed-python-feature":
        return curable(attempt)
    return cause.id not in _FINAL | _MACHINE


def _first(attempt: Attempt) -> Cause | None:
    return attempt.causes[0] if attempt.causes else None

"""Which function runs which phase; imported when it is its turn, or while an installer works."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from buildscope.model.names import Phase
    from buildscope.phases.context import Context, Recorder

    PhaseFunction: TypeAlias = Callable[[Context, Recorder], None]


HOOKS: Mapping[Phase, str] = {
    "get_requires": "get_requires_for_build_wheel",
    "prepare_metadata": "prepare_metadata_for_build_wheel",
    "build_wheel": "build_wheel",
}
"""The hooks of PEP 517 that phases call."""


def phase_function(name: Phase) -> PhaseFunction:
    """The ``run`` of the phase called ``name``."""
    if name in {"source", "static_requires", "environment", "install_static"}:
        return _early(name)
    return _late(name)


def load_ahead() -> None:
    """Import what the phases after the first installation need, in a thread.

    Called when an installer has been started: waiting for it is the only idle time of a build.
    """
    threading.Thread(target=_late, args=("check",), name="imports", daemon=True).start()


def _early(name: Phase) -> PhaseFunction:
    from buildscope.phases import environment, install_static, source, static_requires

    functions: dict[Phase, PhaseFunction] = {
        "source": source.run,
        "static_requires": static_requires.run,
        "environment": environment.run,
        "install_static": install_static.run,
    }
    return functions[name]


def _late(name: Phase) -> PhaseFunction:
    from buildscope.phases import (
        build_wheel,
        check,
        get_requires,
        install_dynamic,
        prepare_metadata,
    )

    functions: dict[Phase, PhaseFunction] = {
        "get_requires": get_requires.run,
        "install_dynamic": install_dynamic.run,
        "prepare_metadata": prepare_metadata.run,
        "build_wheel": build_wheel.run,
        "check": check.run,
    }
    return functions[name]

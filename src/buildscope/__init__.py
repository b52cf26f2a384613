"""A terminal debugger for Python package builds.

As a library: ``Session.create(target).run(Settings())``, then ``session.retry(1, Request(…))``;
a ``Gate`` pauses between phases.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from buildscope.errors import BuildscopeError as BuildscopeError
    from buildscope.model.settings import Request as Request
    from buildscope.model.settings import Settings as Settings
    from buildscope.phases.gate import Gate as Gate
    from buildscope.process.stop import Stop as Stop
    from buildscope.session.session import Session as Session

__version__ = "0.1.0"

_PLACES = {
    "BuildscopeError": "buildscope.errors",
    "Gate": "buildscope.phases.gate",
    "Request": "buildscope.model.settings",
    "Session": "buildscope.session.session",
    "Settings": "buildscope.model.settings",
    "Stop": "buildscope.process.stop",
}
__all__ = ["BuildscopeError", "Gate", "Request", "Session", "Settings", "Stop", "__version__"]


def __getattr__(name: str) -> Any:
    """What the library offers, imported when it is asked for: the command line needs little."""
    if name in _PLACES:
        return getattr(import_module(_PLACES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""Installs requirements into an isolated environment, by the installer of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildscope.environments.install_uv import uv_install
from buildscope.environments.request import Request

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from buildscope.environments.model import BuildEnvironment
    from buildscope.journal.spool import Spool
    from buildscope.model.settings import Settings
    from buildscope.process.ended import Ended
    from buildscope.process.stop import Stop


def install(
    env: BuildEnvironment,
    requirements: Sequence[str],
    settings: Settings,
    *,
    constraints: Sequence[str],
    cwd: Path,
    spool: Spool,
    stop: Stop,
    environ: Mapping[str, str],
    cache: Path,
    offline_first: bool = False,
    pins: Sequence[str] = (),
) -> Ended:
    """Install all of ``requirements`` together; a failing installer is no error but told.

    ``constraints`` also bind what is built on the way; ``pins`` do not. ``cwd`` is a
    directory of no project. Where distributions come from is what options and the user's
    configuration say. Raises ``PhaseError`` or ``UsageError`` for what no installer can do.
    """
    request = Request(
        python=env.python,
        python_version=env.interpreter.version,
        requirements=tuple(requirements),
        settings=settings,
        constraints=tuple(constraints),
        pins=tuple(pins),
    )
    if settings.installer == "pip":
        from buildscope.environments.install_pip import pip_install

        return pip_install(request, cache=cache, cwd=cwd, spool=spool, stop=stop, environ=environ)
    return uv_install(
        request,
        cwd=cwd,
        spool=spool,
        stop=stop,
        environ=environ,
        offline_first=offline_first,
    )

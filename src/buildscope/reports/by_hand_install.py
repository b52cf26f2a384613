"""The installer's command line that does an installing phase by hand."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.model.names import Phase
    from buildscope.model.run import Attempt
    from buildscope.model.settings import Settings


def asked(attempt: Attempt, phase: Phase) -> tuple[str, ...]:
    """What a phase hands to the installer; dynamic requirements come with all the others."""
    run = attempt.phase(phase)
    if run.status not in {"pending", "running"} and phase == "install_static":
        return run.requires
    isolated = attempt.settings.isolation
    static = attempt.backend.requires if attempt.backend is not None and isolated else ()
    together = (*static, *attempt.settings.extra)
    if phase == "install_static":
        return together
    dynamic = attempt.phase("get_requires").requires
    return tuple(dict.fromkeys([*together, *dynamic])) if dynamic else ()


def install_lines(attempt: Attempt, phase: Phase) -> Iterator[str]:
    """Nothing with isolation off: a layer takes more than one command."""
    environment, requirements = attempt.environment, asked(attempt, phase)
    if environment is None or not environment.isolated or not requirements:
        return
    settings, python = attempt.settings, shlex.quote(environment.python)
    start = {
        "uv": f"uv pip install --python {python}",
        "pip": f"python3 -m pip --python {python} install",
    }
    options = [_constraints("--constraint", settings)] if settings.constraints else []
    if settings.constraints and settings.installer == "uv":
        options.append(_constraints("--build-constraint", settings))
    parts = [start[settings.installer], *options, *_sources(settings), shlex.join(requirements)]
    yield from (f"{'  ' if at else ''}{part} \\" for at, part in enumerate(parts[:-1]))
    yield f"  {parts[-1]}"


def _constraints(option: str, settings: Settings) -> str:
    """Installers take constraints from a file only; bash makes one of a command's output."""
    return f"{option} <(printf '%s\\n' {shlex.join(settings.constraints)})"


def _sources(settings: Settings) -> Iterator[str]:
    """Where distributions may come from."""
    if settings.index_url is not None:
        yield f"--index-url {shlex.quote(settings.index_url)}"
    yield from (f"--extra-index-url {shlex.quote(url)}" for url in settings.extra_index_url)
    yield from (f"--find-links {shlex.quote(place)}" for place in settings.find_links)
    if settings.no_index:
        yield "--no-index"
    if settings.installer == "uv" and settings.offline:
        yield "--offline"
    if settings.installer == "uv" and settings.exclude_newer is not None:
        yield f"--exclude-newer {shlex.quote(settings.exclude_newer)}"

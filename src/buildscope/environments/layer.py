"""Isolation off with extras: what is missing goes into a layer before the environment.

The user's versions are frozen: they are constraints of the resolution, and an extra that
needs another version is a conflict, never a second copy that hides the user's.
"""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from buildscope.environments.declared import declared_missing, satisfies
from buildscope.environments.install_uv import uv_install
from buildscope.environments.inventory import directories, installed
from buildscope.environments.request import Request
from buildscope.errors import PhaseError
from buildscope.process.ended import Ended

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from buildscope.environments.inventory import InstalledDistribution
    from buildscope.environments.model import BuildEnvironment
    from buildscope.journal.spool import Spool
    from buildscope.model.settings import Settings
    from buildscope.process.stop import Stop

_replace = msgspec.structs.replace
_MARK = "BUILDSCOPE-FROZEN"


def install_layer(
    env: BuildEnvironment,
    extras: Sequence[str],
    settings: Settings,
    *,
    layer: Path,
    constraints: Sequence[str],
    cwd: Path,
    spool: Spool,
    stop: Stop,
    environ: Mapping[str, str],
    cache: Path,
) -> tuple[Ended, BuildEnvironment]:
    """Install what of ``extras`` the adopted ``env`` lacks into ``layer``; ``env`` with it.

    Nothing is written into ``env``. An installer that fails is told by ``Ended``. Raises
    ``PhaseError`` (``requirement-conflict``) where an extra contradicts a version in ``env``.
    """
    found = installed(directories(env))
    _refuse_conflicts(extras, found, env)
    if not declared_missing(env, extras):
        return Ended(exit_code=0), env
    frozen = _frozen(found)
    layer.mkdir(parents=True, exist_ok=True, mode=0o700)
    request = Request(
        python=env.python,
        python_version=env.interpreter.version,
        requirements=tuple(extras),
        settings=settings,
        constraints=tuple(constraints),
        pins=tuple(f"{each.name}=={each.version}" for each in frozen.values()),
        target=str(layer),
    )
    if settings.installer == "pip":
        ended = _with_pip(request, cache=cache, cwd=cwd, spool=spool, stop=stop, environ=environ)
    else:
        ended = _with_uv(request, frozen, cwd=cwd, spool=spool, stop=stop, environ=environ)
    if not ended.ok:
        return ended, env
    _refuse_hiding(layer, found, env)
    return ended, _replace(env, layer=str(layer))


def _with_uv(
    request: Request,
    frozen: Mapping[str, InstalledDistribution],
    *,
    cwd: Path,
    spool: Spool,
    stop: Stop,
    environ: Mapping[str, str],
) -> Ended:
    """Show uv the user's metadata in the target: it takes what lies there for installed.

    (Asked about the environment itself, uv writes a lock file into it.)
    """
    layer = Path(str(request.target))
    shown = [_show(distribution, layer) for distribution in frozen.values()]
    ended = uv_install(request, cwd=cwd, spool=spool, stop=stop, environ=environ)
    for info in shown:
        if (info / _MARK).exists():
            shutil.rmtree(info)
    return ended


def _with_pip(
    request: Request,
    *,
    cache: Path,
    cwd: Path,
    spool: Spool,
    stop: Stop,
    environ: Mapping[str, str],
) -> Ended:
    """Let pip say first what it would do: with a target, it ignores what is installed."""
    from buildscope.environments.install_pip import pip_install

    report = Path(str(request.target)) / "report.json"
    asked = _replace(request, target=None)
    ended = pip_install(
        asked, cache=cache, cwd=cwd, spool=spool, stop=stop, environ=environ, report=report
    )
    if not ended.ok:
        return ended
    planned = msgspec.json.decode(report.read_bytes())["install"]
    report.unlink()
    if not planned:
        return ended
    exact = _replace(request, requirements=tuple(map(_planned, planned)), pins=(), no_deps=True)
    return pip_install(exact, cache=cache, cwd=cwd, spool=spool, stop=stop, environ=environ)


def _planned(item: Mapping[str, Mapping[str, str]]) -> str:
    """A requirement for exactly what pip's report has planned."""
    name, version = item["metadata"]["name"], item["metadata"]["version"]
    return f"{name} @ {item['download_info']['url']}" if item["is_direct"] else f"{name}=={version}"


def _show(distribution: InstalledDistribution, layer: Path) -> Path:
    """Put metadata of an installed distribution, and nothing else of it, into ``layer``."""
    stem = distribution.key.replace("-", "_")
    info = layer / f"{stem}-{distribution.version}.dist-info"
    info.mkdir()
    shutil.copyfile(distribution.metadata, info / "METADATA")
    origin = Path(distribution.info, "direct_url.json")
    if origin.exists():
        shutil.copyfile(origin, info / origin.name)
    (info / _MARK).touch()
    (info / "INSTALLER").write_text("buildscope\n", "utf-8")
    files = sorted([*(path.name for path in info.iterdir()), "RECORD"])
    (info / "RECORD").write_text("".join(f"{info.name}/{name},,\n" for name in files), "utf-8")
    return info


def _frozen(
    found: Mapping[str, InstalledDistribution],
) -> dict[str, InstalledDistribution]:
    """Those whose version an installer understands; no other can be a constraint."""
    frozen = {}
    for key, distribution in found.items():
        with contextlib.suppress(InvalidVersion):
            Version(distribution.version)
            frozen[key] = distribution
    return frozen


def _refuse_conflicts(
    extras: Iterable[str], found: Mapping[str, InstalledDistribution], env: BuildEnvironment
) -> None:
    for text in extras:
        try:
            requirement = Requirement(text)
        except InvalidRequirement as error:
            raise PhaseError(
                f"{text!r} is not a requirement: {str(error).splitlines()[0]}", cause="resolution"
            ) from error
        there = found.get(canonicalize_name(requirement.name))
        if there is not None and not satisfies(there, requirement):
            raise _conflict(f"{text} contradicts {there.name} {there.version} in {env.path}")


def _refuse_hiding(
    layer: Path, found: Mapping[str, InstalledDistribution], env: BuildEnvironment
) -> None:
    """Raise where something came a second time: a version that is none cannot be frozen."""
    for key in installed([str(layer)]).keys() & found.keys():
        there = found[key]
        raise _conflict(f"the extras would hide {there.name} {there.version} in {env.path}")


def _conflict(message: str) -> PhaseError:
    return PhaseError(
        message,
        cause="requirement-conflict",
        hint="with isolation off the environment's own versions stay: change them there, or "
        "build with isolation",
    )

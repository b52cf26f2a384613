"""The pip for an interpreter: unpacked once into the cache, never into an environment.

virtualenv carries pips for the Pythons it still seeds. For an older one uv fetches the
newest pip that supports it; where that cannot be had, ``ensurepip``'s own is taken.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from buildscope.environments.install_uv import uv_install
from buildscope.environments.request import Request
from buildscope.errors import PhaseError
from buildscope.model.base import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from buildscope.journal.spool import Spool
    from buildscope.process.stop import Stop

_BUNDLED = """
import os, sysconfig
places = [sysconfig.get_config_var("WHEEL_PKG_DIR")]
try:
    import ensurepip
    places.append(os.path.join(os.path.dirname(ensurepip.__file__), "_bundled"))
except ImportError:
    pass
for place in places:
    for name in sorted(os.listdir(place)) if place and os.path.isdir(place) else []:
        if name.startswith("pip-") and name.endswith(".whl"):
            print(os.path.join(place, name))
"""


class PipProgram(Record, frozen=True):
    """``path`` is what an interpreter runs; ``version`` as pip's releases have it."""

    path: str
    version: str

    def at_least(self, version: str) -> bool:
        """Whether this pip is that release or a later one."""
        return Version(self.version) >= Version(version)


def pip_program(
    request: Request,
    *,
    cache: Path,
    cwd: Path,
    spool: Spool,
    stop: Stop,
    environ: Mapping[str, str],
) -> PipProgram:
    """The newest pip at hand for the request's interpreter.

    Output of fetching one goes to ``spool``. Raises ``PhaseError`` when there is none.
    """
    pips = cache / "pip"
    pips.mkdir(parents=True, exist_ok=True, mode=0o700)
    wheel = _embedded(request.python_version)
    if wheel is not None:
        return _unpacked(wheel, pips)
    fetched = pips / f"for-{'.'.join(request.python_version.split('.')[:2])}"
    if not fetched.exists() and not request.settings.offline:
        _fetch(request, fetched, cwd=cwd, spool=spool, stop=stop, environ=environ)
    if fetched.exists():
        return _installed(fetched)
    stop.check()
    wheel = _bundled(request.python)
    if wheel is None:
        raise PhaseError(
            f"there is no pip for Python {request.python_version}: the index gave none, and "
            f"{request.python} has no ensurepip",
            cause="download",
            hint="use --installer uv",
        )
    return _unpacked(wheel, pips)


def _embedded(python_version: str) -> Path | None:
    """Find the newest pip wheel of virtualenv that supports that Python."""
    spec = find_spec("virtualenv")
    if spec is None or spec.origin is None:
        return None
    wheels = Path(spec.origin).parent.glob("seed/wheels/embed/pip-*.whl")
    fitting = [wheel for wheel in wheels if _supports(wheel, python_version)]
    return max(fitting, key=lambda wheel: Version(_version(wheel.name)), default=None)


def _supports(wheel: Path, python_version: str) -> bool:
    with zipfile.ZipFile(wheel) as archive:
        name = f"pip-{_version(wheel.name)}.dist-info/METADATA"
        metadata = archive.read(name).decode("utf-8")
    found = re.search(r"^Requires-Python: *(.+)$", metadata, re.MULTILINE)
    return found is None or SpecifierSet(found[1]).contains(python_version, prereleases=True)


def _version(wheel: str) -> str:
    return wheel.split("-")[1]


def _unpacked(wheel: Path, pips: Path) -> PipProgram:
    """A wheel of pip as a directory, so that its bytecode is kept between runs."""
    version = _version(wheel.name)
    home = pips / f"pip-{version}"
    if not home.exists():
        making = Path(tempfile.mkdtemp(prefix=".", dir=pips))
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(making)
        _settle(making, home)
    return PipProgram(path=str(home / "pip"), version=version)


def _fetch(
    request: Request,
    home: Path,
    *,
    cwd: Path,
    spool: Spool,
    stop: Stop,
    environ: Mapping[str, str],
) -> None:
    making = Path(tempfile.mkdtemp(prefix=".", dir=home.parent))
    wanted = Request(
        python=request.python,
        python_version=request.python_version,
        requirements=("pip",),
        settings=msgspec.structs.replace(request.settings, installer="uv"),
        target=str(making),
    )
    ended = uv_install(wanted, cwd=cwd, spool=spool, stop=stop, environ=environ)
    if ended.ok:
        _settle(making, home)
    else:
        shutil.rmtree(making, ignore_errors=True)


def _installed(home: Path) -> PipProgram:
    info = next(home.glob("pip-*.dist-info"))
    return PipProgram(
        path=str(home / "pip"), version=info.name.removesuffix(".dist-info").partition("-")[2]
    )


def _settle(making: Path, home: Path) -> None:
    try:
        making.rename(home)
    except OSError:
        shutil.rmtree(making, ignore_errors=True)
        if not home.exists():
            raise


def _bundled(python: str) -> Path | None:
    done = subprocess.run(
        [python, "-I", "-B", "-c", _BUNDLED],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60.0,
        check=False,
        text=True,
    )
    wheels = [Path(line) for line in done.stdout.splitlines()]
    return max(wheels, key=lambda wheel: Version(_version(wheel.name)), default=None)

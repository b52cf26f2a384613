"""What an interpreter tells of itself, asked once and kept as long as its file is the same."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from buildscope.errors import UsageError
from buildscope.model.base import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

OLDEST = (3, 8)
"""The oldest Python that builds run on."""
ANSWER_WITHIN = 30.0
_PREFIX = b"buildscope-facts:"


class InterpreterFacts(Record, frozen=True):
    """``base`` is the interpreter behind a virtual environment (else the same one).

    ``magic`` is the magic number of its bytecode in hex, ``markers`` the environment of
    PEP 508; ``site_packages`` are the directories of distributions on its ``sys.path``.
    """

    executable: str
    base: str
    version: str
    implementation: str
    cache_tag: str = ""
    magic: str = ""
    prefix: str = ""
    scripts: str = ""
    site_packages: tuple[str, ...] = ()
    markers: dict[str, str] = {}

    @property
    def release(self) -> tuple[int, int]:
        """Major and minor version."""
        major, minor = self.version.split(".")[:2]
        return int(major), int(minor)


class _Kept(Record, frozen=True):
    identity: tuple[str, int, int]
    facts: InterpreterFacts


# Also an older Python must be able to run this: that is how we learn that it is too old.
_SCRIPT = """
import json, os, platform, sys
facts = {"version": platform.python_version(), "executable": sys.executable,
         "base": sys.executable, "implementation": platform.python_implementation().lower()}
if sys.version_info >= (3, 8):
    import importlib.util, sysconfig
    name = sys.implementation.name
    facts["implementation"] = name
    if sys.prefix != sys.base_prefix:
        base = getattr(sys, "_base_executable", None) or sys.executable
        if os.path.normcase(base).startswith(os.path.normcase(sys.prefix) + os.sep):
            folder = sys.base_prefix if os.name == "nt" else os.path.join(sys.base_prefix, "bin")
            end = ".exe" if os.name == "nt" else ""
            stems = ["pypy" if name == "pypy" else "python", "python"]
            ends = ["%d.%d" % sys.version_info[:2], "3", ""]
            found = [os.path.join(folder, a + b + end) for a in stems for b in ends]
            base = ([path for path in found if os.path.exists(path)] + [base])[0]
        facts["base"] = base
    pair = "{0.major}.{0.minor}.{0.micro}".format
    info = sys.implementation.version
    extra = "" if info.releaselevel == "final" else info.releaselevel[0] + str(info.serial)
    facts["cache_tag"] = sys.implementation.cache_tag or ""
    facts["magic"] = importlib.util.MAGIC_NUMBER.hex()
    facts["prefix"] = sys.prefix
    facts["scripts"] = sysconfig.get_path("scripts")
    own = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    sites = [path for path in sys.path
             if path in own or os.path.basename(path) in ("site-packages", "dist-packages")]
    facts["site_packages"] = list(dict.fromkeys(sites or own))
    facts["markers"] = {
        "implementation_name": name, "implementation_version": pair(info) + extra,
        "os_name": os.name, "platform_machine": platform.machine(),
        "platform_release": platform.release(), "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": platform.python_version(),
        "platform_python_implementation": platform.python_implementation(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "sys_platform": sys.platform}
sys.stdout.write("\\n" + sys.argv[1] + json.dumps(facts) + "\\n")
"""


def own_facts() -> InterpreterFacts:
    """Facts of the interpreter that buildscope runs on, without asking anybody.

    Without ``markers``, which ``own_markers`` gives: only some builds need them.

    ``prefix``, ``scripts`` and ``site_packages`` are those of buildscope's own environment.
    """
    return InterpreterFacts(
        executable=sys.executable,
        base=_own_base(),
        version=platform.python_version(),
        implementation=sys.implementation.name,
        cache_tag=sys.implementation.cache_tag or "",
        magic=importlib.util.MAGIC_NUMBER.hex(),
        prefix=sys.prefix,
        scripts=sysconfig.get_path("scripts"),
        site_packages=(sysconfig.get_path("purelib"),),
    )


def own_markers() -> dict[str, str]:
    """The environment of PEP 508 for the interpreter that buildscope runs on."""
    from packaging.markers import default_environment

    return {name: str(value) for name, value in default_environment().items()}


def interpreter_facts(
    path: str, *, cache: Path | None, environ: Mapping[str, str] | None = None
) -> InterpreterFacts:
    """Facts of the interpreter at ``path``, from ``cache`` where its file has not changed.

    Raises ``UsageError`` when it does not run, or does not answer within 30 seconds.
    """
    own = own_facts()
    if path == own.base:
        return own
    kept = None if cache is None else _kept_file(path, cache)
    if kept is not None and (facts := _read(kept, path)) is not None:
        return facts
    facts = ask(path, environ=environ)
    if kept is not None and os.path.realpath(path) == os.path.realpath(facts.executable):
        _write(kept, _Kept(identity=_identity(path), facts=facts))
    return facts


def ask(path: str, *, environ: Mapping[str, str] | None = None) -> InterpreterFacts:
    """Run the interpreter at ``path`` and let it tell; nothing is written beside it.

    Raises ``UsageError`` when it does not run, or does not answer within 30 seconds.
    """
    command = [path, "-E", "-s", "-B", "-c", _SCRIPT, _PREFIX.decode()]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=ANSWER_WITHIN,
            check=False,
            cwd=Path(path).parent,
            env={**(os.environ if environ is None else environ), "PYTHONUTF8": "1"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _broken(path, str(error)) from error
    for line in done.stdout.splitlines():
        if line.startswith(_PREFIX):
            return msgspec.json.decode(line[len(_PREFIX) :], type=InterpreterFacts)
    said = done.stderr.decode(errors="replace").strip().splitlines()
    telling = said[-1 if any(line.startswith("Traceback") for line in said) else 0] if said else ""
    raise _broken(path, f"exit code {done.returncode}" + (f", {telling.strip()}" if said else ""))


def _broken(path: str, reason: str) -> UsageError:
    return UsageError(
        f"{path} does not run as a Python interpreter: {reason}",
        hint="name another interpreter with -p, or repair this one",
    )


def _own_base() -> str:
    """The interpreter behind our own virtual environment."""
    if sys.prefix == sys.base_prefix:
        return sys.executable
    base = str(getattr(sys, "_base_executable", "") or "")
    inside = os.path.normcase(base).startswith(os.path.normcase(sys.prefix) + os.sep)
    if base and not inside and Path(base).exists():
        return base
    folder = Path(sys.base_prefix) if os.name == "nt" else Path(sys.base_prefix, "bin")
    names = (f"python{sys.version_info[0]}.{sys.version_info[1]}", "python3", "python")
    found = (folder / (name + (".exe" if os.name == "nt" else "")) for name in names)
    return next((str(path) for path in found if path.exists()), sys.executable)


def _identity(path: str) -> tuple[str, int, int]:
    found = Path(path).stat()
    return os.path.realpath(path), found.st_mtime_ns, found.st_size


def _kept_file(path: str, cache: Path) -> Path:
    script = hashlib.sha256(_SCRIPT.encode() + os.fsencode(path)).hexdigest()
    return cache / "interpreters" / f"{script[:24]}.json"


def _read(kept: Path, path: str) -> InterpreterFacts | None:
    try:
        found = msgspec.json.decode(kept.read_bytes(), type=_Kept)
        same = found.identity == _identity(path) and Path(found.facts.base).exists()
    except (OSError, msgspec.MsgspecError):
        return None
    return found.facts if same else None


def _write(kept: Path, value: _Kept) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=kept.parent, prefix=".", delete=False) as temporary:
        temporary.write(msgspec.json.encode(value))
    Path(temporary.name).replace(kept)
